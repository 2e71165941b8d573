from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    name = "transactions"

    def ready(self) -> None:
        """The ledger knows what the balances of accounts were, and has a view of everybody's rows."""
        from accounts.money import hooks
        from accounts.people.hooks import after_erasure
        from transactions.account.balances import month_ends
        from transactions.summaries.upkeep import refresh_soon

        hooks.month_ends.append(month_ends)
        after_erasure.append(refresh_soon)
