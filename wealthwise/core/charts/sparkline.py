"""A line the size of a word: the path of an SVG, without axes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from wealthwise.core.charts.drawing import number

WIDTH: Final = Decimal(96)
HEIGHT: Final = Decimal(28)
EDGE: Final = Decimal(2)  # the stroke stays inside of the box


def sparkline(values: Sequence[Decimal]) -> str:
    """The path of ``values`` from left to right in a box of WIDTH by HEIGHT; empty for fewer than two.

    Values that are all the same are a line through the middle.
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    points = (f"{number(EDGE + step * index)} {number(_y(value, low, high))}" for index, value in enumerate(values))
    return "M" + "L".join(points)


def _y(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    if low == high:
        return HEIGHT / 2
    return EDGE + (high - value) / (high - low) * (HEIGHT - 2 * EDGE)
