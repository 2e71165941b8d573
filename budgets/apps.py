from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        """Merging a subcategory, an act of the ledger, takes its allocations along."""
        from budgets.references import AllocationReference
        from transactions.services import references

        references.append(AllocationReference())
