from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "wealthwise.portability"

    def ready(self) -> None:
        """Exports, restores and moves are long work."""
        from transactions.jobs.kinds import KINDS
        from wealthwise.portability.export import jobs
        from wealthwise.portability.moving import jobs as moving

        KINDS.update(export=jobs.EXPORT, restore=jobs.RESTORE, **moving.KINDS)
