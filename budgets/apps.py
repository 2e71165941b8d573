from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        """Merging a subcategory, an act of the ledger, takes its allocations along; its list knows the periods."""
        from budgets import current  # noqa: F401 - known to `caching.forget` in every process
        from budgets.references import PERIODS, AllocationReference
        from transactions.names import period_sources
        from transactions.services import references

        references.append(AllocationReference())
        period_sources.append(PERIODS)
