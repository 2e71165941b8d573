"""Files that hold the statements of several accounts: only one of them can be meant."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from transactions.importing.formats.balances import Page, balances_of, notes_of, proof_of
from transactions.importing.formats.rows import RowError, RowNote, Statement, StatementError, StatementRow
from transactions.importing.formats.text import last_four
from wealthwise.core.locales import counted, show_count

MAX_PARTS: Final = 5000
UNNAMED: Final = "unnamed"  # the account of which a file says neither number nor name


class SeveralAccounts(StatementError):
    """A file of several accounts, and nobody said which is meant. ``found`` has their names, rows and first days."""

    def __init__(self, message: str, found: Sequence[tuple[str, int, date | None]]) -> None:
        super().__init__(message)
        self.found = found


@dataclass(slots=True)
class StatementPart:
    """What a file says of one account. ``name`` is its number or its name, as the file has it."""

    name: str = ""
    currency: str = ""
    rows: list[StatementRow] = field(default_factory=list)
    pending: list[StatementRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    notes: list[RowNote] = field(default_factory=list)
    pages: list[Page] = field(default_factory=lambda: [Page()])

    @property
    def key(self) -> str:
        """By what it can be chosen."""
        return self.name or UNNAMED

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.errors

    def add(self, other: "StatementPart") -> None:
        self.currency = self.currency or other.currency
        self.rows += other.rows
        self.pending += other.pending
        self.errors += other.errors
        self.notes += other.notes
        self.pages += other.pages


def begin(parts: list[StatementPart]) -> None:
    """Add a statement. Raises StatementError for more than any bank puts into one file."""
    if len(parts) >= MAX_PARTS:
        raise StatementError(
            f"The file holds more than {show_count(MAX_PARTS)} statements. Export a shorter range of dates."
        )
    parts.append(StatementPart())


def only_one(
    parts: Iterable[StatementPart], chosen: str, is_meant: Callable[[str], bool], shown: Callable[[str], str]
) -> StatementPart:
    """The part of the account that was ``chosen`` or is meant, with all the file says of it; an empty one for an empty
    file.

    Raises SeveralAccounts when several accounts have transactions and not exactly one of them is meant.
    """
    merged: dict[str, StatementPart] = {}
    for part in parts:
        known = merged.setdefault(part.name, part)
        if known is not part:
            known.add(part)
    used = [part for part in merged.values() if not part.is_empty]
    meant = [part for part in used if (part.key == chosen if chosen else is_meant(part.name))]
    if len(used) > 1 and len(meant) != 1:
        names = ", ".join(shown(part.name) for part in used[:5])
        found = [(part.key, len(part.rows), min((row.booked_on for row in part.rows), default=None)) for part in used]
        raise SeveralAccounts(f"The file holds several accounts ({names}).", found)
    one = (meant or used or [*merged.values(), StatementPart()])[0]
    if len(used) > 1 and not chosen:
        one.notes.insert(0, others_note(len(used) - 1))
    return one


def others_note(count: int) -> RowNote:
    text = f"The file has {counted(count, 'other account')} too, left out here. Send it again for each of them."
    return RowNote(0, text)


def by_number(parts: Iterable[StatementPart], account_hint: str, chosen: str = "") -> Statement:
    """The statement of the account that was ``chosen``, else whose number ends in ``account_hint``, where there are
    several.
    """
    parts = list(parts)
    for each in parts:
        each.pages[0].add(each.rows, len(each.errors))
    part = only_one(parts, chosen, lambda number: bool(account_hint) and last_four(number) == account_hint, _end)
    notes = [*notes_of(part.pages), *part.notes]
    balances, proof = balances_of(part.pages), proof_of(part.pages)
    hint, pending = last_four(part.name), part.pending
    return Statement(part.rows, part.errors, hint, part.currency, notes, balances, proof, pending=pending)


def _end(number: str) -> str:
    return f"...{last_four(number)}"
