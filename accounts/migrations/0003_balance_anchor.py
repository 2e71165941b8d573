"""A balance is a fact with a day, and an account closes on a day. Both stay empty until the ledger has days."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_phase1_indexes")]

    operations = [
        migrations.AddField("account", "anchored_on", models.DateField("on", null=True)),
        migrations.AddField(
            "account",
            "anchor_balance",
            models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="balance"),
        ),
        migrations.AddField("account", "closed_on", models.DateField(editable=False, null=True)),
    ]
