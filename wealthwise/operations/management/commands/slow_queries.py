"""`manage.py slow_queries`: the slowest statements of this database, from pg_stat_statements."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from wealthwise.operations import monitoring
from wealthwise.operations.monitoring import MonitoringError, StatementCost, StatementReport

WIDTH = 100  # of a statement on its line


class Command(BaseCommand):
    help = "Shows the slowest statements of this database, with calls, times, rows and cache hits."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=20, help="how many statements (20)")
        parser.add_argument("--by", choices=sorted(monitoring.ORDERS), default="mean", help="which time decides")
        parser.add_argument("--json", action="store_true", help="print whole statements as JSON")
        parser.add_argument("--reset", action="store_true", help="forget what was counted for this database")
        parser.add_argument("--enable", action="store_true", help="create the extension, which takes a superuser")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if options["limit"] < 1:
            raise CommandError("Say --limit N with N from 1.")
        try:
            if options["enable"]:
                monitoring.enable_statements(connection)
            if options["reset"]:
                monitoring.reset_statements(connection)
        except MonitoringError as error:
            raise CommandError(str(error)) from error
        report = monitoring.statement_report(connection, limit=options["limit"], by=options["by"])
        self.stdout.write(as_json(report) if options["json"] else as_text(report))


def as_json(report: StatementReport) -> str:
    """Milliseconds, and shares and ratios from 0 to 1; ``available`` is false where nothing can be read."""
    since = report.since.isoformat() if report.since else None
    return json.dumps(asdict(report) | {"since": since}, indent=2)


def as_text(report: StatementReport) -> str:
    if not report.available:
        return report.note
    since = f" since {report.since:%Y-%m-%d %H:%M} UTC" if report.since else ""
    lines = [f"{len(report.statements)} slowest statements{since}"]
    if report.statements:
        lines.append(f"{'calls':>10} {'mean ms':>12} {'total ms':>14} {'share':>7} {'rows':>12} {'hit':>7}  statement")
    lines += [_line(statement) for statement in report.statements]
    if any(statement.nested for statement in report.statements):
        lines.append("> ran inside another statement (a trigger, a foreign key), whose time contains it.")
    return "\n".join([*lines, *filter(None, [report.note])])


def _line(statement: StatementCost) -> str:
    hit = "" if statement.hit_ratio is None else f"{statement.hit_ratio:.1%}"
    query = ("> " if statement.nested else "") + statement.query
    shown = query if len(query) <= WIDTH else query[: WIDTH - 1] + "…"
    return (
        f"{statement.calls:>10,} {statement.mean_ms:>12,.3f} {statement.total_ms:>14,.1f} {statement.share:>7.1%} "
        f"{statement.rows:>12,} {hit:>7}  {shown}"
    )
