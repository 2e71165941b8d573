"""Spending by month or year and category: stacked columns, and a table whose cells are darker for more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import User
from budgets.reports.buckets import bucket_cell, bucket_label, bucket_name, bucket_part, buckets_of, by_unit, starts_of
from budgets.reports.ranges import Asked
from budgets.reports.report import TOTAL, Report, ReportFigure, ReportRow, ReportTable, bare
from transactions.summaries.ranges import EVERYTHING, FILED_BY_MONTH, NAMED, SPENT, DateRange, Narrowed, by_month
from wealthwise.core.charts.data import Chart, Series
from wealthwise.core.charts.drawing import heat_levels
from wealthwise.core.locales import counted
from wealthwise.core.money import ZERO, average_in
from wealthwise.postgres.sql import rows_of

STACKED: Final = 6  # categories with a colour of their own; all others are one
LEDE: Final = "What was spent, by category. Refunds are taken off."
HEAT_NOTE: Final = (
    "The stronger the colour of a cell, the more was spent. "
    "A dash means nothing; a minus, that more came back than went."
)
Key = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class CategoryBucket:
    """What a category took in a month, year or period (``bucket`` is its first day); id None: uncategorised."""

    bucket: date
    category_id: int | None
    category: str
    spent: Decimal


_BY_CATEGORY: Final = f"""{FILED_BY_MONTH}
    SELECT date_trunc(%(unit)s, f.month::timestamp)::date, c.id, coalesce(c.name, 'Uncategorised'), sum({SPENT})
    FROM filed f {NAMED}
    GROUP BY 1, c.id, c.name HAVING sum({SPENT}) <> 0
    ORDER BY 1, 3
"""  # noqa: S608 - constants only


def spending_by_bucket(
    user: User, date_range: DateRange, unit: str, only: Narrowed = EVERYTHING, starts: Sequence[date] = ()
) -> list[CategoryBucket]:
    """Spending of each category in each ``unit`` (month, year) that has any, oldest first; or in each step that begins
    on one of ``starts``.
    """
    values = by_month(user, date_range, only, starts)
    return [CategoryBucket(*row) for row in rows_of(_BY_CATEGORY, unit="day" if starts else unit, **values)]


def report(asked: Asked) -> Report:
    """Month by category: stacked columns and a heat table."""
    found = (
        []
        if asked.is_outside
        else spending_by_bucket(asked.user, asked.shown, asked.unit, asked.only, starts_of(asked))
    )
    if not found:
        return Report(LEDE)
    cube = Cube(found, buckets_of(asked))
    total = sum((row.spent for row in found), ZERO)
    count = len(cube.buckets)
    everything = asked.rows(asked.date_range, direction="spending")
    name, most = cube.columns[0][1], cube.of_column(cube.columns[0])
    return Report(
        LEDE,
        figures=[
            ReportFigure("Spent", total, asked.in_words, everything),
            ReportFigure(f"A {asked.unit}", average_in(total, count, asked.user.currency), _of_buckets(asked, cube)),
            ReportFigure("Most", most, f"on {name}", asked.spent(asked.date_range, cube.columns[0][0])),
        ],
        columns=_stacked(asked, cube),
        table=_heat(asked, cube, total),
        switches=by_unit(asked),
        switch_label="Steps",
        notes=[HEAT_NOTE],
    )


class Cube:
    """Spending by bucket and category: ``columns`` are the categories, most first; ``buckets`` also the empty ones."""

    def __init__(self, found: Sequence[CategoryBucket], buckets: Sequence[date]) -> None:
        self.cells: dict[tuple[date, Key], Decimal] = {}
        sums: dict[Key, Decimal] = {}
        for row in found:
            key = row.category_id, row.category
            self.cells[row.bucket, key] = row.spent
            sums[key] = sums.get(key, ZERO) + row.spent
        self.columns: list[Key] = sorted(sums, key=lambda key: (-sums[key], key[1]))
        self.buckets = buckets
        self.sums = sums

    def at(self, bucket: date, key: Key) -> Decimal:
        return self.cells.get((bucket, key), ZERO)

    def of_bucket(self, bucket: date) -> Decimal:
        return sum((self.at(bucket, key) for key in self.columns), ZERO)

    def of_column(self, key: Key) -> Decimal:
        return self.sums[key]


def _of_buckets(asked: Asked, cube: Cube) -> str:
    """Which months or years an average is of, and how many of them are empty."""
    first, last = (bucket_name(asked, bucket) for bucket in (cube.buckets[0], cube.buckets[-1]))
    span = first if first == last else f"{first} to {last}"
    empty = sum(not any(cube.at(bucket, key) for key in cube.columns) for bucket in cube.buckets)
    return f"the average of {counted(len(cube.buckets), asked.unit)}, {span}" + (f", {empty} empty" if empty else "")


def _stacked(asked: Asked, cube: Cube) -> Chart:
    top = cube.columns if len(cube.columns) <= STACKED else cube.columns[:STACKED]
    series = [
        Series(name, [cube.at(bucket, (pk, name)) for bucket in cube.buckets], f"slice-{order}")
        for order, (pk, name) in enumerate(top, start=1)
    ]
    if rest := cube.columns[len(top) :]:
        values = [sum((cube.at(bucket, key) for key in rest), ZERO) for bucket in cube.buckets]
        series.append(Series(f"{len(rest)} others", values, "muted"))
    return Chart(
        f"Spending by {asked.unit} and category",
        [bucket_label(asked, bucket) for bucket in cube.buckets],
        series,
        asked.user.currency,
        [asked.rows(bucket_part(asked, bucket), direction="spending") for bucket in cube.buckets],
        stacked=True,
    )


def _heat(asked: Asked, cube: Cube, total: Decimal) -> ReportTable:
    currency = asked.user.currency
    places = [(bucket, key) for bucket in cube.buckets for key in cube.columns]
    levels = dict(zip(places, heat_levels([cube.at(*place) for place in places]), strict=True))
    rows = []
    for bucket in cube.buckets:
        part = bucket_part(asked, bucket)
        cells = [bare(cube.of_bucket(bucket), currency, asked.rows(part, direction="spending"), "heat-total")]
        for key in cube.columns:
            tone = f"heat-{levels[bucket, key]}"
            cells.append(bare(cube.at(bucket, key), currency, asked.spent(part, key[0]), tone))
        rows.append(ReportRow(bucket_cell(asked, bucket), cells))
    foot = [bare(total, currency, asked.rows(asked.date_range, direction="spending"))]
    foot += [bare(cube.of_column(key), currency, asked.spent(asked.date_range, key[0])) for key in cube.columns]
    names = [asked.unit.title(), "Total", *(name for _, name in cube.columns)]
    return ReportTable(names, rows, ReportRow(TOTAL, foot), is_heat=True)
