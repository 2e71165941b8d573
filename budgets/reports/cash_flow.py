"""Cash flow: income against spending by month or year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import User
from budgets.reports.buckets import bucket_cell, bucket_label, bucket_part, by_unit, starts_of
from budgets.reports.ranges import Asked
from budgets.reports.report import TOTAL, Report, ReportCell, ReportFigure, ReportRow, ReportTable, money, share
from transactions.summaries.ranges import (
    EARNED,
    EVERYTHING,
    FILED_BY_MONTH,
    NAMED,
    SPENT,
    DateRange,
    Narrowed,
    by_month,
)
from wealthwise.core.charts.data import Chart, Series
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of

LEDE: Final = "Income against spending. Transfers between your own accounts are neither."


@dataclass(frozen=True, slots=True)
class FlowBucket:
    bucket: date
    income: Decimal
    spent: Decimal

    @property
    def net(self) -> Decimal:
        return self.income - self.spent


_FLOW: Final = f"""{FILED_BY_MONTH}
    SELECT b.bucket::date, coalesce(sum({EARNED}), 0), coalesce(sum({SPENT}), 0)
    FROM unnest(coalesce(%(starts)s::date[], ARRAY(
        SELECT generate_series(date_trunc(%(unit)s, %(start)s::timestamp), %(end)s::timestamp,
                               ('1 ' || %(unit)s)::interval)::date))) AS b (bucket)
    LEFT JOIN filed f ON date_trunc(%(unit)s, f.month::timestamp) = b.bucket
    {NAMED}
    GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - constants only


def flow_by_bucket(
    user: User, date_range: DateRange, unit: str, only: Narrowed = EVERYTHING, starts: Sequence[date] = ()
) -> list[FlowBucket]:
    """Income and spending of each ``unit`` of the range, empty ones too, oldest first; or of each step that begins on
    one of ``starts``.
    """
    unit = "day" if starts else unit
    ends = {"start": date_range.start, "end": date_range.end}
    return [FlowBucket(*row) for row in rows_of(_FLOW, unit=unit, **ends, **by_month(user, date_range, only, starts))]


def report(asked: Asked) -> Report:
    found = (
        [] if asked.is_outside else flow_by_bucket(asked.user, asked.shown, asked.unit, asked.only, starts_of(asked))
    )
    if not any(row.income or row.spent for row in found):
        return Report(LEDE)
    all_days = asked.date_range
    income = sum((row.income for row in found), ZERO)
    spent = sum((row.spent for row in found), ZERO)
    net = income - spent
    tone = "income" if net > 0 else "over" if net < 0 else ""
    kept = (
        f"{share(net, income).text} of income kept"
        if net > 0
        else "nothing kept"
        if net == 0
        else "more went than came"
    )
    return Report(
        LEDE,
        figures=[
            ReportFigure(
                "Income",
                income,
                asked.in_words,
                asked.rows(all_days, direction="earnings"),
                "income" if income > 0 else "",
            ),
            ReportFigure("Spent", spent, asked.in_words, asked.rows(all_days, direction="spending")),
            ReportFigure("Net", net, kept, asked.all_rows(all_days), tone, sign=True),
        ],
        columns=_flow_chart(asked, found),
        table=_flow_table(asked, found, FlowBucket(all_days.start, income, spent)),
        switches=by_unit(asked),
        switch_label="Steps",
    )


def _flow_chart(asked: Asked, found: Sequence[FlowBucket]) -> Chart:
    return Chart(
        f"Cash flow by {asked.unit}",
        [bucket_label(asked, row.bucket) for row in found],
        [
            Series("Income", [row.income for row in found], "income"),
            Series("Spent", [row.spent for row in found], "expense"),
        ],
        asked.user.currency,
        [asked.rows(bucket_part(asked, row.bucket)) for row in found],
    )


def _flow_table(asked: Asked, found: Sequence[FlowBucket], total: FlowBucket) -> ReportTable:
    def cells(row: FlowBucket, days: DateRange) -> list[ReportCell]:
        currency = asked.user.currency
        return [
            money(
                row.income, currency, asked.rows(days, direction="earnings"), tone="income" if row.income > 0 else ""
            ),
            money(row.spent, currency, asked.rows(days, direction="spending")),
            money(row.net, currency, asked.all_rows(days), sign=True, tone="over" if row.net < 0 else ""),
            share(row.net, row.income),
        ]

    rows = [
        ReportRow(
            bucket_cell(asked, row.bucket),
            cells(row, bucket_part(asked, row.bucket)),
        )
        for row in found
    ]
    names = (asked.unit.title(), "Income", "Spent", "Net", "Kept")
    return ReportTable(names, rows, ReportRow(TOTAL, cells(total, asked.date_range)))
