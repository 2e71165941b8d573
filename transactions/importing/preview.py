"""What a staged file would do to the ledger: which of its rows are new, already there, or unreadable.

The check page and the commit use the same functions, so that their counts cannot differ by more than what
happened in between.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from accounts.models import Account, User
from transactions.importing import readings
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.detect import Meant, parse_kind
from transactions.importing.draft.edits import MOST_EQUAL_ROWS, NOTHING, Edit, Identity, Listed, edits_of
from transactions.importing.draft.mending import mended
from transactions.importing.filing import categories
from transactions.importing.formats.fingerprint import counted_keys, fingerprint
from transactions.importing.formats.rows import RowError, RowNote, Statement, StatementRow
from transactions.importing.matching import KnownRow, matches
from transactions.models import ImportBatch, Rule
from transactions.rules import suggestions as filing
from transactions.rules.suggestions import FilingSuggestion, Wanted
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.locales import show_count, show_day
from wealthwise.core.progress import Advance, unwatched
from wealthwise.postgres.sql import in_one, rows_of

_KNOWN = """
    SELECT t.fingerprint, t.occurrence, false FROM transaction t
    WHERE t.user_id = %(user)s AND t.fingerprint = ANY(string_to_array(%(fingerprints)s, ',')::uuid[])
    UNION ALL
    SELECT d.fingerprint, d.occurrence, true FROM deleted_import d
    WHERE d.user_id = %(user)s AND d.fingerprint = ANY(string_to_array(%(fingerprints)s, ',')::uuid[])
"""

_YEAR = timedelta(days=366)
_MANY: Final = 1000


class Counts(NamedTuple):
    """New rows, rows that are there already or were deleted on purpose, and rows with errors."""

    new: int
    duplicate: int
    error: int


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of the file, the identity under which it is stored, and what the ledger has of it.

    One that ``is_known`` is there. One that was deleted on purpose or is not booked yet is left out unless the user
    takes it in. One with a ``twin`` is there under another identity, typed or read from another kind of file, and is
    the same unless the user says otherwise. ``edit`` is what the user decided, over the file and all that is proposed.
    """

    row: StatementRow
    fingerprint: UUID
    occurrence: int
    is_known: bool = False
    was_deleted: bool = False
    is_pending: bool = False
    twin: KnownRow | None = None
    edit: Edit = NOTHING

    @property
    def identity(self) -> Identity:
        return self.fingerprint, self.occurrence

    @property
    def status(self) -> str:
        """One word of `RowsForm.SHOWN`, whatever was decided."""
        if self.is_known:
            return "known"
        if self.was_deleted:
            return "deleted"
        if self.is_pending:
            return "pending"
        return "similar" if self.twin else "new"

    @property
    def is_new(self) -> bool:
        """Whether it will be booked."""
        if self.is_known or self.edit.is_taken is None:
            return self.status == "new"
        return self.edit.is_taken

    @property
    def match(self) -> KnownRow | None:
        """The row of the ledger that it is the same as."""
        return None if self.is_new else self.twin

    @property
    def is_there(self) -> bool:
        """Whether the ledger has it, or had it until it was deleted on purpose."""
        return not self.is_new and self.status in ("known", "deleted", "similar")

    @property
    def booking(self) -> StatementRow:
        """The row as it will be booked."""
        day, description = self.edit.booked_on, self.edit.description
        if day is None and not description:
            return self.row
        return replace(self.row, booked_on=day or self.row.booked_on, description=description or self.row.description)


class Suggestions(NamedTuple):
    """Where rows of a file belong. Amounts are part of what is asked only where they decide: ``by_amount``."""

    found: Mapping[Wanted, FilingSuggestion]
    by_amount: bool = True

    def of(self, row: StatementRow, account_id: int) -> FilingSuggestion | None:
        return self.found.get(_wanted(row, account_id, by_amount=self.by_amount))


NO_SUGGESTIONS: Final = Suggestions({})


@dataclass(frozen=True)
class Preview:
    """Everything about a staged file as the ledger is now; ``identified`` are its rows beside any ledger.

    What is asked often of all rows is counted once.
    """

    rows: list[CheckedRow]
    errors: list[RowError]
    notes: list[RowNote]
    suggestions: Suggestions
    statement: Statement
    account_id: int
    identified: list[CheckedRow]

    @cached_property
    def counts(self) -> Counts:
        there = sum(checked.is_there for checked in self.rows)
        return Counts(len(self.new_rows), there, len(self.errors))

    @property
    def left_out(self) -> int:
        """How many rows are neither there nor will be: by the user's choice, or not booked by the bank yet."""
        return len(self.rows) - sum(self.counts[:2])

    @property
    def deleted(self) -> list[CheckedRow]:
        """The rows that the user deleted after an earlier import, and did not take in."""
        return [checked for checked in self.rows if checked.was_deleted and not checked.is_new]

    @cached_property
    def matched(self) -> list[CheckedRow]:
        """The rows that are there under another identity."""
        return [checked for checked in self.rows if checked.twin and checked.match]

    @cached_property
    def new_rows(self) -> list[CheckedRow]:
        return [checked for checked in self.rows if checked.is_new]

    def listed(self, asked: Listed) -> list[CheckedRow]:
        """The rows that the user looks at, first those that are there under another identity: they ask for a look."""
        text = asked.text.casefold()
        found = [
            row
            for row in self.rows
            if asked.show in ("", row.status) and (not text or text in row.booking.description.casefold())
        ]
        return found if asked.show else sorted(found, key=lambda row: row.status != "similar")

    def filed(self, checked: CheckedRow) -> int | None:
        """Id of the subcategory that a row will be filed under: as decided, else as proposed."""
        if checked.edit.is_filed:
            return checked.edit.subcategory
        found = self.proposed(checked)
        return found.subcategory_id if found else None

    def proposed(self, checked: CheckedRow) -> FilingSuggestion | None:
        """Where a row goes without being asked for, and by which rule if by one; None where that was decided."""
        if checked.edit.is_filed or not self.suggestions.found:
            return None
        return self.suggestions.of(checked.booking, self.account_id)


def read(batch: ImportBatch) -> Statement:
    """The statement in a staged file, with what was typed for rows that cannot be read. Raises as `read_file`."""
    return mended(read_file(batch), batch.layout.get("mended", {}))


def read_file(batch: ImportBatch, advance: Advance = unwatched) -> Statement:
    """The statement in a staged file; of a long one as a job has kept it. Raises StatementError, or DomainError when
    the file is gone.
    """
    if readings.size_of(batch) is None:
        raise DomainError("The file of this import is no longer kept. Upload it again.")
    way = way_of(batch)
    known = readings.kept(batch, readings.digest_of(*way)) if readings.is_long(batch) else None
    return known or parse_kind(way.kind, readings.content_of(batch), way.layout, meant=way.meant, advance=advance)


class ReadingWay(NamedTuple):
    """All that decides what a file is read as."""

    kind: str
    layout: CsvLayout | None
    meant: Meant


def way_of(batch: ImportBatch) -> ReadingWay:
    layout = CsvLayout.from_dict(batch.layout) if batch.kind == "csv" else None
    return ReadingWay(batch.kind, layout, meant_by(batch.account, batch.layout))


def meant_by(account: Account, layout: dict[str, Any]) -> Meant:
    """What the account and the stored layout of an import say about its file."""
    return Meant(
        last4=account.number_last4,
        name=account.name,
        day_first=layout.get("day_first"),
        is_card=account.account_type == Account.Type.CREDIT,
        encoding=layout.get("encoding", ""),
        chosen=layout.get("part", ""),
    )


def identified(batch: ImportBatch, statement: Statement) -> list[CheckedRow]:
    """The rows of a statement with their identities and what was decided about them: one statement of SQL.

    Those that the bank has not booked yet stand after the booked ones, whose numbers they leave alone.
    """
    edits = edits_of(batch)
    rows = [*statement.rows, *statement.pending]
    keys = counted_keys(statement.fingerprints or map(fingerprint, rows))
    import_key, booked = batch.account.import_key, len(statement.rows)
    found = list[CheckedRow]()
    for place, (row, (key, number)) in enumerate(zip(rows, keys, strict=True)):
        stored = _stored(import_key, key)
        edit = edits.get((stored, number), NOTHING) if edits else NOTHING
        found.append(CheckedRow(row, stored, number, is_pending=place >= booked, edit=edit))
    return found


def compare(batch: ImportBatch, statement: Statement, given: list[CheckedRow], suggestions: Suggestions) -> Preview:
    """The identified rows of a statement against the ledger: three statements of SQL at most, and two for each
    other account that rows were moved to.
    """
    known = _known(batch.user_id, [each.fingerprint for each in given])
    rows = [each for each in given if each.occurrence <= MOST_EQUAL_ROWS]
    if known:
        rows = [
            each if (gone := known.get(each.identity)) is None else replace(each, is_known=not gone, was_deleted=gone)
            for each in rows
        ]
    groups = defaultdict[int, dict[int, StatementRow]](dict)
    for number, each in enumerate(rows):
        if each.status == "new":
            groups[each.edit.account or batch.account_id][number] = each.row
    for account_id, new in groups.items():
        for number, twin in matches(batch, new, (each.identity for each in given), account_id).items():
            rows[number] = replace(rows[number], twin=twin)
    errors = statement.errors + [
        RowError(
            each.row.line,
            f"The file has this row more than {show_count(MOST_EQUAL_ROWS)} times.",
            each.row.description,
        )
        for each in given
        if each.occurrence > MOST_EQUAL_ROWS
    ]
    notes = [*doubts(batch.account, batch.user, statement), *statement.notes]
    return Preview(rows, errors, notes, suggestions, statement, batch.account_id, given)


def suggest(user: User, rows: Sequence[StatementRow], account_id: int) -> Suggestions:
    """Where the rows of a file belong that goes into an account: one statement, the answer of entry.

    What the file files a row under goes before the history of its description, and not before a rule; where files
    have categories, what they mean is a second statement. Of many rows it is asked first whether any rule looks at
    amounts: most do not, and then equal descriptions are asked for once.
    """
    by_amount = len(rows) <= _MANY or Rule.objects.for_user(user).of_amounts().exists()
    wanted = list({_wanted(row, account_id, by_amount=by_amount) for row in rows})
    found = filing.suggest(user, wanted)
    if any(each.category for each in wanted):
        means = categories.known(user)
        for each in wanted:
            subcategory_id = means.get(each.category)
            if subcategory_id and not (each in found and found[each].rule_id):
                found[each] = FilingSuggestion(subcategory_id, None)
    return Suggestions(found, by_amount)


def _wanted(row: StatementRow, account_id: int, *, by_amount: bool) -> Wanted:
    amount = row.amount
    return Wanted(row.description, amount if by_amount else None, account_id, amount < 0, row.category)


def _stored(import_key: str, fingerprint: str) -> UUID:
    """The identity in the ledger: two accounts of one user may have equal rows."""
    return UUID(bytes=hashlib.sha256(f"{import_key}:{fingerprint}".encode()).digest()[:16])


def _known(user_id: int, fingerprints: Sequence[UUID]) -> dict[tuple[UUID, int], bool]:
    """Which of these the ledger has, and which the user deleted (True); each by its unique index.

    A row that is in the ledger is there, whatever was deleted before.
    """
    if not fingerprints:
        return {}
    found = rows_of(_KNOWN, user=user_id, fingerprints=in_one(key.hex for key in fingerprints))
    return {(key, number): gone for key, number, gone in sorted(found, key=itemgetter(2), reverse=True)}


def doubts(account: Account, user: User, statement: Statement) -> list[RowNote]:
    """Signs that the file belongs to another account or currency, or that money in and out are mistaken. Only a user
    can tell.
    """
    notes = [RowNote(0, text) for text in _about_ways(account, statement)]
    if statement.rows:
        notes += _about_years(max(row.booked_on for row in statement.rows), today_of(user))
    if statement.account_hint and account.number_last4 and statement.account_hint != account.number_last4:
        ends = f"an account ending in {statement.account_hint}, {account.name} ends in {account.number_last4}"
        notes.append(RowNote(0, f"The file is of {ends}. Check that you chose the right account."))
    if statement.currency and statement.currency != user.currency:
        currencies = f"{statement.currency}, your currency is {user.currency}"
        notes.append(RowNote(0, f"The amounts are in {currencies}. They are recorded as they are, not converted."))
    return notes


def _about_years(last: date, today: date) -> list[RowNote]:
    """Years of two digits, or of other calendars, read as others than they are."""
    if last > today + _YEAR:
        text = f"Days of this file are in the future, up to {show_day(last)}: check how its years are written."
    elif last < today - 10 * _YEAR:
        text = f"The last day of this file is {show_day(last)}: check how its years are written."
    else:
        return []
    return [RowNote(0, text)]


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
