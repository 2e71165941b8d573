"""`manage.py plan`: the database plan, row by row, proven against the live catalog."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from wealthwise.operations.plan.definitions import mends
from wealthwise.operations.plan.docs import with_tables
from wealthwise.operations.plan.report import as_json, as_text, broken, report


class Command(BaseCommand):
    help = "Prints every row of the database plan with its state in this database; --check fails unless all hold."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="exit with 1 when a row does not hold")
        parser.add_argument("--json", action="store_true", help="print all rows as JSON")
        parser.add_argument("--mend", action="store_true", help="only print the SQL that brings definitions back")
        parser.add_argument("--docs", type=Path, metavar="FILE", help="only make the tables of indexes in FILE anew")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["docs"]:
            options["docs"].write_text(with_tables(options["docs"].read_text()))
            return
        if options["mend"]:
            self.stdout.write(
                mends(connections[options["database"]]) or "-- Every definition is as the migrations make it."
            )
            return
        rows = report(connections[options["database"]])
        self.stdout.write(as_json(rows) if options["json"] else as_text(rows))
        found = broken(rows)
        if options["check"] and found:
            told = "\n".join(f"  {row.section}: {row.name}: {row.state}" for row in found)
            raise CommandError(f"{len(found)} rows of the plan do not hold:\n{told}")
