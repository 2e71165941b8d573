"""The line the size of a word."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.charts.sparkline import EDGE, HEIGHT, WIDTH, sparkline

AMOUNTS = st.decimals("-9999999999.99", "9999999999.99", places=2)


@pytest.mark.parametrize("values", [[], [Decimal(5)]])
def test_a_point_is_no_line(values: list[Decimal]) -> None:
    assert sparkline(values) == ""


def test_a_line_goes_from_corner_to_corner() -> None:
    assert sparkline([Decimal(0), Decimal(5), Decimal(10)]) == "M2 26L48 14L94 2"
    assert sparkline([Decimal(3), Decimal(3)]) == "M2 14L94 14"


@given(st.lists(AMOUNTS, min_size=2, max_size=40))
def test_every_value_is_a_point_inside_of_the_box_and_higher_is_up(values: list[Decimal]) -> None:
    path = sparkline(values)
    points = [tuple(map(Decimal, point.split())) for point in re.split("[ML]", path)[1:]]
    assert len(points) == len(values)
    for (x, y), value in zip(points, values, strict=True):
        assert EDGE <= x <= WIDTH - EDGE
        assert EDGE <= y <= HEIGHT - EDGE
        assert y <= points[values.index(min(values))][1]
        if value == max(values):
            assert y == min(point[1] for point in points)
