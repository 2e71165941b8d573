"""What was missing alone, by subcategory, and by what came in. Budgets that exist go on by what was planned."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

BASIS = [("received", "What came in"), ("planned", "What was planned")]
UNITS = [("period", "The period as a whole"), ("subcategory", "Each subcategory on its own")]
POLICIES = [
    ("none", "Nothing"),
    ("surplus", "Only what was left"),
    ("missing", "Only what was missing"),
    ("both", "What was left or missing"),
]
RULES = {
    "budget": {
        "budget_carry_over_known": ("carry_over", POLICIES),
        "budget_carry_by_known": ("carry_by", UNITS),
        "budget_carry_basis_known": ("carry_basis", BASIS),
    },
    "budgetallocation": {"budget_allocation_carry_over_known": ("carry_over", [("", ""), *POLICIES])},
}


class Migration(migrations.Migration):
    dependencies = [("budgets", "0008_period_chosen")]

    operations = [
        migrations.AddField(
            "budget",
            "carry_by",
            models.CharField(choices=UNITS, db_default="period", default="period", max_length=11),
        ),
        migrations.AddField(
            "budget",
            "carry_basis",
            models.CharField(choices=BASIS, db_default="planned", default="received", max_length=8),
        ),
        migrations.AlterField(
            "budget",
            "carry_basis",
            models.CharField(choices=BASIS, db_default="received", default="received", max_length=8),
        ),
        migrations.AlterField(
            "budget",
            "carry_over",
            models.CharField(choices=POLICIES, db_default="none", default="none", max_length=7),
        ),
        migrations.AddField(
            "budgetallocation",
            "carry_over",
            models.CharField(
                blank=True, choices=[("", "As the budget says"), *POLICIES], db_default="", default="", max_length=7
            ),
        ),
        migrations.RemoveConstraint("budget", "budget_carry_over_known"),
        *(
            AddConstraintNotValid(
                model_name=model,
                constraint=models.CheckConstraint(
                    condition=models.Q((f"{column}__in", [key for key, _ in choices])), name=name
                ),
            )
            for model, rules in RULES.items()
            for name, (column, choices) in rules.items()
        ),
    ]
