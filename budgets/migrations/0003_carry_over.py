"""What a budget takes over from the period before; every budget that exists goes on as it is, with nothing."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("budgets", "0002_phase1_indexes")]

    operations = [
        migrations.AddField(
            model_name="budget",
            name="carry_over",
            field=models.CharField(
                choices=[("none", "Nothing"), ("surplus", "Only what was left"), ("both", "What was left or missing")],
                db_default="none",
                default="none",
                max_length=7,
            ),
        ),
        AddConstraintNotValid(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("carry_over__in", ["none", "surplus", "both"])), name="budget_carry_over_known"
            ),
        ),
    ]
