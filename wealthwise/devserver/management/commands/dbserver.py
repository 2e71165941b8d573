"""`manage.py dbserver start|stop|status|forget`: the embedded servers, kept running between commands."""

import sys
from contextlib import closing
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from wealthwise.devserver import server
from wealthwise.devserver.backup import tools
from wealthwise.devserver.layout import POSTGRES, Layout

PROMISE = "delete everything"
_PEOPLE = """SELECT count(*) FROM "user" WHERE email <> %(demo)s"""


class Command(BaseCommand):
    help = "Keeps the embedded PostgreSQL and Valkey running until they are stopped, or says who uses them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        told = "forget stops them so that their data can be deleted, and asks when somebody's are among them"
        parser.add_argument("action", choices=["start", "stop", "status", "forget"], help=told)

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

    def forget(self) -> None:
        """Raises CommandError unless whoever asks may delete what is there."""
        if Layout.of(server.HOME).cluster_home.exists() and (whose := self._whose()):
            if not sys.stdin.isatty():
                raise CommandError(f"{whose} Nothing was deleted; run it in a terminal to say so.")
            if input(f"{whose} Type '{PROMISE}' to have it deleted: ") != PROMISE:
                raise CommandError("Nothing was deleted.")
        self.stop()

    def _whose(self) -> str:
        """A sentence about what is there beyond the demo household; empty when there is nothing more."""
        where = Layout.of(server.HOME)
        try:
            with (
                server.ensure(server.HOME, services=frozenset({POSTGRES})),
                closing(psycopg.connect(tools.embedded(where))) as connection,
            ):
                ((people,),) = connection.execute(_PEOPLE, {"demo": settings.DEMO_EMAIL}).fetchall()
        except psycopg.errors.UndefinedTable:
            return ""
        except (server.ServerError, psycopg.Error) as error:
            return f"{where.data} has data that cannot be read ({str(error).partition('\n')[0]})."
        who = "one person" if people == 1 else f"{people:,} people"
        return f"{where.data} has the data of {who} besides the demo household." if people else ""

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
