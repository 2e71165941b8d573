from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    name = "transactions"

    def ready(self) -> None:
        """The ledger knows past balances, what of its own goes by what others do, and what of it is long work."""
        from accounts.money import hooks
        from accounts.people.hooks import after_erasure
        from transactions.account.balances import month_ends
        from transactions.categories.services import references
        from transactions.importing import jobs
        from transactions.importing.draft.edits import ChosenSubcategories
        from transactions.jobs.kinds import KINDS
        from transactions.ledger import download
        from transactions.rules.references import RuleReference
        from transactions.summaries.upkeep import refresh_soon

        hooks.month_ends.append(month_ends)
        after_erasure.append(refresh_soon)
        references.append(ChosenSubcategories)
        KINDS.update({**jobs.KINDS, download.KIND: download.LIST})
        references.append(RuleReference())
