from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "wealthwise.portability"

    def ready(self) -> None:
        """Exports, restores and moves are long work; what moves in is no statement."""
        from transactions.importing.packed.hooks import recognisers
        from transactions.jobs.kinds import KINDS
        from wealthwise.portability.export import jobs
        from wealthwise.portability.moving import jobs as moving
        from wealthwise.portability.moving.sources.recognised import whole_ledger_in

        KINDS.update(export=jobs.EXPORT, restore=jobs.RESTORE, **moving.KINDS)
        recognisers.append(whole_ledger_in)
