"""Two tabs on one waiting file: what only one of them changed is kept, what both changed is asked.

A row's form carries what it was shown with. Field by field that is compared with what was typed and with what was
decided meanwhile, while the file is locked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, NamedTuple

from transactions.importing.draft.edits import Edit, Identity
from wealthwise.core.errors import DomainError


@dataclass(frozen=True, slots=True)
class RowShown:
    """What the page says of a row, decided or not."""

    is_taken: bool
    subcategory: int | None
    account: int
    booked_on: date
    description: str

    def dumped(self) -> str:
        """As text, to be sent along."""
        values = (self.is_taken, self.subcategory, self.account, self.booked_on.isoformat(), self.description)
        return json.dumps(values, ensure_ascii=False)


class RowTyped(NamedTuple):
    """A row as it was shown and as it came back."""

    shown: RowShown
    typed: RowShown


class RowsChangedMeanwhile(DomainError):
    """Another tab decided the same parts of rows in another way: ``rows`` has those rows with what they say now."""

    def __init__(self, rows: Mapping[Identity, Edit]) -> None:
        super().__init__(
            "Some rows were changed elsewhere meanwhile. Look at what is marked, then save again: "
            "your entries are kept."
        )
        self.rows = rows


NAMES = [field.name for field in fields(RowShown)]


def load_shown(text: str) -> RowShown | None:
    """What a row was shown with; None for what no page of ours sends."""
    try:
        is_taken, subcategory, account, day, description = json.loads(text)
        found = RowShown(is_taken, subcategory, account, date.fromisoformat(day), description)
    except (ValueError, TypeError):
        return None
    sound = type(is_taken) is bool and _is_key(account) and (subcategory is None or _is_key(subcategory))
    return found if sound and isinstance(description, str) else None


def _is_key(value: object) -> bool:
    return type(value) is int and 0 < value < 2**31


def changed(row: RowTyped) -> Edit:
    """What was typed over what was shown, the rest left open."""
    return Edit(**_changes(row))


def merge(rows: Mapping[Identity, RowTyped], now: Mapping[Identity, Edit]) -> dict[Identity, Edit]:
    """What is to be written. Raises RowsChangedMeanwhile."""
    clashing = {
        identity: edit
        for identity, row in rows.items()
        if (edit := now.get(identity)) and any(name in decided_otherwise(row, edit) for name in NAMES)
    }
    if clashing:
        raise RowsChangedMeanwhile(clashing)
    found = {identity: changed(row) for identity, row in rows.items()}
    return {identity: edit for identity, edit in found.items() if edit != Edit()}


def decided_otherwise(row: RowTyped, now: Edit) -> list[str]:
    """The parts that were typed anew, and meanwhile decided as neither was shown nor typed."""
    return [
        name
        for name in NAMES
        if _is_decided(name, now)
        and len({getattr(row.shown, name), getattr(row.typed, name), getattr(now, name)}) == 3
    ]


def _is_decided(name: str, edit: Edit) -> bool:
    return edit.is_filed if name == "subcategory" else getattr(edit, name) not in (None, "")


def _changes(row: RowTyped) -> dict[str, Any]:
    found = {name: value for name in NAMES if (value := getattr(row.typed, name)) != getattr(row.shown, name)}
    return found | ({"is_filed": True} if "subcategory" in found else {})
