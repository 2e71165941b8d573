"""Read the budgets that exist against the rule, in a transaction of its own that lets people go on writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("budgets", "0003_carry_over")]

    operations = [ValidateConstraint(model_name="budget", name="budget_carry_over_known")]
