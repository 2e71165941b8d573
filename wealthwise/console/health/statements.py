"""Panels about statements and the indexes that carry them."""

import re
from collections.abc import Iterator, Sequence

from django.db import connection

from wealthwise.console.health import thresholds
from wealthwise.console.health.panels import (
    PLAIN,
    WARN,
    Alarm,
    Panel,
    PanelLine,
    ago,
    count,
    figure,
    milliseconds,
    percent,
    size,
    text,
)
from wealthwise.operations import index_advice, monitoring
from wealthwise.operations.index_advice import Finding, IndexReport
from wealthwise.operations.monitoring import StatementCost, StatementReport
from wealthwise.operations.plan.definitions import indexes_made

SHOWN = 15
WASTE = ("unused", "redundant", "invalid", "bloated")
MAINTENANCE = re.compile(
    r"\s*(ALTER|ANALYZE|BEGIN|CALL|CLUSTER|COMMIT|COPY|CREATE|DROP|REFRESH|REINDEX|VACUUM)\b", re.IGNORECASE
)
LACKS = ("missing", "foreign key", "invalid")


def slow(report: StatementReport, *, actions: bool) -> Panel:
    summary = f"Since {ago(report.since)}." if report.since else "Counted since the server began."
    return Panel(
        "statements",
        "Slow statements",
        list(_slow_alarms(report.statements)),
        summary if report.available else report.note,
        "No statement takes more than a third of the time, and those of pages take some milliseconds each.",
        "Take one with a large share to EXPLAIN (ANALYZE, BUFFERS); reset, let people work a day, and compare.",
        head=[("Statement", False), ("Calls", True), ("Mean", True), ("Share of time", True)]
        if report.available
        else (),
        lines=[_statement(statement) for statement in report.statements],
        notes=[report.note] if report.available and report.note else [],
        action="reset" if actions and report.available else "",
        is_judged=report.available,
    )


def _slow_alarms(found: Sequence[StatementCost]) -> Iterator[Alarm]:
    """What takes most of the time, and what takes long each time; what maintains the database may take long."""
    if busy(found) and any(statement.share > thresholds.STATEMENT_SHARE for statement in found):
        share = percent(max(statement.share for statement in found))
        yield Alarm(WARN, f"One statement takes {share} of the time of all.", "See statements")
    slow_ones = [
        statement
        for statement in found
        if statement.mean_ms >= thresholds.SLOW_STATEMENT
        and statement.calls >= thresholds.CALLS_FOR_SLOW
        and not MAINTENANCE.match(statement.query)
    ]
    if slow_ones:
        worst = max(slow_ones, key=lambda statement: statement.mean_ms)
        text_ = f"A statement takes {milliseconds(worst.mean_ms)} a call, {count(worst.calls)} calls so far."
        yield Alarm(WARN, text_, "See statements")


def busy(statements: Sequence[StatementCost]) -> bool:
    """Whether there was enough work for a share to mean something: a minute of statement time."""
    return sum(statement.total_ms for statement in statements) > 60_000


def _statement(statement: StatementCost) -> PanelLine:
    said = statement.query if len(statement.query) <= 240 else statement.query[:240] + " …"
    tone = WARN if statement.share > thresholds.STATEMENT_SHARE else PLAIN
    return PanelLine(
        [
            text(said),
            figure(count(statement.calls)),
            figure(milliseconds(statement.mean_ms)),
            figure(percent(statement.share), tone, min(statement.share, 1)),
        ]
    )


def index_use(report: IndexReport) -> Panel:
    waste = [finding for finding in report.findings if finding.kind in WASTE]
    large = large_waste(report)
    used = sorted(report.indexes, key=lambda index: -index.size)[:SHOWN]
    largest = max((index.size for index in used), default=1) or 1
    named = {finding.index: finding.kind for finding in waste}
    lines = [
        PanelLine(
            [
                text(index.name),
                text(index.table),
                figure(size(index.size), share=index.size / largest),
                figure(count(index.scans)),
                text(named.get(index.name, ""), WARN if index.name in named else PLAIN),
            ]
        )
        for index in used
    ]
    return Panel(
        "indexes",
        f"The {len(used)} largest of {len(report.indexes)} indexes",
        [
            Alarm(WARN, f"{finding.index} takes {size(finding.size)} and is {finding.kind}.", "See indexes")
            for finding in large
            if finding.kind != "unused" or not report.warning
        ],
        f"{size(sum(index.size for index in report.indexes))} of indexes; "
        f"{len(waste)} findings, {len(large)} of them above {size(thresholds.LARGE_INDEX)}.",
        "Large indexes are scanned. One that keeps a rule (unique, primary key) is needed even without a scan.",
        "Judge by a month of counters before dropping anything; rebuild what is bloated with Reindex above.",
        head=[("Index", False), ("Table", False), ("Size", True), ("Scans", True), ("Finding", False)],
        lines=lines,
        notes=[report.warning] if report.warning else [],
    )


def large_waste(report: IndexReport) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind in WASTE and finding.size >= thresholds.LARGE_INDEX]


def advice(report: IndexReport) -> Panel:
    """What is broken first, then what could go, by size; what is small is only counted."""
    worth = [finding for finding in report.findings if finding.kind in LACKS or finding.size >= thresholds.SMALL_WASTE]
    found = sorted(worth, key=lambda finding: (finding.kind not in LACKS, -finding.size))[: 2 * SHOWN]
    lacking = sum(finding.kind in LACKS for finding in found)
    said = f"{lacking} indexes are invalid or lacking." if lacking > 1 else "An index is invalid or lacking."
    small = len(report.findings) - len(worth)
    return Panel(
        "advice",
        "Invalid, unused, redundant and bloated indexes",
        [Alarm(WARN, said, "See what to do")] if lacking else [],
        f"{len(worth)} worth a look." if worth else "None worth a look.",
        "A new database lists many unused indexes: nobody has needed them yet.",
        "`manage.py index_report` has the whole list, and plans statements to tell which index is missing, too long "
        "for a page. Indexes change by a migration of their model, never by hand.",
        head=[("Finding", False), ("Table", False), ("Size", True), ("What to do", False)] if found else (),
        lines=[_finding(finding) for finding in found],
        notes=[f"{small} more are below {size(thresholds.SMALL_WASTE)} each."] if small else [],
    )


def _finding(finding: Finding) -> PanelLine:
    return PanelLine(
        [
            text(finding.kind, WARN if finding.kind in LACKS else PLAIN),
            text(finding.table),
            figure(size(finding.size) if finding.size else "–"),
            text(finding.advice),
        ]
    )


def statement_panels(*, actions: bool) -> list[Panel]:
    report = index_advice.index_report(connection, kept=indexes_made(), with_missing=False)
    return [
        slow(monitoring.statement_report(connection, limit=SHOWN, by="total"), actions=actions),
        index_use(report),
        advice(report),
    ]
