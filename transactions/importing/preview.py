"""What a staged file would do to the ledger: which of its rows are new, already there, or unreadable.

The check page and the commit use the same functions, so that their counts cannot differ by more than what
happened in between.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import Account, User
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.detect import Meant, parse_kind
from transactions.importing.formats.fingerprint import numbered
from transactions.importing.formats.rows import RowError, RowNote, Statement, StatementRow
from transactions.importing.matching import KnownRow, matches
from transactions.models import ImportBatch
from wealthwise.core.errors import DomainError
from wealthwise.core.locales import show_count
from wealthwise.postgres.sql import rows_of

# The column is a smallint.
MOST_EQUAL_ROWS = 32_767

_KNOWN = """
    SELECT t.fingerprint, t.occurrence, false FROM transaction t
    WHERE t.user_id = %(user)s AND t.fingerprint = ANY(%(fingerprints)s)
    UNION ALL
    SELECT d.fingerprint, d.occurrence, true FROM deleted_import d
    WHERE d.user_id = %(user)s AND d.fingerprint = ANY(%(fingerprints)s)
"""
_SUGGESTED = """
    SELECT DISTINCT ON (wanted.description, wanted.is_out)
           wanted.description, wanted.is_out, transaction.subcategory_id
    FROM unnest(%(texts)s::text[], %(directions)s::boolean[]) AS wanted (description, is_out)
    JOIN transaction ON lower(transaction.description) = lower(wanted.description)
                    AND (transaction.amount < 0) = wanted.is_out
    WHERE transaction.user_id = %(user)s AND transaction.subcategory_id IS NOT NULL
      AND transaction.transfer_id IS NULL
    ORDER BY wanted.description, wanted.is_out, transaction.booked_on DESC, transaction.id DESC
"""


class Counts(NamedTuple):
    """New rows, rows that are there already or were deleted on purpose, and rows with errors."""

    new: int
    duplicate: int
    error: int


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of the file, the identity under which it is stored, and whether the ledger lacks it.

    A row that was deleted on purpose is not new: it is left out unless the user takes it in after all. One that has a
    ``match`` is there under another identity, typed or read from another kind of file, and is not new either.
    """

    row: StatementRow
    fingerprint: UUID
    occurrence: int
    is_new: bool
    was_deleted: bool = False
    match: KnownRow | None = None


# By description and whether money goes out.
Suggestions = dict[tuple[str, bool], int]


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything about a staged file as the ledger is now."""

    rows: list[CheckedRow]
    errors: list[RowError]
    notes: list[RowNote]
    suggestions: Suggestions
    statement: Statement

    @property
    def counts(self) -> Counts:
        new = sum(checked.is_new for checked in self.rows)
        return Counts(new, len(self.rows) - new, len(self.errors))

    @property
    def deleted(self) -> list[CheckedRow]:
        """The rows that the user deleted after an earlier import."""
        return [checked for checked in self.rows if checked.was_deleted]

    def with_deleted(self) -> "Preview":
        """The same with those rows taken in again."""
        rows = [replace(row, is_new=True) if row.was_deleted else row for row in self.rows]
        return replace(self, rows=rows)

    @property
    def matched(self) -> list[CheckedRow]:
        """The rows that are there under another identity."""
        return [checked for checked in self.rows if checked.match]

    def with_apart(self, lines: Collection[int]) -> "Preview":
        """The same where the rows on these lines are bookings of their own after all."""
        rows = [
            replace(row, is_new=True, match=None) if row.match and row.row.line in lines else row for row in self.rows
        ]
        return replace(self, rows=rows)

    def new_rows(self) -> list[CheckedRow]:
        return [checked for checked in self.rows if checked.is_new]

    def subcategory_of(self, row: StatementRow) -> int | None:
        """Id of the subcategory that the user last filed that description under."""
        return self.suggestions.get((row.description, row.amount < 0))


def read(batch: ImportBatch) -> Statement:
    """The statement in a staged file. Raises StatementError, or DomainError when the file is gone."""
    if batch.content is None:
        raise DomainError("The file of this import is no longer kept. Upload it again.")
    data = bytes(batch.content)
    layout = CsvLayout.from_dict(batch.layout) if batch.kind == "csv" else None
    return parse_kind(batch.kind, data, layout, meant=meant_by(batch.account, batch.layout))


def meant_by(account: Account, layout: dict[str, Any]) -> Meant:
    """What the account and the stored layout of an import say about its file."""
    return Meant(
        last4=account.number_last4,
        name=account.name,
        day_first=layout.get("day_first"),
        is_card=account.account_type == Account.Type.CREDIT,
        encoding=layout.get("encoding", ""),
    )


def compare(batch: ImportBatch, statement: Statement, suggestions: Suggestions) -> Preview:
    """The statement against the ledger, in three statements of SQL at most."""
    identities = [(_stored(batch.account.import_key, key), number) for key, number in numbered(statement.rows)]
    known = _known(batch.user_id, {key for key, _ in identities})
    rows = [
        CheckedRow(row, key, number, (key, number) not in known, known.get((key, number), False))
        for row, (key, number) in zip(statement.rows, identities, strict=True)
        if number <= MOST_EQUAL_ROWS
    ]
    new = {number: checked.row for number, checked in enumerate(rows) if checked.is_new}
    for number, match in matches(batch, new, identities).items():
        rows[number] = replace(rows[number], is_new=False, match=match)
    errors = statement.errors + [
        RowError(row.line, f"The file has this row more than {show_count(MOST_EQUAL_ROWS)} times.", row.description)
        for row, (_, number) in zip(statement.rows, identities, strict=True)
        if number > MOST_EQUAL_ROWS
    ]
    notes = [*doubts(batch.account, batch.user, statement), *statement.notes]
    return Preview(rows, errors, notes, suggestions, statement)


def suggest(user: User, rows: Iterable[StatementRow]) -> Suggestions:
    """The subcategory last used for each description and direction: one pass over the user's rows."""
    wanted = list({(row.description, row.amount < 0) for row in rows})
    if not wanted:
        return {}
    texts, directions = [text for text, _ in wanted], [is_out for _, is_out in wanted]
    found = rows_of(_SUGGESTED, user=user.pk, texts=texts, directions=directions)
    return {(text, is_out): subcategory_id for text, is_out, subcategory_id in found}


def _stored(import_key: str, fingerprint: str) -> UUID:
    """The identity in the ledger: two accounts of one user may have equal rows."""
    return UUID(bytes=hashlib.sha256(f"{import_key}:{fingerprint}".encode()).digest()[:16])


def _known(user_id: int, fingerprints: set[UUID]) -> dict[tuple[UUID, int], bool]:
    """Which of these the ledger has, and which the user deleted (True); each by its unique index.

    A row that is in the ledger is there, whatever was deleted before.
    """
    if not fingerprints:
        return {}
    found = rows_of(_KNOWN, user=user_id, fingerprints=list(fingerprints))
    return {(key, number): gone for key, number, gone in sorted(found, key=itemgetter(2), reverse=True)}


def doubts(account: Account, user: User, statement: Statement) -> list[RowNote]:
    """Signs that the file belongs to another account or currency, or that money in and out are mistaken. Only a user
    can tell.
    """
    notes = [RowNote(0, text) for text in _about_ways(account, statement)]
    if statement.account_hint and account.number_last4 and statement.account_hint != account.number_last4:
        ends = f"an account ending in {statement.account_hint}, {account.name} ends in {account.number_last4}"
        notes.append(RowNote(0, f"The file is of {ends}. Check that you chose the right account."))
    if statement.currency and statement.currency != user.currency:
        currencies = f"{statement.currency}, your currency is {user.currency}"
        notes.append(RowNote(0, f"The amounts are in {currencies}. They are recorded as they are, not converted."))
    return notes


def _about_ways(account: Account, statement: Statement) -> Iterator[str]:
    """Amounts that all point one way, or the wrong way for a card; what the balances prove needs no word.

    On a card they prove nothing: what is owed grows with every purchase, whatever its sign.
    """
    rows, is_card = statement.rows, account.account_type == Account.Type.CREDIT
    if statement.proof and not is_card:
        return
    money_in = sum(row.amount > 0 for row in rows)
    if len(rows) > 1 and money_in in (0, len(rows)):
        way, other = ("in", "out") if money_in else ("out", "in")
        yield (
            f"All {show_count(len(rows))} amounts are read as money {way}. If some are money {other}, the file "
            "says so in another way than it is read."
        )
    elif is_card and 2 * money_in > len(rows):
        yield "Most rows are read as money in, which is odd for a card: its purchases may be printed without a minus."
