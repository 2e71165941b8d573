"""A layout that was made for some headings, for a file that has them too: elsewhere, or among others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from transactions.importing.csv.layout import CsvLayout

# What is of one file and not of its kind.
OF_FILE: Final = ("delimiter", "encoding", "skip_lines", "last_line", "latest_day", "has_header")
# So much of two lists of headings has to be the same that they are of one bank's kind of file.
MOST_ALIKE: Final = 0.6

type Place = tuple[str, int]


def places(names: Sequence[str]) -> list[Place]:
    """Each heading whatever its case and spacing, with which one it is among equal ones."""
    seen = Counter[str]()
    found = []
    for name in names:
        plain = " ".join(name.casefold().split())
        seen[plain] += 1
        found.append((plain, seen[plain]))
    return found


def likeness(known: Sequence[str], names: Sequence[str]) -> float:
    """How much of both lists of headings is in both, 0 to 1; 1 only for the same headings in any order."""
    left, right = set(places(known)), set(places(names))
    return len(left & right) / max(len(left | right), 1)


def added(known: Sequence[str], names: Sequence[str]) -> list[str]:
    """The headings that the file has and the profile does not know."""
    there = set(places(known))
    return [name for name, place in zip(names, places(names), strict=True) if place not in there]


def placed(
    layout: Mapping[str, Any], known: Sequence[str], names: Sequence[str], detected: CsvLayout
) -> CsvLayout | None:
    """The layout for the headings ``names``; None where a column that it speaks of is not among them.

    What is of the file alone is as ``detected``, and so is a column of balances that the profile did not know. So is
    what became of each row where the profile says nothing of it: a file in which all was booked shows no such column.
    Raises StatementError for a layout that is none.
    """
    now = {place: column for column, place in enumerate(places(names))}
    before = places(known)
    moved = {column: now.get(place) for column, place in enumerate(before)}
    kept = CsvLayout.from_dict(dict(layout))
    changes: dict[str, Any] = {name: getattr(detected, name) for name in OF_FILE}
    for field in fields(CsvLayout):
        value = getattr(kept, field.name)
        if field.name.endswith("_column") and value is not None:
            changes[field.name] = moved.get(value)
        elif field.name.endswith("_columns"):
            changes[field.name] = tuple(moved.get(column) for column in value)
        else:
            continue
        if changes[field.name] is None or (value != () and None in _all(changes[field.name])):
            return None
    balance = detected.balance_column
    if kept.balance_column is None and balance is not None:
        is_new = places(names)[balance] not in before
        changes["balance_column"] = balance if is_new or "balance_column" not in layout else None
    if kept.status_column is None:
        changes["status_column"] = detected.status_column
    return replace(kept, **changes)


def _all(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
