"""The picture of flows: ribbons are as thick as their shares, and labels keep their distance."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.charts.data import Slice
from wealthwise.core.charts.flow import Flow, picture

SIDES = st.lists(st.integers(1, 10**9), min_size=1, max_size=12)


def thickness(path: str) -> float:
    """From the top of a ribbon to its bottom where it meets the middle."""
    top, bottom = path.split("V")
    return float(bottom.split("C")[0]) - float(top.split()[-1])


@given(SIDES, SIDES)
def test_both_sides_fill_the_middle_and_labels_do_not_meet(left: list[int], right: list[int]) -> None:
    difference = sum(left) - sum(right)
    (right if difference > 0 else left).extend([abs(difference)] if difference else [])
    sides = [[Slice(f"Place {n}", Decimal(value)) for n, value in enumerate(side)] for side in (left, right)]
    drawn = picture(Flow("Flow", *sides, "USD"))
    top, height = map(float, drawn.middle)
    assert top >= -0.01
    assert top + height <= 100.01
    for streams in (drawn.sources, drawn.targets):
        assert 1 <= len(streams) <= 7
        places = [float(stream.y) for stream in streams]
        assert all(later - earlier >= 10.9 for earlier, later in pairwise(places))
        assert abs(sum(thickness(stream.path) for stream in streams) - height) < 0.2
        assert all(0 < place < 100 for place in places)
