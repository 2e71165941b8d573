from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    name = "transactions"

    def ready(self) -> None:
        """The ledger knows what the balances of accounts were, and what of its own goes by what others do."""
        from accounts.money import hooks
        from accounts.people.hooks import after_erasure
        from transactions.account.balances import month_ends
        from transactions.categories.services import references
        from transactions.importing.draft.edits import ChosenSubcategories
        from transactions.summaries.upkeep import refresh_soon

        hooks.month_ends.append(month_ends)
        after_erasure.append(refresh_soon)
        references.append(ChosenSubcategories)
