"""Every account has an anchor, and a closed one the day it was closed on."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from wealthwise.postgres.indexes import AddConstraintNotValid

CLOSED = models.CheckConstraint(
    condition=models.Q(("closed_on__isnull", True), ("is_active", True))
    | models.Q(("closed_on__isnull", False), ("is_active", False)),
    name="account_closed_on_a_day",
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0003_balance_anchor"), ("transactions", "0016_anchored_balances")]

    operations = [
        migrations.AlterField("account", "anchored_on", models.DateField("on")),
        migrations.AlterField(
            "account",
            "opening_balance",
            models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=12),
        ),
        AddConstraintNotValid(model_name="account", constraint=CLOSED),
        ValidateConstraint(model_name="account", name="account_closed_on_a_day"),
    ]
