"""``manage.py refresh_views``: bring the materialized spending view up to date."""

import re
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from transactions.summaries.upkeep import VIEW, refresh_since, refresh_spending_view

_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> int:
    """``90s``, ``15m`` or ``1h`` in seconds."""
    match = re.fullmatch(r"(\d+)([smh])", text)
    if not match or int(match[1]) == 0:
        raise CommandError(f"{text!r} is no interval: write 90s, 15m or 1h.")
    return int(match[1]) * _UNITS[match[2]]


class Command(BaseCommand):
    help = "Refresh the materialized spending view; readers keep reading meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--blocking", action="store_true", help="faster, but readers wait until it is done")
        parser.add_argument(
            "--fresh", action="store_true", help="when another refresh is going on, wait for one that begins after now"
        )
        parser.add_argument("--loop", metavar="INTERVAL", help="refresh again and again: 90s, 15m, 1h")

    def handle(self, *args: Any, **options: Any) -> None:
        pause = seconds(options["loop"]) if options["loop"] else None
        asked = timezone.now()
        try:
            while not self._run(concurrently=not options["blocking"]) and options["fresh"]:
                time.sleep(1)
                if refresh_since(asked):
                    return
            while pause:
                time.sleep(pause)
                self._run_again(concurrently=not options["blocking"])
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _run_again(self, *, concurrently: bool) -> None:
        """A database that is away for a moment is there again at the next time, on a connection of its own."""
        try:
            self._run(concurrently=concurrently)
        except (OperationalError, InterfaceError) as error:
            connection.close()
            self.stderr.write(f"{VIEW}: not refreshed ({type(error.__cause__ or error).__name__}); trying again.")

    def _run(self, *, concurrently: bool) -> bool:
        """Whether the view was refreshed."""
        run = refresh_spending_view(concurrently=concurrently)
        if run is None or run.finished_at is None:
            self.stdout.write(f"{VIEW}: another refresh is going on; nothing done.")
            return False
        took = (run.finished_at - run.started_at).total_seconds() * 1000
        self.stdout.write(f"{VIEW}: {run.row_count:,} rows in {took:,.0f} ms.")
        return True
