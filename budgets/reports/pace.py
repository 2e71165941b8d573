"""Pace: spending day by day, counted from the first day of two ranges, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import User
from budgets.reports.ranges import Asked, day_in_words
from budgets.reports.report import NOTHING, Empty, Report, ReportCell, ReportFigure, ReportRow, ReportTable, money
from transactions.models.cached_names import Names, names_of
from transactions.search.links import rows_url
from transactions.summaries.ranges import DateRange
from wealthwise.core.charts.data import Chart, Series
from wealthwise.core.days import ONE_DAY
from wealthwise.core.locales import counted
from wealthwise.core.money import format_money
from wealthwise.postgres.sql import rows_of

LONGEST_PACE: Final = 366  # days
LEDE: Final = "Spent so far, day by day, against the stretch before."


@dataclass(frozen=True, slots=True)
class Pace:
    """Spent up to each day, counted from the first of its range; ``current`` ends today at the latest."""

    current: list[Decimal] = field(default_factory=list)
    previous: list[Decimal] = field(default_factory=list)

    @property
    def change(self) -> Decimal | None:
        """How much more was spent by the last day than by the same day before; None with nothing to compare to."""
        if not self.current or not self.previous:
            return None
        return self.current[-1] - self.previous[min(len(self.current), len(self.previous)) - 1]


# Range scan of idx_transaction_covering; one row for each day of both ranges.
_RUNNING: Final = """
    WITH daily AS (
        SELECT booked_on AS day,
               -sum(amount) FILTER (WHERE subcategory_id IS NOT NULL OR amount < 0) AS spent
        FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN %(before)s AND %(end)s
          AND transaction_date >= %(before)s::date - 1 AND transaction_date < %(end)s::date + 2
          AND transfer_id IS NULL AND (subcategory_id IS NULL OR subcategory_id <> ALL(%(income)s::int[]))
        GROUP BY 1
    )
    SELECT sum(coalesce(daily.spent, 0)) OVER (PARTITION BY d.part ORDER BY d.day)
    FROM (
        SELECT 1, generate_series(%(before)s::timestamp, %(until)s::timestamp, interval '1 day')
        UNION ALL SELECT 2, generate_series(%(start)s::timestamp, %(end)s::timestamp, interval '1 day')
    ) AS d (part, day)
    LEFT JOIN daily ON daily.day = d.day::date
    ORDER BY d.part, d.day
"""


def pace_of(
    user: User, date_range: DateRange, earlier: DateRange | None, today: date, names: Names | None = None
) -> Pace:
    """Spending of ``date_range`` up to today over that of the whole of an ``earlier`` one.

    Empty before the range begins, and for one of more than a year. An earlier one of more than a year is left out, and
    so is one in which nothing was spent.
    """
    last = min(today, date_range.end)
    if last < date_range.start or date_range.days > LONGEST_PACE:
        return Pace()
    if earlier is None or earlier.days > LONGEST_PACE:
        earlier = DateRange(date_range.start, date_range.start - ONE_DAY)
    rows = rows_of(
        _RUNNING,
        user=user.pk,
        income=(names or names_of(user)).of_kind("income"),
        start=date_range.start,
        before=earlier.start,
        until=earlier.end,
        end=last,
    )
    days = earlier.days
    previous = [spent for (spent,) in rows[:days]]
    return Pace([spent for (spent,) in rows[days:]], previous if any(previous) else [])


def report(asked: Asked) -> Report:
    """The range asked for, up to today, over the one before it."""
    date_range, earlier = asked.date_range, asked.earlier
    if date_range.days > LONGEST_PACE:
        return Report(LEDE, empty=_too_long(asked))
    found = pace_of(asked.user, date_range, earlier, asked.today)
    if not (any(found.current) or any(found.previous)):
        return Report(LEDE)
    days = max(date_range.days, len(found.previous))
    series = [Series("This time", found.current, "accent")]
    if found.previous:
        series.append(Series("The time before", found.previous, "muted"))
    return Report(
        _compared_to(asked),
        figures=_pace_figures(asked, found, earlier),
        line=Chart("Spent so far", [str(day) for day in range(1, days + 1)], series, asked.user.currency),
        table=_pace_table(asked, found, earlier),
        notes=[]
        if found.previous
        else [
            "Nothing was spent in the stretch before, so there is nothing to compare to."
            if earlier
            else "There is no earlier period of this type, so there is nothing to compare to."
        ],
    )


def _compared_to(asked: Asked) -> str:
    if asked.earlier is None:
        return "Spent so far, day by day."
    name = f"{asked.before.name}, " if asked.is_of_period and asked.before else ""
    start, end = asked.earlier.start, asked.earlier.end
    return f"Spent so far, day by day. Compared to {name}{day_in_words(start)} – {day_in_words(end)}."


def _too_long(asked: Asked) -> Empty:
    text = f"A pace is of up to {LONGEST_PACE} days. Choose fewer."
    return Empty(
        "Too long for a pace", text, asked.url(range="this-year", date_from=None, date_to=None), "Show this year"
    )


def _up_to(start: DateRange, number: int) -> str:
    """The rows that were spent from the first day to the one of that number, counted from 1."""
    last = start.start + (number - 1) * ONE_DAY
    return rows_url(DateRange(start.start, last), direction="spending")


def _pace_figures(asked: Asked, found: Pace, earlier: DateRange | None) -> list[ReportFigure]:
    currency, days = asked.user.currency, len(found.current)
    now = found.current[-1]
    figures = [
        ReportFigure(
            "Spent so far",
            now,
            f"in {counted(days, 'day')}",
            _up_to(asked.date_range, days),
        )
    ]
    if found.previous and earlier:
        day = min(days, len(found.previous))
        then = found.previous[day - 1]
        figures.append(
            ReportFigure(
                "By this day before",
                then,
                f"of {format_money(found.previous[-1], currency)} in all",
                _up_to(earlier, day),
            )
        )
        figures.append(ReportFigure("Difference", now - then, _compared(now - then), sign=True))
    return figures


def _compared(change: Decimal) -> str:
    return "as much as before" if not change else "more than before" if change > 0 else "less than before"


def _pace_table(asked: Asked, found: Pace, earlier: DateRange | None) -> ReportTable:
    rows = []
    for number in range(1, max(len(found.current), len(found.previous)) + 1):
        now, then = _at(found.current, number), _at(found.previous, number)
        difference = now - then if now is not None and then is not None else None
        rows.append(
            ReportRow(
                ReportCell(f"Day {number}", number),
                [
                    _spent(asked, now, _up_to(asked.date_range, number)),
                    _spent(asked, then, _up_to(earlier, number) if earlier else ""),
                    NOTHING if difference is None else money(difference, asked.user.currency, sign=True),
                ],
            )
        )
    return ReportTable(("Up to", "This time", "The time before", "Difference"), rows)


def _at(sums: Sequence[Decimal], number: int) -> Decimal | None:
    return sums[number - 1] if number <= len(sums) else None


def _spent(asked: Asked, amount: Decimal | None, href: str) -> ReportCell:
    return NOTHING if amount is None else money(amount, asked.user.currency, href)
