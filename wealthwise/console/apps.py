"""The operations console, and the admin that it is built on."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class OpsConfig(AppConfig):
    name = "wealthwise.console"
    label = "ops"  # its tables and its migrations are known by it
    verbose_name = "Operations"
    default = True

    def ready(self) -> None:
        from transactions.jobs.kinds import KINDS
        from wealthwise.console.people import exports

        KINDS[exports.KIND] = exports.WORK


class ConsoleConfig(admin_apps.AdminConfig):
    """Django's admin with our site in place of its own."""

    default = False
    default_site = "wealthwise.console.site.ConsoleSite"
