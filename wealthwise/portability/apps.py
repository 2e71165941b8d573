from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "wealthwise.portability"

    def ready(self) -> None:
        """Exports and restores are long work."""
        from transactions.jobs.kinds import KINDS
        from wealthwise.portability.export import jobs

        KINDS.update(export=jobs.EXPORT, restore=jobs.RESTORE)
