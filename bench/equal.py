"""Whether a page shows what the floor answered, where that is cheap to see: rows, the first and the last, sums."""

import re
from collections.abc import Sequence
from typing import Any

from bench.floor import Answer
from bench.people import Person
from wealthwise.core.locales import show_count
from wealthwise.core.money import format_money

LISTS = ("list", "deep", "filtered", "search")
ADDRESS = re.compile(r'href="/transactions/(\d+)/\?')


def ids_in(page: str) -> list[int]:
    """Rows of the ledger that a page links to, in order, each once."""
    return list(dict.fromkeys(int(key) for key in ADDRESS.findall(page)))


def differences(name: str, page: str, answer: Answer, person: Person) -> list[str]:
    """What the page shows otherwise, in words; empty where nothing is compared."""
    if name in LISTS:
        return [*_rows(ids_in(page), [row[0] for row in answer.rows]), *_figures(page, answer.figures, person)]
    if name == "dashboard":
        wealth = sum(row[2] for row in answer.parts[4])
        missing = [f"/transactions/{row[0]}/" for row in answer.rows if f"/transactions/{row[0]}/" not in page]
        return missing + _missing(page, "net worth", format_money(wealth, person.currency))
    if name == "budget":
        kinds = [line for line in answer.parts[1] if line[2] == "expense"]
        spent = sum(-(line[6] or 0) for line in kinds)
        loose = sum((line[7] or 0) - line[6] for line in answer.parts[1] if line[0] is None and line[6] is not None)
        return _missing(page, "spent", format_money(spent + loose, person.currency))
    return []


def _rows(shown: Sequence[int], expected: Sequence[int]) -> list[str]:
    if list(shown) == list(expected):
        return []
    return [f"{len(shown)} rows from {shown[:1]} to {shown[-1:]}, not {len(expected)} from {expected[:1]}"]


def _figures(page: str, figures: tuple[Any, ...], person: Person) -> list[str]:
    if not figures:
        return []
    count, money_in, money_out = figures
    return [
        *_missing(page, "count", f">{show_count(count)}<"),
        *_missing(page, "in", format_money(money_in, person.currency)),
        *_missing(page, "out", format_money(-money_out, person.currency)),
    ]


def _missing(page: str, what: str, text: str) -> list[str]:
    return [] if text in page else [f"{what} {text} is not shown"]
