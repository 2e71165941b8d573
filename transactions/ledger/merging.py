"""Two saves of one row: what only one of them changed is kept, what both changed is asked.

A form carries what it was shown with. Field by field that is compared with what was typed and with what the row
says now, while the row is locked.
"""

import json
from dataclasses import dataclass, fields, replace
from datetime import date, time
from decimal import Decimal
from typing import Any

from wealthwise.core.errors import DomainError

type Shown = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class RowState:
    """What a form says about a row: ``amount`` with its sign; of a transfer the amount, and both accounts.

    Accounts, the subcategory and tags are ids; ``into`` is the second account of a transfer.
    """

    amount: Decimal
    description: str
    day: date
    clock: time | None
    account: int | None
    into: int | None
    subcategory: int | None
    comment: str
    tags: tuple[int, ...] = ()

    def shown(self) -> Shown:
        """As text, to be sent along and compared."""
        return {field.name: _text(getattr(self, field.name)) for field in fields(self)}

    def dumped(self) -> str:
        return json.dumps(self.shown())


@dataclass(frozen=True, slots=True)
class Merged:
    """``state`` is to be written; ``theirs`` are the fields that only somebody else changed meanwhile."""

    state: RowState
    theirs: list[str]


class ChangedMeanwhile(DomainError):
    """Another save changed ``both`` too, and only that one ``theirs``; ``now`` is what the row says."""

    def __init__(self, now: RowState, both: list[str], theirs: list[str]) -> None:
        super().__init__(
            "This was changed elsewhere meanwhile. Look at what is marked, then save again: your entries are kept."
        )
        self.now, self.both, self.theirs = now, both, theirs


def merge(*, shown: Shown | None, typed: RowState, now: RowState) -> Merged:
    """``typed`` over ``now``, as far as the user changed what was ``shown``. Raises ChangedMeanwhile.

    Without ``shown`` all that was typed counts.
    """
    if shown is None:
        return Merged(typed, [])
    said, stored = typed.shown(), now.shown()
    theirs = [name for name in stored if said[name] == shown.get(name) != stored[name]]
    both = [name for name, text in stored.items() if len({text, said[name], shown.get(name)}) == 3]
    if both:
        raise ChangedMeanwhile(now, both, theirs)
    changes: dict[str, Any] = {name: getattr(now, name) for name in theirs}
    return Merged(replace(typed, **changes), theirs)


def load_shown(text: str) -> Shown | None:
    """What a form was shown with; None when it does not say, or says something else than a form of ours does."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    names = {field.name for field in fields(RowState)}
    if not isinstance(found, dict) or found.keys() != names:
        return None
    return {name: None if value is None else str(value) for name, value in found.items()}


def _text(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return None if value is None else str(value)
