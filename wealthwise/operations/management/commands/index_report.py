"""`manage.py index_report`: how each index is used, and which are unused, redundant, missing or bloated."""

import json
from dataclasses import asdict
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from wealthwise.operations.index_advice import Finding, IndexReport, index_report
from wealthwise.operations.monitoring import IndexUse
from wealthwise.operations.plan.definitions import indexes_made

MEGABYTE = 1024 * 1024
COMPARED = {"kinds", "orders", "nulls_distinct"}  # fields that only tell indexes apart


class Command(BaseCommand):
    help = "Shows size and use of every index, and says what to do about those that could be better."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)

    def handle(self, *args: Any, **options: Any) -> None:
        report = index_report(connections[options["database"]], kept=indexes_made())
        self.stdout.write(as_json(report) if options["json"] else as_text(report))


def as_json(report: IndexReport) -> str:
    """Sizes in bytes; what begins with ``estimated_`` is an estimate and null where there is none."""
    answer = {
        "since": report.since.isoformat() if report.since else None,
        "warning": report.warning,
        "indexes": [_shown(index) for index in report.indexes],
        "findings": [asdict(finding) for finding in report.findings],
    }
    return json.dumps(answer, indent=2)


def _shown(index: IndexUse) -> dict[str, Any]:
    fields = {name: value for name, value in asdict(index).items() if name not in COMPARED}
    return fields | {"estimated_bloat": index.estimated_bloat}


def as_text(report: IndexReport) -> str:
    since = f"since {report.since:%Y-%m-%d %H:%M} UTC" if report.since else "with no reset recorded"
    width = max((len(index.name) for index in report.indexes), default=0)
    lines = [f"{len(report.indexes)} indexes; scans are counted {since}.", *filter(None, [report.warning]), ""]
    lines.append(f"{'index':<{width}} {'size':>12} {'scans':>12} {'bloat, estimated':>18}")
    for table, indexes in groupby(report.indexes, key=lambda index: index.table):
        lines += [table, *(_line(index, width) for index in indexes)]
    return "\n".join([*lines, "", *_told(report.findings)])


def _line(index: IndexUse, width: int) -> str:
    bloat = "unknown" if index.estimated_bloat is None else _size(index.estimated_bloat)
    return f"{index.name:<{width}} {_size(index.size):>12} {index.scans:>12,} {bloat:>18}"


def _told(findings: tuple[Finding, ...]) -> list[str]:
    if not findings:
        return ["Nothing to do."]
    return [
        f"{finding.kind:<12} {_size(finding.size) if finding.size else '':>12}  {finding.advice}"
        for finding in findings
    ]


def _size(size: int) -> str:
    return f"{size / MEGABYTE:,.2f} MB"
