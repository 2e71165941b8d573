"""A report as the template prints it and as the CSV file has it: both come from the same cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from budgets.reports.ranges import Link
from wealthwise.core.charts.data import Bars, Chart, Donut
from wealthwise.core.charts.flow import Flow
from wealthwise.core.locales import active
from wealthwise.core.money import MINUS, currency_style, format_digits, format_money

DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class ReportCell:
    """``raw`` is what the file says; ``href`` the rows behind a figure; ``tone`` a class of the stylesheet."""

    text: str
    raw: Any
    href: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """``head`` is its name, which can lead on to a finer report."""

    head: ReportCell
    cells: Sequence[ReportCell]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """``names`` of the columns, the first that of the rows; ``foot`` has the totals."""

    names: Sequence[str]
    rows: Sequence[ReportRow]
    foot: ReportRow | None = None
    is_heat: bool = False

    def records(self) -> Iterator[list[Any]]:
        """The rows of the file, the totals last."""
        for row in [*self.rows, *([self.foot] if self.foot else [])]:
            yield [row.head.raw, *(cell.raw for cell in row.cells)]


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One of the figures above the chart; with ``sign`` a plus stands before what is above zero."""

    label: str
    amount: Decimal
    note: str = ""
    href: str = ""
    tone: str = ""
    sign: bool = False


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
    """One page. ``columns``, ``line``, ``donut``, ``bars``, ``flow``: at most one of them is drawn."""

    lede: str
    table: ReportTable | None = None
    figures: Sequence[ReportFigure] = ()
    heading: str = ""
    columns: Chart | None = None
    line: Chart | None = None
    donut: Donut | None = None
    bars: Bars | None = None
    flow: Flow | None = None
    switches: Sequence[Link] = ()
    switch_label: str = ""
    crumb: Link | None = None
    notes: Sequence[str] = field(default_factory=list)
    empty: Empty | None = None


NOTHING: Final = ReportCell(DASH, None)
TOTAL: Final = ReportCell("Total", "Total")


def money(amount: Decimal, currency: str, href: str = "", *, sign: bool = False, tone: str = "") -> ReportCell:
    return ReportCell(format_money(amount, currency, sign=sign), amount, href, tone)


def bare(amount: Decimal, currency: str, href: str = "", tone: str = "") -> ReportCell:
    """A figure without its currency, for tables of many; a zero is a dash and leads nowhere."""
    if not amount:
        return ReportCell(DASH, amount, "", tone)
    rounded = round(amount, currency_style(currency).decimals)
    return ReportCell(f"{MINUS if rounded < 0 else ''}{format_digits(abs(rounded))}", amount, href, tone)


def share(part: Decimal, whole: Decimal) -> ReportCell:
    """``part`` in percent of ``whole``, one decimal in the file; a dash where that says nothing."""
    if whole <= 0 or part < 0:
        return NOTHING
    percent = round(part / whole * 100, 1)
    return ReportCell(f"{percent:f}%".replace(".", active().conventions.decimal), percent)
