"""The books of `make torture` find what is lost, doubled or changed: they can fail."""

from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tests.torture.books import Books

ADD = {"do": "add", "person": 1, "mark": "torture row a 1", "cents": -1250}
TRANSFER = {"do": "transfer", "person": 1, "mark": "torture transfer a 2", "cents": 500}
IMPORT = {"do": "import", "person": 1, "mark": "torture file a 3", "rows": 2}
TRIED, DELETED = ({"do": do, "person": 1, "mark": ADD["mark"]} for do in ("try to delete", "delete"))


def judged(entries: list[dict[str, Any]], rows: list[tuple[int, str, str]]) -> tuple[list[str], int]:
    books = Books(None, [], SimpleNamespace(entries=entries), None)  # type: ignore[arg-type]
    there = Counter((person, text) for person, text, _ in rows)
    return books._lost(there, {(person, text): Decimal(amount) for person, text, amount in rows})


@pytest.mark.parametrize(
    ("entries", "rows", "lost", "wrong"),
    [
        ([ADD], [(1, ADD["mark"], "-12.50")], 0, 0),
        ([ADD], [], 1, 0),
        ([ADD], [(2, ADD["mark"], "-12.50")], 1, 0),
        ([ADD], [(1, ADD["mark"], "-12.50")] * 2, 1, 0),
        ([ADD], [(1, ADD["mark"], "-12.00")], 0, 1),
        ([ADD, TRIED], [], 0, 0),
        ([ADD, TRIED, DELETED], [], 0, 0),
        ([ADD, TRIED, DELETED], [(1, ADD["mark"], "-12.50")], 1, 0),
        ([TRANSFER], [(1, TRANSFER["mark"], "5")], 1, 0),
        ([IMPORT], [(1, f"{IMPORT['mark']} line 0", "-1"), (1, f"{IMPORT['mark']} line 1", "-2")], 0, 0),
        ([IMPORT], [(1, f"{IMPORT['mark']} line 0", "-1")], 1, 0),
    ],
)
def test_the_books(entries: list[Any], rows: list[Any], lost: int, wrong: int) -> None:
    found, differing = judged(entries, rows)
    assert (len(found), differing) == (lost, wrong)
