"""Read the periods that exist against the rule, in a transaction of its own that lets people go on writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("budgets", "0006_period_cycle")]

    operations = [ValidateConstraint(model_name="budgetperiod", name="budget_period_cycle_known")]
