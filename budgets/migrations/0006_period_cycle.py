"""How a period goes on, and which one a user chose; both are unknown of those that exist, and take no rewrite."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = [
    ("", "Not known"),
    ("day", "The same day of the month"),
    ("working_day", "The last working day of the month"),
    ("week", "Every week"),
    ("two_weeks", "Every 2 weeks"),
    ("four_weeks", "Every 4 weeks"),
    ("days", "As many days again"),
]


class Migration(migrations.Migration):
    dependencies = [("budgets", "0005_budget_carried")]

    operations = [
        migrations.AddField(
            model_name="budgetperiod",
            name="cycle",
            field=models.CharField(blank=True, choices=KINDS, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="budgetperiod",
            name="cycle_anchor",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="budgetperiod",
            name="chosen_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        AddConstraintNotValid(
            model_name="budgetperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("cycle", ""), ("cycle_anchor__isnull", True))
                | models.Q(("cycle__in", [kind for kind, _ in KINDS[1:]]), ("cycle_anchor__isnull", False)),
                name="budget_period_cycle_known",
            ),
        ),
    ]
