"""What a row was filed as without being asked for, and by which rule. Rows from before count as filed by hand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0026_rule")]

    operations = [
        migrations.AddField("transaction", "filed_as_id", models.IntegerField(editable=False, null=True)),
        migrations.AddField("transaction", "rule_id", models.IntegerField(editable=False, null=True)),
    ]
