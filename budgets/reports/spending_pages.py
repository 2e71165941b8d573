"""Spending by month and category, cash flow, and where it went, as prepared text."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.urls import reverse

from budgets.reports.ranges import Asked, Link
from budgets.reports.report import Cell, Figure, Report, Row, Table, bare, bucket_cell, column, money, share
from budgets.reports.sums import CategoryBucket, FlowBucket, Part, flow_by_bucket, spending_by_bucket, spending_by_part
from transactions.models import Category
from transactions.search.links import rows_url, spent_url
from transactions.summaries.ranges import Stretch
from wealthwise.core.charts.data import Chart, Donut, Series, Slice
from wealthwise.core.charts.drawing import heat_levels
from wealthwise.core.days import bucket_end
from wealthwise.core.locales import show_month
from wealthwise.core.money import ZERO, format_money

STACKED: Final = 6  # categories with a colour of their own; all others are one
SPENDING_LEDE: Final = "What was spent, by category. Refunds are taken off."
HEAT_NOTE: Final = (
    "The stronger the colour of a cell, the more was spent. "
    "A dash means nothing; a minus, that more came back than went."
)
Key = tuple[int | None, str]


def by_unit(asked: Asked) -> list[Link]:
    """The switch between months and years; none where only one of them can be shown."""
    if asked.shown.months <= 12:
        return []
    choices = {"month": "By month", "year": "By year"}
    return [Link(label, asked.address(by=unit), unit == asked.unit) for unit, label in choices.items()]


def bucket_part(asked: Asked, first: date) -> Stretch:
    """The days of a month or year that belong to what is asked for."""
    return asked.stretch.part(first, bucket_end(first, asked.unit))


def bucket_label(asked: Asked, first: date) -> str:
    if asked.unit == "year":
        return f"{first:%Y}"
    return show_month(first, "MMM" if asked.shown.months <= 12 else "MMM yy")


def _is_open(asked: Asked, first: date) -> bool:
    return first <= asked.today < bucket_part(asked, first).end


def spending(asked: Asked) -> Report:
    """Month by category: stacked columns and a heat table."""
    found = [] if asked.is_outside else spending_by_bucket(asked.user, asked.shown, asked.unit)
    if not found:
        return Report("spending", SPENDING_LEDE)
    cube = Cube(found)
    total = sum((row.spent for row in found), ZERO)
    count = len(cube.buckets)
    everything = rows_url(asked.stretch, direction="spending")
    currency = asked.user.currency
    name, most = cube.columns[0][1], cube.of_column(cube.columns[0])
    return Report(
        "spending",
        SPENDING_LEDE,
        figures=[
            Figure("Spent", format_money(total, currency), asked.in_words, everything),
            Figure(f"A {asked.unit}", format_money(total / count, currency), f"the average of {count}"),
            Figure("Most", format_money(most, currency), f"on {name}", spent_url(asked.stretch, cube.columns[0][0])),
        ],
        columns=_stacked(asked, cube),
        table=_heat(asked, cube, total),
        switches=by_unit(asked),
        switch_label="Steps",
        notes=[HEAT_NOTE],
    )


class Cube:
    """Spending by bucket and category: ``columns`` are the categories, most first."""

    def __init__(self, found: Sequence[CategoryBucket]) -> None:
        self.cells: dict[tuple[date, Key], Decimal] = {}
        sums: dict[Key, Decimal] = {}
        for row in found:
            key = row.category_id, row.category
            self.cells[row.bucket, key] = row.spent
            sums[key] = sums.get(key, ZERO) + row.spent
        self.columns: list[Key] = sorted(sums, key=lambda key: (-sums[key], key[1]))
        self.buckets: list[date] = sorted({row.bucket for row in found})
        self.sums = sums

    def at(self, bucket: date, key: Key) -> Decimal:
        return self.cells.get((bucket, key), ZERO)

    def of_bucket(self, bucket: date) -> Decimal:
        return sum((self.at(bucket, key) for key in self.columns), ZERO)

    def of_column(self, key: Key) -> Decimal:
        return self.sums[key]


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
        [rows_url(bucket_part(asked, bucket), direction="spending") for bucket in cube.buckets],
        stacked=True,
    )


def _heat(asked: Asked, cube: Cube, total: Decimal) -> Table:
    currency = asked.user.currency
    places = [(bucket, key) for bucket in cube.buckets for key in cube.columns]
    levels = dict(zip(places, heat_levels([cube.at(*place) for place in places]), strict=True))
    rows = []
    for bucket in cube.buckets:
        part = bucket_part(asked, bucket)
        cells = [bare(cube.of_bucket(bucket), currency, rows_url(part, direction="spending"), "heat-total")]
        for key in cube.columns:
            tone = f"heat-{levels[bucket, key]}"
            cells.append(bare(cube.at(bucket, key), currency, spent_url(part, key[0]), tone))
        rows.append(Row(bucket_cell(bucket, asked.unit, is_open=_is_open(asked, bucket)), cells))
    foot = [bare(total, currency, rows_url(asked.stretch, direction="spending"))]
    foot += [bare(cube.of_column(key), currency, spent_url(asked.stretch, key[0])) for key in cube.columns]
    names = [column(asked.unit.title()), column("Total"), *(column(name) for _, name in cube.columns)]
    return Table(names, rows, Row(column("Total"), foot), is_heat=True)


FLOW_LEDE: Final = "Income against spending. Transfers between your own accounts are neither."


def cash_flow(asked: Asked) -> Report:
    found = [] if asked.is_outside else flow_by_bucket(asked.user, asked.shown, asked.unit)
    if not any(row.income or row.spent for row in found):
        return Report("cash_flow", FLOW_LEDE)
    currency, all_days = asked.user.currency, asked.stretch
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
        "cash_flow",
        FLOW_LEDE,
        figures=[
            Figure(
                "Income",
                format_money(income, currency),
                asked.in_words,
                rows_url(all_days, direction="earnings"),
                "income" if income > 0 else "",
            ),
            Figure("Spent", format_money(spent, currency), asked.in_words, rows_url(all_days, direction="spending")),
            Figure("Net", format_money(net, currency, sign=True), kept, rows_url(all_days), tone),
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
        [rows_url(bucket_part(asked, row.bucket)) for row in found],
    )


def _flow_table(asked: Asked, found: Sequence[FlowBucket], total: FlowBucket) -> Table:
    def cells(row: FlowBucket, days: Stretch) -> list[Cell]:
        currency = asked.user.currency
        return [
            money(row.income, currency, rows_url(days, direction="earnings"), tone="income" if row.income > 0 else ""),
            money(row.spent, currency, rows_url(days, direction="spending")),
            money(row.net, currency, rows_url(days), sign=True, tone="over" if row.net < 0 else ""),
            share(row.net, row.income),
        ]

    rows = [
        Row(
            bucket_cell(row.bucket, asked.unit, is_open=_is_open(asked, row.bucket)),
            cells(row, bucket_part(asked, row.bucket)),
        )
        for row in found
    ]
    names = [column(name) for name in (asked.unit.title(), "Income", "Spent", "Net", "Kept")]
    return Table(names, rows, Row(column("Total"), cells(total, asked.stretch)))


def where_it_went(asked: Asked, category: Category | None) -> Report:
    """By category; inside one, by subcategory. From there on it is transactions."""
    lede = f"{category.name}, by subcategory." if category else "Where the money went. Open a category to see inside."
    crumb = Link("All categories", asked.address(category=None)) if category else None
    inside = category.pk if category else None
    found = [] if asked.is_outside else spending_by_part(asked.user, asked.shown, inside)
    heading = category.name if category else ""
    if not found:
        return Report("where", lede, crumb=crumb, heading=heading)
    currency = asked.user.currency
    total = sum((part.spent for part in found), ZERO)
    everything = spent_url(asked.stretch, inside) if category else rows_url(asked.stretch, direction="spending")
    slices = [Slice(part.name, part.spent, _inside(asked, part, category)) for part in found]
    rows = [_part_row(asked, part, category, total) for part in found]
    foot = Row(column("Total"), [money(total, currency, everything), share(total, total)])
    names = [column("Subcategory" if category else "Category"), column("Spent"), column("Share")]
    return Report(
        "where",
        lede,
        heading=heading,
        crumb=crumb,
        figures=[Figure("Spent", format_money(total, currency), asked.in_words, everything)],
        donut=Donut("Where it went", slices, currency, "spent"),
        table=Table(names, rows, foot),
    )


def _part_row(asked: Asked, part: Part, category: Category | None, total: Decimal) -> Row:
    cells = [money(part.spent, asked.user.currency, _rows_of_part(asked, part, category)), share(part.spent, total)]
    return Row(Cell(part.name, part.name, _inside(asked, part, category)), cells)


def _rows_of_part(asked: Asked, part: Part, category: Category | None) -> str:
    return rows_url(asked.stretch, subcategory=part.id) if category else spent_url(asked.stretch, part.id)


def _inside(asked: Asked, part: Part, category: Category | None) -> str:
    """Where the name leads: into the category; from a subcategory, and what has none, to the rows."""
    if category or part.id is None:
        return _rows_of_part(asked, part, category)
    return reverse("reports:where") + asked.address(category=part.id)
