"""What goes into fingerprints of an account's imported transactions: its id until now, and a random key from now on.

An id is another one after a restore elsewhere; the key goes along. An account that is opened from here on has its
random key by itself; the others get theirs in the next migration, which does not hold the table meanwhile.
"""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models
from django.db.models.functions import Cast

KEY = {"db_default": Cast(RandomUUID(), models.CharField()), "editable": False, "max_length": 36}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_legacy_passwords")]

    operations = [
        migrations.AddField("account", "import_key", models.CharField(editable=False, max_length=36, null=True)),
        migrations.AlterField("account", "import_key", models.CharField(null=True, **KEY)),
    ]
