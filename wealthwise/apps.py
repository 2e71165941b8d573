"""The project as an application: base templates, static files, commands and system checks."""

from django.apps import AppConfig


class WealthWiseConfig(AppConfig):
    name = "wealthwise"

    def ready(self) -> None:
        from wealthwise import checks  # noqa: F401  registers the checks
