"""The day up to which an account agrees with its bank."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_balance_anchor_required")]

    operations = [migrations.AddField("account", "reconciled_to", models.DateField(editable=False, null=True))]
