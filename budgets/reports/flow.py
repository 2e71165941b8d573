"""Flow: where the money came from and what it went into, as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from accounts.models import User
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
from wealthwise.core.charts.data import Slice
from wealthwise.core.charts.flow import Flow
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of

LEDE: Final = (
    "Where the money came from, and what it went into. Transfers between your own accounts are left out. Percentages "
    "of the picture are of all that flowed."
)
KEPT: Final = "Kept"
SAVED_BEFORE: Final = "From before"


@dataclass(frozen=True, slots=True)
class FlowPart:
    """A subcategory of income with what was earned, or a category of expenses with what was spent, below zero when
    more came back than went; id None: uncategorised.
    """

    is_income: bool
    id: int | None
    name: str
    amount: Decimal


_PARTS: Final = f"""{FILED_BY_MONTH}
    SELECT true, sc.id, coalesce(sc.name, 'Uncategorised'), sum({EARNED}) AS amount
    FROM filed f {NAMED} GROUP BY sc.id, sc.name HAVING sum({EARNED}) <> 0
    UNION ALL
    SELECT false, c.id, coalesce(c.name, 'Uncategorised'), sum({SPENT})
    FROM filed f {NAMED} GROUP BY c.id, c.name HAVING sum({SPENT}) <> 0
    ORDER BY 1 DESC, 4 DESC, 3
"""  # noqa: S608 - constants only


def flow_parts(user: User, date_range: DateRange, only: Narrowed = EVERYTHING) -> list[FlowPart]:
    """Income first, the largest first; nothing earned or spent no row."""
    return [FlowPart(*row) for row in rows_of(_PARTS, **by_month(user, date_range, only))]


def report(asked: Asked) -> Report:
    found = [] if asked.is_outside else flow_parts(asked.user, asked.shown, asked.only)
    if not found:
        return Report(LEDE)
    income = sum((part.amount for part in found if part.is_income), ZERO)
    spent = sum((part.amount for part in found if not part.is_income), ZERO)
    currency, days = asked.user.currency, asked.date_range
    figures = [
        ReportFigure(
            "Income", income, asked.in_words, asked.rows(days, direction="earnings"), "income" if income > 0 else ""
        ),
        ReportFigure("Spent", spent, asked.in_words, asked.rows(days, direction="spending")),
        ReportFigure(KEPT if income >= spent else SAVED_BEFORE, abs(income - spent), "what is between them"),
    ]
    rows = [
        ReportRow(
            ReportCell(f"{'From' if part.is_income else 'To'} {part.name}", part.name),
            [
                money(part.amount, currency, _rows_of(asked, part), tone="income" if part.is_income else ""),
                share(part.amount, income if part.is_income else spent),
            ],
        )
        for part in found
    ]
    foot = ReportRow(TOTAL, [money(income - spent, currency, asked.all_rows(days), sign=True), share(ZERO, ZERO)])
    return Report(
        LEDE,
        figures=figures,
        flow=Flow("Income to categories", *_sides(asked, found, income - spent), currency),
        table=ReportTable(("From and to", "Amount", "Of income or of spending"), rows, foot),
    )


def _sides(asked: Asked, found: Sequence[FlowPart], kept: Decimal) -> tuple[list[Slice], list[Slice]]:
    """What is below zero flows the other way; what is between both sides stands on the smaller one."""
    sources, targets = list[Slice](), list[Slice]()
    for part in found:
        is_source = part.is_income == (part.amount > 0)
        (sources if is_source else targets).append(Slice(part.name, abs(part.amount), _rows_of(asked, part)))
    if kept:
        (targets if kept > 0 else sources).append(Slice(KEPT if kept > 0 else SAVED_BEFORE, abs(kept)))
    return sources, targets


def _rows_of(asked: Asked, part: FlowPart) -> str:
    if not part.is_income:
        return asked.spent(asked.date_range, part.id)
    if part.id is None:
        return asked.rows(asked.date_range, uncategorised="on", direction="income")
    return asked.rows(asked.date_range, subcategory=part.id)
