"""`manage.py scheduler`: everything regular, for those without cron. `--list` says what, and when."""

import signal
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from wealthwise.devserver import regular
from wealthwise.operations.models import RegularRun
from wealthwise.postgres.locks import Lock, is_held


class Command(BaseCommand):
    help = "Does the regular work of the site, one scheduler for all its machines, until it is stopped."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="only say what is done when, and how it went")
        parser.add_argument("--forget", action="store_true", help="of who goes over to cron: nothing is late any more")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            works = regular.works()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if options["list"]:
            self._list(works)
            return
        if options["forget"]:
            if is_held(Lock.SCHEDULER):
                raise CommandError("A scheduler is running: stop it first, or set WEALTHWISE_SCHEDULER=0 for `serve`.")
            regular.forget()
            self.stdout.write("Nothing is scheduled any more.")
            return
        if settings.BEHIND_POOLER:
            raise CommandError(
                "The scheduler needs a session of its own, which a pooler in transaction mode does not give: start it "
                "with a DATABASE_URL that leads to PostgreSQL itself and without DB_TRANSACTION_POOLER."
            )
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            regular.Scheduler(works, self._say, regular.start).run()
        except KeyboardInterrupt:
            self._say("The scheduler has stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _list(self, works: list[regular.Regular]) -> None:
        runs = RegularRun.objects.in_bulk()
        self.stdout.write(f"{'work':<16} {'every':>7}  {'last':<17} {'outcome':<9} next (UTC)")
        for work in works:
            found = runs.get(work.name)
            last = f"{found.started_at:%Y-%m-%d %H:%M}" if found and found.started_at else "never"
            outcome = found.outcome or ("running" if found.started_at else "") if found else ""
            after = f"{found.next_at:%Y-%m-%d %H:%M}" if found else "when a scheduler is started"
            self.stdout.write(f"{work.name:<16} {_interval(work.every):>7}  {last:<17} {outcome:<9} {after}")
        if not is_held(Lock.SCHEDULER):
            self.stdout.write("No scheduler is running: start `manage.py serve` or `manage.py scheduler`.")


def _interval(seconds: int) -> str:
    for unit, name in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
