"""What is due on certain days, and what its person said of single days."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints
import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_import_key"),
        ("budgets", "0011_budget_rolled"),
        ("transactions", "0031_import_reading"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("description", models.CharField(max_length=200)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("is_exact", models.BooleanField(default=True)),
                (
                    "cycle",
                    models.CharField(
                        choices=[
                            ("day", "The same day of the month"),
                            ("working_day", "The last working day of the month"),
                            ("week", "Every week"),
                            ("two_weeks", "Every 2 weeks"),
                            ("four_weeks", "Every 4 weeks"),
                        ],
                        max_length=12,
                    ),
                ),
                ("months", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("anchor", models.DateField()),
                ("starts_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused"), ("dismissed", "Dismissed")],
                        default="active",
                        max_length=9,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "subcategory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="transactions.subcategory",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "schedule",
            },
        ),
        migrations.CreateModel(
            name="ScheduleAnswer",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("due_on", models.DateField()),
                ("is_paid", models.BooleanField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="answers",
                        to="budgets.schedule",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "schedule_answer",
            },
        ),
        migrations.AddIndex(
            model_name="schedule",
            index=wealthwise.postgres.indexes.Index(
                condition=models.Q(("subcategory__isnull", False)),
                fields=["user", "subcategory"],
                name="idx_schedule_user_subcategory",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.UniqueConstraint(fields=("user", "id"), name="schedule_owner_key"),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.UniqueConstraint(
                fields=("user", "account", "description", "amount", "cycle", "anchor"),
                name="uq_schedule",
                violation_error_message="There is one with the same account, description, amount and days already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "account"),
                name="schedule_account_owner_fk",
                on_delete="CASCADE",
                to="accounts.Account",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "subcategory"),
                name="schedule_subcategory_owner_fk",
                on_delete="NO ACTION",
                to="transactions.Subcategory",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("description", ""), _negated=True), name="schedule_description_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="schedule_amount_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["active", "paused", "dismissed"])), name="schedule_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cycle__in", ["day", "working_day"]), ("months__in", [1, 3, 12]), ("months__isnull", False)
                    ),
                    models.Q(("cycle__in", ["week", "two_weeks", "four_weeks"]), ("months__isnull", True)),
                    _connector="OR",
                ),
                name="schedule_cycle_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduleanswer",
            constraint=models.UniqueConstraint(fields=("user", "schedule", "due_on"), name="uq_schedule_answer"),
        ),
        migrations.AddConstraint(
            model_name="scheduleanswer",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "schedule"),
                name="schedule_answer_owner_fk",
                on_delete="CASCADE",
                to="budgets.Schedule",
                to_fields=("user", "id"),
            ),
        ),
    ]
