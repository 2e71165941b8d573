"""Read the budgets that exist against the rules, in a transaction of its own that lets people go on writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("budgets", "0009_carry_over_policies")]

    operations = [
        ValidateConstraint(model_name="budget", name="budget_carry_over_known"),
        ValidateConstraint(model_name="budget", name="budget_carry_by_known"),
        ValidateConstraint(model_name="budget", name="budget_carry_basis_known"),
        ValidateConstraint(model_name="budgetallocation", name="budget_allocation_carry_over_known"),
    ]
