"""Tables, keys and rules of periods, budgets and recurring items."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import wealthwise.postgres.constraints


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("transactions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="BudgetPeriod",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                (
                    "period_type",
                    models.CharField(
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("yearly", "Yearly"),
                            ("custom", "Custom"),
                        ],
                        default="monthly",
                        max_length=9,
                        verbose_name="type",
                    ),
                ),
                ("start_date", models.DateField()),
                ("end_date", models.DateField()),
                ("is_active", models.BooleanField(default=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="budget_periods",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "budget_period",
                "ordering": ["-start_date", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Budget",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("brought_forward", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
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
                (
                    "period",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="budget",
                        to="budgets.budgetperiod",
                    ),
                ),
            ],
            options={
                "db_table": "budget",
            },
        ),
        migrations.CreateModel(
            name="RecurringBudgetAllocation",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("allocated_amount", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "period_type",
                    models.CharField(
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("yearly", "Yearly"),
                            ("custom", "Custom"),
                        ],
                        default="monthly",
                        max_length=9,
                        verbose_name="period",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "subcategory",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
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
                        related_name="recurring_allocations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "recurring_budget_allocation",
            },
        ),
        migrations.CreateModel(
            name="BudgetAllocation",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("allocated_amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("is_recurring_allocation", models.BooleanField(default=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "budget",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="allocations",
                        to="budgets.budget",
                    ),
                ),
                (
                    "subcategory",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="transactions.subcategory",
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
                (
                    "recurring",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="budgets.recurringbudgetallocation",
                    ),
                ),
            ],
            options={
                "db_table": "budget_allocation",
            },
        ),
        migrations.CreateModel(
            name="RecurringIncomeSource",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "period_type",
                    models.CharField(
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("yearly", "Yearly"),
                            ("custom", "Custom"),
                        ],
                        default="monthly",
                        max_length=9,
                        verbose_name="period",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="recurring_income",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "recurring_income_source",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="IncomeSource",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "budget",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="income_sources",
                        to="budgets.budget",
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
                (
                    "recurring",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="budgets.recurringincomesource",
                    ),
                ),
            ],
            options={
                "db_table": "income_source",
                "ordering": ["name", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=models.UniqueConstraint(fields=("user", "id"), name="budget_period_owner_key"),
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("user", "is_active"),
                name="idx_budget_period_user_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("end_date__gte", models.F("start_date"))),
                name="budget_period_ends_after_start",
                violation_error_message="The end date is before the start date.",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="budget_period_name_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_type__in", ["monthly", "quarterly", "yearly", "custom"])),
                name="budget_period_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (models.F("user"), "="),
                    (models.F("period_type"), "="),
                    (
                        models.Func(
                            models.F("start_date"),
                            models.F("end_date"),
                            models.Value("[]"),
                            function="daterange",
                        ),
                        "&&",
                    ),
                ],
                name="budget_period_no_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.UniqueConstraint(fields=("user", "id"), name="budget_owner_key"),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "period"),
                name="budget_period_owner_fk",
                on_delete="CASCADE",
                to="budgets.BudgetPeriod",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringbudgetallocation",
            constraint=models.UniqueConstraint(fields=("user", "id"), name="recurring_allocation_owner_key"),
        ),
        migrations.AddConstraint(
            model_name="recurringbudgetallocation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("user", "subcategory", "period_type"),
                name="uq_recurring_allocation_active",
                violation_error_message="That subcategory already has an active allocation of this type.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringbudgetallocation",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "subcategory"),
                name="recurring_allocation_subcategory_owner_fk",
                on_delete="NO ACTION",
                to="transactions.Subcategory",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringbudgetallocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("allocated_amount__gte", 0)), name="recurring_allocation_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringbudgetallocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_type__in", ["monthly", "quarterly", "yearly", "custom"])),
                name="recurring_allocation_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetallocation",
            constraint=models.UniqueConstraint(
                fields=("budget", "subcategory"),
                include=("allocated_amount", "is_recurring_allocation"),
                name="idx_budget_allocation_covering",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetallocation",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "budget"),
                name="budget_allocation_budget_owner_fk",
                on_delete="CASCADE",
                to="budgets.Budget",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetallocation",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "subcategory"),
                name="budget_allocation_subcategory_owner_fk",
                on_delete="NO ACTION",
                to="transactions.Subcategory",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetallocation",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "recurring"),
                name="budget_allocation_recurring_owner_fk",
                on_delete="SET NULL",
                to="budgets.RecurringBudgetAllocation",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetallocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("allocated_amount__gte", 0)), name="budget_allocation_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringincomesource",
            constraint=models.UniqueConstraint(fields=("user", "id"), name="recurring_income_owner_key"),
        ),
        migrations.AddConstraint(
            model_name="recurringincomesource",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="recurring_income_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringincomesource",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="recurring_income_name_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringincomesource",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_type__in", ["monthly", "quarterly", "yearly", "custom"])),
                name="recurring_income_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="incomesource",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "budget"),
                name="income_source_budget_owner_fk",
                on_delete="CASCADE",
                to="budgets.Budget",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="incomesource",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "recurring"),
                name="income_source_recurring_owner_fk",
                on_delete="SET NULL",
                to="budgets.RecurringIncomeSource",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="incomesource",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="income_source_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="incomesource",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="income_source_name_given"
            ),
        ),
    ]
