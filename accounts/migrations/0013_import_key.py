"""What goes into fingerprints of an account's imported transactions: its id until now, and a random key from now on.

An id is another one after a restore elsewhere; the key goes along.
"""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_legacy_passwords")]

    operations = [
        migrations.AddField("account", "import_key", models.CharField(editable=False, max_length=36, null=True)),
        migrations.RunSQL("UPDATE account SET import_key = id::text", migrations.RunSQL.noop),
        migrations.AlterField(
            "account",
            "import_key",
            models.CharField(db_default=Cast(RandomUUID(), models.CharField()), editable=False, max_length=36),
        ),
    ]
