from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    name = "transactions"

    def ready(self) -> None:
        """The ledger knows what the balances of accounts were."""
        from accounts.money import hooks
        from transactions.account.balances import month_ends

        hooks.month_ends.append(month_ends)
