"""`manage.py import_legacy FILE.db`: everybody and everything of the old Flask application's SQLite file."""

import json
import os
import sys
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DataError, IntegrityError

from wealthwise.core.errors import DomainError, within_limits
from wealthwise.core.progress import track
from wealthwise.portability.legacy.load import load
from wealthwise.portability.legacy.source import Source


class Command(BaseCommand):
    help = (
        "Carries people, accounts, categories, transactions and budgets over from the old application's SQLite file: "
        "all of it or nothing. People whose address is there already are left as they are, so it is safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the old application's database; it is only read")
        parser.add_argument(
            "--time-zone", default="UTC", metavar="ZONE", help="of people whose country has none or several (UTC)"
        )
        parser.add_argument(
            "--set-aside", type=Path, metavar="FILE", help="where rows that are not carried go (FILE.set-aside.jsonl)"
        )
        parser.add_argument(
            "--people",
            type=Path,
            metavar="FILE",
            help="where people go for whom something is to do (FILE.people.jsonl)",
        )
        parser.add_argument("--dry-run", action="store_true", help="do all of it, show the report, and take it back")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["time_zone"] not in available_timezones():
            raise CommandError(f"There is no time zone {options['time_zone']}.")
        try:
            with within_limits():
                report = load(
                    Source(options["file"]),
                    default_zone=options["time_zone"],
                    watch=lambda rows: track(rows, sys.stderr, len(rows), "Transactions"),
                    is_trial=options["dry_run"],
                )
        except DomainError as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        except (DataError, IntegrityError) as error:
            raise CommandError(f"The database refused a row, so nothing was changed: {error}") from error
        for line in report.lines():
            self.stdout.write(line)
        self._keep(options["set_aside"], options["file"], "set-aside", [fate.line() for fate in report.aside()])
        told = [json.dumps(person, ensure_ascii=False) for person in report.to_act_upon]
        self._keep(options["people"], options["file"], "people", told)
        if options["dry_run"]:
            self.stdout.write("This was a trial: nothing was kept.")

    def _keep(self, wanted: Path | None, source: Path, what: str, lines: list[str]) -> None:
        """Write a file for whoever ran this alone: it has all that the rows say. None is written without a line."""
        if not lines:
            return
        path = wanted or Path(f"{source}.{what}.jsonl")
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            self.stderr.write(f"{path} cannot be written ({error.strerror}): name another with --{what}.")
            return
        self.stdout.write(f"{len(lines):,} lines in {path}.")
