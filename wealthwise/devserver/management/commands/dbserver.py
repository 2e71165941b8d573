"""`manage.py dbserver start|stop|status`: the embedded servers, kept running between commands."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wealthwise.devserver import server


class Command(BaseCommand):
    help = "Keeps the embedded PostgreSQL and Valkey running until they are stopped, or says who uses them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["action"])()
        except server.ServerError as error:
            raise CommandError(str(error)) from error

    def start(self) -> None:
        server.ensure(server.HOME, persist=True).close()
        self.stdout.write("The servers run until `manage.py dbserver stop`.")
        self._write_addresses()

    def stop(self) -> None:
        stopped = server.stop(server.HOME)
        self.stdout.write("The servers have stopped." if stopped else "No servers were running.")

    def status(self) -> None:
        found = server.status(server.HOME)
        if not found.running:
            self.stdout.write("No servers are running.")
            return
        end = "until they are stopped" if found.persistent else "while somebody uses them"
        names = " and ".join(found.services) or "nothing yet"
        self.stdout.write(f"Running {end}: {names}; supervisor {found.pid}, {found.leases} in use.")
        self._write_addresses()

    def _write_addresses(self) -> None:
        found = server.urls(server.HOME)
        self.stdout.write(f"  {found.database_url}\n  {found.cache_url}")
