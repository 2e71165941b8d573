"""Percentiles and the figures of clients that ran side by side."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load import percentile, reduced

TIMES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, 0.0), ([7], 0.99, 7), ([3, 1, 2], 0.5, 2), ([4, 1, 3, 2], 0.5, 2), (range(1, 101), 0.95, 95)],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


@given(TIMES, st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= math.ceil(share * len(values))
    assert sum(value < found for value in values) < math.ceil(share * len(values))


@given(TIMES)
def test_percentiles_rise(values: list[float]) -> None:
    assert percentile(values, 0.5) <= percentile(values, 0.95) <= percentile(values, 0.99) <= max(values)


def test_clients_are_added_up() -> None:
    answers = [
        {"times": [10.0, 20.0], "errors": [], "seconds": 2.0, "bytes": 3000},
        {"times": [30.0], "errors": ["Refused: 500"], "seconds": 1.0, "bytes": 1000},
    ]
    assert reduced(answers) == {
        "rounds": 3,
        "p50": 20.0,
        "p95": 30.0,
        "p99": 30.0,
        "rate": 2.0,
        "errors": 1,
        "first_error": "Refused: 500",
        "bytes": 1000,
    }


def test_nothing_answered_is_no_division() -> None:
    found = reduced([{"times": [], "errors": [], "seconds": 0.0, "bytes": 0}])
    assert (found["rounds"], found["p50"], found["rate"], found["bytes"]) == (0, 0.0, 0.0, 0)
