from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        """Merging a subcategory, an act of the ledger, takes its allocations along. Its list knows the periods, and
        its page of an account what is due there.
        """
        from budgets.budget.references import PERIODS, AllocationReference
        from budgets.models import cached_periods  # noqa: F401 - known to `caching.forget` in every process
        from budgets.schedules.account_card import due_in
        from transactions.account.hooks import account_cards
        from transactions.categories.services import references
        from transactions.models.cached_names import period_sources

        references.append(AllocationReference())
        period_sources.append(PERIODS)
        account_cards.append(due_in)
