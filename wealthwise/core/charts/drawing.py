"""How charts are drawn: the coordinates that `macros/charts.html` writes, and the text of each figure.

A plot stretches to its box (`preserveAspectRatio="none"`), so that its axis text can be HTML and stays
12 px on every screen. Coordinates are in a box of PLOT_WIDTH by PLOT_HEIGHT units, y downwards. No float.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from wealthwise.core.charts.data import Bars, Chart, Donut, Slice
from wealthwise.core.money import ZERO, format_compact, format_money

PLOT_WIDTH: Final = Decimal(600)
PLOT_HEIGHT: Final = Decimal(200)
MAX_LABELS: Final = 16
MAX_DOTS: Final = 24
MAX_SLICES: Final = 7
GAP, FILL = Decimal("0.16"), Decimal("0.92")  # beside the columns of a band, and of a column, as shares


class Axis(NamedTuple):
    """The axis of values: ticks from the top down, at equal distances."""

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


class Rect(NamedTuple):
    x: str
    y: str
    width: str
    height: str
    tone: str


class Band(NamedTuple):
    """One label: its columns, the full-height area that is clicked, what it says, and its row of the table.

    ``cells`` has the text and the URL of each series.
    """

    label: str
    x: str
    rects: list[Rect]
    href: str
    text: str
    cells: list[tuple[str, str]]


class Curve(NamedTuple):
    tone: str
    path: str
    area: str
    dots: list[str]
    dashed: bool


class Plot(NamedTuple):
    """A chart with axes: ``labels`` are those that have room, ``width`` is that of a band."""

    axis: Axis
    bands: list[Band]
    curves: list[Curve]
    width: str
    labels: list[str]

    @property
    def density(self) -> str:
        """Classes that turn or thin the labels of a narrow screen."""
        letters = sum(map(len, self.labels))
        rules = (
            ("is-dense", letters > 30),
            ("is-wide", letters > 60),
            ("is-sampled", len(self.labels) < len(self.bands)),
        )
        return "".join(f" {name}" for name, holds in rules if holds)


class Arc(NamedTuple):
    """A slice as a dash on a circle whose path length is 100."""

    label: str
    amount: str
    percent: str
    dash: str
    offset: str
    tone: str
    href: str


class Ring(NamedTuple):
    """The slices above zero; ``total`` is the sum of exactly those, ``left_out`` names the ones below."""

    arcs: list[Arc]
    total: str
    left_out: list[str]


def columns(chart: Chart) -> Plot:
    """Columns side by side, or stacked, above each label."""
    axis = value_axis(extent(chart) if chart.stacked else chart.values)
    width = _band_width(chart)
    rects = [list((_stack if chart.stacked else _columns)(chart, axis, i, width)) for i in range(len(chart.labels))]
    return Plot(axis, _bands(chart, width, rects), [], number(width), axis_labels(chart.labels))


def lines(chart: Chart) -> Plot:
    """One path per series through the middle of each label's band; the first has an area below it."""
    axis = value_axis(chart.values, from_zero=False)
    width = _band_width(chart)
    bands = _bands(chart, width, [[] for _ in chart.labels])
    return Plot(axis, bands, list(_curves(chart, axis, width)), number(width), axis_labels(chart.labels))


def ring(donut: Donut) -> Ring:
    """The slices above zero, largest first; what is beyond MAX_SLICES becomes one "Other"."""
    kept = sorted((item for item in donut.slices if item.value > 0), key=lambda item: -item.value)
    if len(kept) > MAX_SLICES:
        rest = sum((item.value for item in kept[MAX_SLICES - 1 :]), ZERO)
        kept = [*kept[: MAX_SLICES - 1], Slice("Other", rest)]
    total = sum((item.value for item in kept), ZERO)
    left_out = [item.label for item in donut.slices if item.value < 0]
    return Ring(list(_arcs(kept, total, donut.currency)), format_money(total, donut.currency), left_out)


def bar_widths(bars: Bars) -> list[str]:
    """The share of each bar of the longest, 0 to 100; what is at or below zero has none."""
    longest = max((item.value for item in bars.slices), default=ZERO)
    return [number(max(item.value, ZERO) / longest * 100) if longest > 0 else "0" for item in bars.slices]


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


def extent(chart: Chart) -> list[Decimal]:
    """The ends of stacked columns, which the axis of values must hold."""
    found = []
    for index in range(len(chart.labels)):
        column = [series.values[index] for series in chart.series if index < len(series.values)]
        above = sum((part for part in column if part > 0), ZERO)
        found += [above, sum(column, ZERO) - above]
    return found


def axis_labels(labels: Sequence[str]) -> list[str]:
    """At most MAX_LABELS of the labels, each for an equal share of the width."""
    every = -(-len(labels) // MAX_LABELS) or 1
    return list(labels[::every])


def percent(share: Decimal) -> str:
    """A share of 0 to 100 in words for users: `34%`, and `<1%` rather than a wrong `0%`."""
    return "<1%" if ZERO < share < 1 else f"{share:.0f}%"


def heat_levels(values: Sequence[Decimal], levels: int = 5) -> list[int]:
    """A level for each value: 1 for the smallest above zero to `levels` for the largest, 0 at and below zero.

    By rank, so that one very large value does not make all others look alike; equal values are of one level.
    """
    ranked = sorted({value for value in values if value > 0})
    steps = max(len(ranked) - 1, 1)
    return [bisect_left(ranked, value) * (levels - 1) // steps + 1 if value > 0 else 0 for value in values]


def _band_width(chart: Chart) -> Decimal:
    return PLOT_WIDTH / max(len(chart.labels), 1)


def _bands(chart: Chart, width: Decimal, rects: list[list[Rect]]) -> list[Band]:
    found = []
    for index, label in enumerate(chart.labels):
        cells, said = [], []
        for series in chart.series:
            if index >= len(series.values):
                cells.append(("–", ""))
                continue
            value = series.values[index]
            text = format_money(value, chart.currency)
            cells.append((text, series.hrefs[index] if index < len(series.hrefs) else ""))
            if value or not chart.stacked:
                said.append(f"{series.name} {text}")
        href = chart.hrefs[index] if index < len(chart.hrefs) else ""
        found.append(Band(label, number(width * index), rects[index], href, f"{label}: {', '.join(said)}", cells))
    return found


def _columns(chart: Chart, axis: Axis, index: int, width: Decimal) -> Iterator[Rect]:
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


def _curves(chart: Chart, axis: Axis, width: Decimal) -> Iterator[Curve]:
    floor = number(axis.y(min(max(ZERO, axis.low), axis.high)))
    for order, series in enumerate(chart.series):
        values = series.values[: len(chart.labels)]
        if not values:
            continue
        points = [(number(width * i + width / 2), number(axis.y(value))) for i, value in enumerate(values)]
        path = "M" + "L".join(f"{x} {y}" for x, y in points)
        area = f"{path}L{points[-1][0]} {floor}L{points[0][0]} {floor}Z" if order == 0 else ""
        dots = [f"M{x} {y}h0" for x, y in points] if order == 0 and len(points) <= MAX_DOTS else []
        yield Curve(series.tone, path, area, dots, dashed=order > 0)


def _arcs(slices: Sequence[Slice], total: Decimal, currency: str) -> Iterator[Arc]:
    gap = Decimal("0.6") if len(slices) > 1 else ZERO
    start = ZERO
    for order, item in enumerate(slices, start=1):
        share = item.value / total * 100
        dash = max(share - gap, Decimal("0.2"))
        yield Arc(
            label=item.label,
            amount=format_money(item.value, currency),
            percent=percent(share),
            dash=f"{number(dash)} {number(100 - dash)}",
            offset=number(-start),
            tone="muted" if order == MAX_SLICES else f"slice-{order}",
            href=item.href,
        )
        start += share
