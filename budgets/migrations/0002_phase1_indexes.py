"""Phase 1: foreign key, composite and partial indexes, built without blocking writes."""

from django.db import migrations, models

from wealthwise.postgres.indexes import AddIndexConcurrently, Index


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("budgets", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="budgetperiod",
            index=Index(fields=["start_date", "end_date"], name="idx_budget_period_dates"),
        ),
        AddIndexConcurrently(
            model_name="budget",
            index=Index(fields=["user", "period"], name="idx_budget_user_period"),
        ),
        AddIndexConcurrently(
            model_name="recurringbudgetallocation",
            index=Index(fields=["subcategory"], name="idx_recurring_allocation_subcategory_id"),
        ),
        AddIndexConcurrently(
            model_name="recurringbudgetallocation",
            index=Index(
                condition=models.Q(("is_active", True)),
                fields=["user", "is_active"],
                name="idx_recurring_allocation_user_active",
            ),
        ),
        AddIndexConcurrently(
            model_name="recurringbudgetallocation",
            index=Index(
                condition=models.Q(("is_active", True)),
                fields=["subcategory", "is_active"],
                name="idx_recurring_allocation_subcategory_active",
            ),
        ),
        AddIndexConcurrently(
            model_name="budgetallocation",
            index=Index(fields=["subcategory"], name="idx_budget_allocation_subcategory_id"),
        ),
        AddIndexConcurrently(
            model_name="budgetallocation",
            index=Index(
                condition=models.Q(("recurring__isnull", False)),
                fields=["user", "recurring"],
                name="idx_budget_allocation_recurring",
            ),
        ),
        AddIndexConcurrently(
            model_name="recurringincomesource",
            index=Index(
                condition=models.Q(("is_active", True)),
                fields=["user", "is_active"],
                name="idx_recurring_income_user_active",
            ),
        ),
        AddIndexConcurrently(
            model_name="incomesource",
            index=Index(fields=["budget"], name="idx_income_source_budget_id"),
        ),
        AddIndexConcurrently(
            model_name="incomesource",
            index=Index(
                condition=models.Q(("recurring__isnull", False)),
                fields=["user", "recurring"],
                name="idx_income_source_recurring",
            ),
        ),
    ]
