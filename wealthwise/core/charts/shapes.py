"""Charts as plain data, and their geometry. No ORM, no templates, no float.

A plot stretches to its box (`preserveAspectRatio="none"`), so that its axis text can be HTML and stays
12 px on every screen. Coordinates are in a box of PLOT_WIDTH by PLOT_HEIGHT units, y downwards.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from wealthwise.core.money import format_compact, format_money

PLOT_WIDTH: Final = Decimal(600)
PLOT_HEIGHT: Final = Decimal(200)
MAX_LABELS: Final = 16
MAX_DOTS: Final = 24
MAX_SLICES: Final = 7
GAP, FILL = Decimal("0.16"), Decimal("0.92")  # beside the columns of a band, and of a column, as shares
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Series:
    """One run of values; `tone` names a colour: income, expense, accent, good, bad, warn, muted.

    Fewer values than labels is legal (a period that is not over yet). `hrefs`, if given, has the address of the
    rows behind each value, for the table.
    """

    name: str
    values: Sequence[Decimal]
    tone: str = "accent"
    hrefs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A column or line chart; `hrefs`, if given, has one address (or "") per label.

    `stacked` columns stand on each other; those below zero hang below each other.
    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    currency: str
    hrefs: Sequence[str] = ()
    stacked: bool = False

    @property
    def values(self) -> list[Decimal]:
        return [value for series in self.series for value in series.values[: len(self.labels)]]

    @property
    def is_empty(self) -> bool:
        """Nothing that could be drawn: no values, or only zeros."""
        return not any(self.values)

    @property
    def extent(self) -> list[Decimal]:
        """What the value axis must hold: the values, or what they are when stacked."""
        if not self.stacked:
            return self.values
        found = []
        for index in range(len(self.labels)):
            column = [series.values[index] for series in self.series if index < len(series.values)]
            above = sum((part for part in column if part > 0), ZERO)
            found += [above, sum(column, ZERO) - above]
        return found


@dataclass(frozen=True, slots=True)
class Slice:
    """`href` is where its name leads, `rows` the address of the rows behind its value, for the table."""

    label: str
    value: Decimal
    href: str = ""
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Donut:
    title: str
    slices: Sequence[Slice]
    currency: str
    total_label: str = "total"


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars, one below the other in the order given."""

    title: str
    slices: Sequence[Slice]
    currency: str


@dataclass(frozen=True, slots=True)
class HorizontalBar:
    """`width` is its share of the longest, 0 to 100; what is at or below zero has none."""

    label: str
    amount: str
    width: str
    href: str


@dataclass(frozen=True, slots=True)
class Rect:
    x: str
    y: str
    width: str
    height: str
    tone: str


@dataclass(frozen=True, slots=True)
class Band:
    """The columns above one label, the full-height area that is clicked, and what they say."""

    rects: list[Rect]
    x: str
    width: str
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Value axis: ticks from the top down, at equal distances."""

    low: Decimal
    high: Decimal
    ticks: list[Decimal]

    @property
    def labels(self) -> list[str]:
        return [format_compact(tick) for tick in self.ticks]

    @property
    def lines(self) -> list[str]:
        return [number(self.y(tick)) for tick in self.ticks]

    @property
    def zero(self) -> str:
        return number(self.y(ZERO))

    def y(self, value: Decimal) -> Decimal:
        return (self.high - value) / (self.high - self.low) * PLOT_HEIGHT


@dataclass(frozen=True, slots=True)
class Line:
    tone: str
    path: str
    area: str
    dots: list[str]
    dashed: bool


@dataclass(frozen=True, slots=True)
class Arc:
    """A slice as a dash on a circle whose path length is 100."""

    label: str
    amount: str
    percent: str
    dash: str
    offset: str
    tone: str
    href: str


class Cell(NamedTuple):
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Each row: its name, its cells, and the address of the name."""

    head: list[str]
    rows: list[tuple[str, list[Cell], str]] = field(default_factory=list)


def number(value: Decimal) -> str:
    """A coordinate: two decimals at most, never in exponent form."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def nice_step(span: Decimal, intervals: int) -> Decimal:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that covers `span` in about `intervals` steps."""
    raw = span / intervals
    power = Decimal(1).scaleb(raw.adjusted())
    return next(power * nice for nice in map(Decimal, ("1", "2", "2.5", "5", "10")) if power * nice >= raw)


def value_axis(values: Sequence[Decimal], *, from_zero: bool = True) -> Axis:
    """An axis with round ticks around `values`.

    Without `from_zero` it leaves zero out where it would flatten the line: a spread below a third of the size.
    """
    low, high = min(values, default=ZERO), max(values, default=ZERO)
    if from_zero or not 0 < 3 * (high - low) < min(abs(low), abs(high)):
        low, high = min(low, ZERO), max(high, ZERO)
    step = nice_step(high - low or abs(high) or Decimal(1), 4)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = max((high / step).to_integral_value(ROUND_CEILING), first + 1)
    ticks = [step * index for index in range(int(last), int(first) - 1, -1)]
    return Axis(step * first, step * last, ticks)


def bands(chart: Chart, axis: Axis, *, has_columns: bool = True) -> list[Band]:
    """Columns side by side in one band per label; only the bands for a chart that draws something else."""
    width = PLOT_WIDTH / max(len(chart.labels), 1)
    return [
        Band(
            rects=list(_columns(chart, axis, index, width)) if has_columns else [],
            x=number(width * index),
            width=number(width),
            href=_href(chart, index),
            text=_sentence(chart, index),
        )
        for index in range(len(chart.labels))
    ]


def _href(chart: Chart, index: int) -> str:
    return chart.hrefs[index] if index < len(chart.hrefs) else ""


def _columns(chart: Chart, axis: Axis, index: int, width: Decimal) -> Iterator[Rect]:
    if chart.stacked:
        yield from _stack(chart, axis, index, width)
        return
    gap = width * GAP
    column = (width - 2 * gap) / max(len(chart.series), 1)
    base = axis.y(ZERO)
    for position, series in enumerate(chart.series):
        if index >= len(series.values) or not series.values[index]:
            continue
        top = axis.y(series.values[index])
        yield Rect(
            x=number(width * index + gap + column * position),
            y=number(min(top, base)),
            width=number(column * FILL),
            height=number(abs(base - top)),
            tone=series.tone,
        )


def _stack(chart: Chart, axis: Axis, index: int, width: Decimal) -> Iterator[Rect]:
    above = below = ZERO
    for series in chart.series:
        value = series.values[index] if index < len(series.values) else ZERO
        start = above if value > 0 else below
        top, bottom = axis.y(max(start, start + value)), axis.y(min(start, start + value))
        above, below = above + max(value, ZERO), below + min(value, ZERO)
        if value:
            x, wide = width * (index + GAP), width * (1 - 2 * GAP)
            yield Rect(number(x), number(top), number(wide), number(bottom - top), series.tone)


def _sentence(chart: Chart, index: int) -> str:
    parts = [
        f"{series.name} {format_money(series.values[index], chart.currency)}"
        for series in chart.series
        if index < len(series.values) and (series.values[index] or not chart.stacked)
    ]
    return f"{chart.labels[index]}: {', '.join(parts)}"


def lines(chart: Chart, axis: Axis) -> list[Line]:
    """One path per series through the middle of each label's band; the first has an area below it."""
    width = PLOT_WIDTH / max(len(chart.labels), 1)
    floor = number(axis.y(min(max(ZERO, axis.low), axis.high)))
    found = []
    for order, series in enumerate(chart.series):
        values = series.values[: len(chart.labels)]
        if not values:
            continue
        points = [(number(width * i + width / 2), number(axis.y(value))) for i, value in enumerate(values)]
        path = "M" + "L".join(f"{x} {y}" for x, y in points)
        area = f"{path}L{points[-1][0]} {floor}L{points[0][0]} {floor}Z" if order == 0 else ""
        dots = [f"M{x} {y}h0" for x, y in points] if len(points) <= MAX_DOTS else []
        found.append(Line(series.tone, path, area, dots, dashed=order > 0))
    return found


def axis_labels(labels: Sequence[str]) -> list[str]:
    """At most MAX_LABELS of the labels, each for an equal share of the width."""
    every = -(-len(labels) // MAX_LABELS) or 1
    return list(labels[::every])


def arcs(donut: Donut) -> list[Arc]:
    """The slices above zero, largest first; what is beyond MAX_SLICES becomes one "Other"."""
    kept = sorted((item for item in donut.slices if item.value > 0), key=lambda item: -item.value)
    if len(kept) > MAX_SLICES:
        rest = sum((item.value for item in kept[MAX_SLICES - 1 :]), ZERO)
        kept = [*kept[: MAX_SLICES - 1], Slice("Other", rest)]
    total = sum((item.value for item in kept), ZERO)
    gap = Decimal("0.6") if len(kept) > 1 else ZERO
    found, start = [], ZERO
    for order, item in enumerate(kept, start=1):
        share = item.value / total * 100
        dash = max(share - gap, Decimal("0.2"))
        tone = "muted" if order == MAX_SLICES else f"slice-{order}"
        amount = format_money(item.value, donut.currency)
        found.append(
            Arc(
                label=item.label,
                amount=amount,
                percent=percent(share),
                dash=f"{number(dash)} {number(100 - dash)}",
                offset=number(-start),
                tone=tone,
                href=item.href,
            )
        )
        start += share
    return found


def percent(share: Decimal) -> str:
    """A share of 0 to 100 in words for people: `34%`, and `<1%` rather than a wrong `0%`."""
    return "<1%" if ZERO < share < 1 else f"{share:.0f}%"


def chart_table(chart: Chart) -> Table:
    rows = []
    for index, label in enumerate(chart.labels):
        values = [_cell(series, index, chart.currency) for series in chart.series]
        rows.append((label, values, _href(chart, index)))
    return Table([series.name for series in chart.series], rows)


def _cell(series: Series, index: int, currency: str) -> Cell:
    if index >= len(series.values):
        return Cell("–")
    href = series.hrefs[index] if index < len(series.hrefs) else ""
    return Cell(format_money(series.values[index], currency), href)


def donut_table(donut: Donut) -> Table:
    """Every slice, those at or below zero included: they cannot be drawn, yet they count."""
    rows = [
        (item.label, [Cell(format_money(item.value, donut.currency), item.rows)], item.href) for item in donut.slices
    ]
    return Table(["Amount"], rows)


def horizontal_bars(bars: Bars) -> list[HorizontalBar]:
    longest = max((item.value for item in bars.slices), default=ZERO)
    return [
        HorizontalBar(
            item.label,
            format_money(item.value, bars.currency),
            number(max(item.value, ZERO) / longest * 100) if longest > 0 else "0",
            item.href,
        )
        for item in bars.slices
    ]


def heat_levels(values: Sequence[Decimal], levels: int = 5) -> list[int]:
    """A level for each value: 1 for the smallest above zero to `levels` for the largest, 0 at and below zero.

    By rank, so that one very large value does not make all others look alike; equal values are of one level.
    """
    ranked = sorted({value for value in values if value > 0})
    steps = max(len(ranked) - 1, 1)
    return [bisect_left(ranked, value) * (levels - 1) // steps + 1 if value > 0 else 0 for value in values]
