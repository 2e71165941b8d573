"""What makes a second import add nothing, and two equal coffees stay two."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from transactions.importing.formats.fingerprint import fingerprint, numbered
from transactions.importing.formats.rows import StatementRow

COFFEE = StatementRow(2, date(2026, 3, 1), Decimal("-3.50"), "Coffee Bar", "")


def test_the_value_never_changes_between_versions():
    assert fingerprint(COFFEE) == "c7c91505ac6a46aebe77a81e221854a8"


@pytest.mark.parametrize(
    "change",
    [{"line": 99}, {"comment": "x"}, {"description": "COFFEE bar"}, {"amount": Decimal("-3.5")}],
)
def test_what_does_not_count(change):
    assert fingerprint(replace(COFFEE, **change)) == fingerprint(COFFEE)


@pytest.mark.parametrize(
    "change",
    [
        {"booked_on": date(2026, 3, 2)},
        {"amount": Decimal("3.50")},
        {"description": "Coffee Bars"},
        {"bank_id": "1"},
    ],
)
def test_what_counts(change):
    assert fingerprint(replace(COFFEE, **change)) != fingerprint(COFFEE)


def test_equal_rows_are_numbered_in_the_file():
    tea = replace(COFFEE, description="Tea")
    rows = [COFFEE, tea, replace(COFFEE, line=9), tea, replace(COFFEE, bank_id="7")]
    keys = list(numbered(rows))
    assert [number for _, number in keys] == [1, 1, 2, 2, 1]
    assert len(set(keys)) == len(rows)
