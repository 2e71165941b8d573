"""A report as the template prints it and as the CSV file has it: both come from the same cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from budgets.reports.ranges import Link
from wealthwise.core.charts.data import Bars, Chart, Donut
from wealthwise.core.locales import active, show_month
from wealthwise.core.money import MINUS, currency_style, format_digits, format_money

NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """``raw`` is what the file says; ``href`` the rows behind a figure; ``tone`` a class of the stylesheet."""

    text: str
    raw: Any
    href: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """``head`` is its name, which can lead on to a finer report."""

    head: Cell
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """``names`` of the columns, the first that of the rows; ``foot`` has the totals."""

    names: Sequence[Cell]
    rows: Sequence[Row]
    foot: Row | None = None
    is_heat: bool = False

    @property
    def header(self) -> list[str]:
        return [name.raw for name in self.names]

    def records(self) -> Iterator[list[Any]]:
        """The rows of the file, the totals last."""
        for row in [*self.rows, *([self.foot] if self.foot else [])]:
            yield [row.head.raw, *(cell.raw for cell in row.cells)]


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    note: str = ""
    href: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing to show: why, and the one thing to do about it."""

    heading: str
    text: str
    href: str
    action: str
    icon: str = "magnifying-glass"


@dataclass(frozen=True, slots=True)
class Report:
    """One page. ``columns``, ``line``, ``donut``, ``bars``: at most one of them is drawn."""

    slug: str
    lede: str
    table: Table | None = None
    figures: Sequence[Figure] = ()
    heading: str = ""
    columns: Chart | None = None
    line: Chart | None = None
    donut: Donut | None = None
    bars: Bars | None = None
    switches: Sequence[Link] = ()
    switch_label: str = ""
    crumb: Link | None = None
    notes: Sequence[str] = field(default_factory=list)
    empty: Empty | None = None


def column(name: str) -> Cell:
    return Cell(name, name)


def money(amount: Decimal, currency: str, href: str = "", *, sign: bool = False, tone: str = "") -> Cell:
    return Cell(format_money(amount, currency, sign=sign), amount, href, tone)


def bare(amount: Decimal, currency: str, href: str = "", tone: str = "") -> Cell:
    """A figure without its currency, for tables of many; a zero is a dash and leads nowhere."""
    if not amount:
        return Cell(NOTHING, amount, "", tone)
    rounded = round(amount, currency_style(currency).decimals)
    return Cell(f"{MINUS if rounded < 0 else ''}{format_digits(abs(rounded))}", amount, href, tone)


def share(part: Decimal, whole: Decimal) -> Cell:
    """``part`` in percent of ``whole``, one decimal in the file; a dash where that says nothing."""
    if whole <= 0 or part < 0:
        return Cell(NOTHING, None)
    percent = round(part / whole * 100, 1)
    return Cell(f"{percent:f}%".replace(".", active().conventions.decimal), percent)


def bucket_cell(first: date, unit: str, href: str = "", *, is_open: bool = False) -> Cell:
    """A month or year; one that is not over says so."""
    text, raw = (f"{first:%Y}",) * 2 if unit == "year" else (show_month(first), f"{first:%Y-%m}")
    return Cell(f"{text} so far" if is_open else text, raw, href)
