from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        """Merging a subcategory, an act of the ledger, takes its allocations along; its list knows the periods."""
        from budgets.budget.references import PERIODS, AllocationReference
        from budgets.models import cached_periods  # noqa: F401 - known to `caching.forget` in every process
        from transactions.categories.services import references
        from transactions.models.cached_names import period_sources

        references.append(AllocationReference())
        period_sources.append(PERIODS)
