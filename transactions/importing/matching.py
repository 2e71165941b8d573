"""Rows of a file that are in the ledger under another identity: typed by hand, imported while they were pending, or
read from another kind of file.

A file is never doubled against itself: rows that came the same way are known by their fingerprints. Each row of the
ledger is taken once, the nearest in days first, so that two typed coffees meet two coffees of the bank.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from transactions.importing.formats.rows import StatementRow
from transactions.models import ImportBatch
from wealthwise.postgres.sql import in_one, rows_as, rows_of, run

# A card is charged some days after somebody typed what they paid.
DAYS_APART: Final = 7
# Another file of the same bank may count the day of booking or the value day.
FILE_DAYS_APART: Final = 3
MOST_LOOKED_AT: Final = 20_000

# One range of idx_transaction_user_account_date, which has the moments of the days, and the splits by
# idx_transaction_split: of one, the bank knows the sum, under the identity of its first part.
_CANDIDATES: Final = """
    SELECT t.id, t.booked_on, t.amount, t.description, t.fingerprint, t.occurrence, b.kind,
           coalesce(b.layout->>'description_columns', ''),
           coalesce(b.layout->'pending' @> jsonb_build_array(jsonb_build_array(t.fingerprint, t.occurrence)), false)
    FROM (
        SELECT id, booked_on, amount, description, fingerprint, occurrence, import_batch_id
        FROM transaction WHERE user_id = %(user)s AND account_id = %(account)s AND split_id IS NULL
          AND amount = ANY(string_to_array(%(amounts)s, ',')::numeric[])
          AND booked_on BETWEEN %(first)s AND %(last)s
          AND transaction_date >= %(first)s::date - 1 AND transaction_date < %(last)s::date + 2
        UNION ALL
        SELECT f.id, f.booked_on, p.amount, f.description, f.fingerprint, f.occurrence, f.import_batch_id
        FROM (SELECT split_id, sum(amount) AS amount FROM transaction
              WHERE user_id = %(user)s AND split_id IS NOT NULL GROUP BY 1) p
        JOIN transaction f ON f.user_id = %(user)s AND f.split_id = p.split_id AND f.split_part = 1
        WHERE f.account_id = %(account)s AND f.booked_on BETWEEN %(first)s AND %(last)s
          AND p.amount = ANY(string_to_array(%(amounts)s, ',')::numeric[])
    ) t LEFT JOIN import_batch b ON b.user_id = %(user)s AND b.id = t.import_batch_id
    ORDER BY t.booked_on DESC, t.id DESC LIMIT %(limit)s
"""
# The rows that files of this kind were joined with: what else those files say of these days is theirs.
_JOINED: Final = """
    SELECT (pair->>0)::uuid, (pair->>1)::int
    FROM import_batch b, jsonb_array_elements(b.layout->'joined') pair
    WHERE b.user_id = %(user)s AND b.account_id = %(account)s AND b.state = 'committed' AND b.kind = %(kind)s
      AND coalesce(b.layout->>'description_columns', '') = %(columns)s AND b.layout ? 'joined'
"""
_HOLD: Final = """
    SELECT t.id FROM transaction t JOIN unnest(%(ids)s::bigint[], %(befores)s::uuid[], %(numbers)s::smallint[])
         AS w (id, fingerprint, occurrence) ON w.id = t.id
    WHERE t.user_id = %(user)s AND t.fingerprint IS NOT DISTINCT FROM w.fingerprint
      AND t.occurrence IS NOT DISTINCT FROM w.occurrence
    ORDER BY t.id FOR NO KEY UPDATE OF t
"""
_JOIN: Final = """
    UPDATE transaction t SET fingerprint = w.fingerprint, occurrence = w.occurrence
    FROM unnest(%(ids)s::bigint[], %(fingerprints)s::uuid[], %(occurrences)s::smallint[])
         AS w (id, fingerprint, occurrence)
    WHERE t.user_id = %(user)s AND t.id = w.id
"""
# A typed row has no identity again, one that was pending its own.
_PART: Final = """
    UPDATE transaction t SET fingerprint = w.before, occurrence = w.number
    FROM unnest(%(fingerprints)s::uuid[], %(occurrences)s::smallint[], %(befores)s::uuid[], %(numbers)s::smallint[])
         AS w (fingerprint, occurrence, before, number)
    WHERE t.user_id = %(user)s AND t.fingerprint = w.fingerprint AND t.occurrence = w.occurrence
      AND t.import_batch_id IS DISTINCT FROM %(batch)s
"""


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row of the ledger that may be one of the file: where it came from tells how near it has to be."""

    id: int
    booked_on: date
    amount: Decimal
    description: str
    fingerprint: UUID | None
    occurrence: int | None
    kind: str | None
    columns: str
    was_pending: bool = False

    @property
    def is_typed(self) -> bool:
        return self.fingerprint is None

    @property
    def is_open(self) -> bool:
        """Whether it waits for the row of a file that it is."""
        return self.is_typed or self.was_pending


def matches(
    batch: ImportBatch, rows: Mapping[int, StatementRow], own: Iterable[tuple[UUID, int]], account_id: int
) -> dict[int, KnownRow]:
    """Which of the new rows of a file that go into an account it has under another identity, by their numbers. At most
    two statements.

    ``own`` are the identities of all rows of the file: a row of the ledger that has one of these is taken.
    """
    if not rows:
        return {}
    days = [row.booked_on for row in rows.values()]
    found = rows_as(
        KnownRow,
        _CANDIDATES,
        user=batch.user_id,
        account=account_id,
        amounts=in_one({row.amount for row in rows.values()}),
        first=min(days) - timedelta(days=DAYS_APART),
        last=max(days) + timedelta(days=DAYS_APART),
        limit=MOST_LOOKED_AT,
    )
    if not found:
        return {}
    taken = set(own)
    if any((row.kind is None or row.was_pending) and row.fingerprint for row in found):
        taken |= _joined_by_such_files(batch, account_id)
    free = [row for row in found if (row.fingerprint, row.occurrence) not in taken]
    return _nearest(rows, [(row, _reach(row, batch)) for row in free])


def hold(user_id: int, found: Iterable[KnownRow]) -> set[int]:
    """Lock the open rows among these that are still there as they were, in one order; returns their ids."""
    rows = [(row.id, row.fingerprint, row.occurrence) for row in found if row.is_open]
    if not rows:
        return set()
    ids, befores, numbers = zip(*rows, strict=True)
    held = rows_of(_HOLD, user=user_id, ids=list(ids), befores=list(befores), numbers=list(numbers))
    return {pk for (pk,) in held}


def join(user_id: int, pairs: Sequence[tuple[KnownRow, UUID, int]]) -> list[list[Any]]:
    """Give open rows the identity of the rows of the file; returns those and what they were, for the batch to
    remember.
    """
    rows = [(row, fingerprint, occurrence) for row, fingerprint, occurrence in pairs if row.is_open]
    if rows:
        known, fingerprints, occurrences = zip(*rows, strict=True)
        ids = [row.id for row in known]
        run(_JOIN, user=user_id, ids=ids, fingerprints=list(fingerprints), occurrences=list(occurrences))
    return [
        [str(fingerprint), occurrence, *([str(row.fingerprint), row.occurrence] if row.fingerprint else [])]
        for row, fingerprint, occurrence in rows
    ]


def part(batch: ImportBatch) -> None:
    """Take the identities that an import gave to rows that were there; the rows stay."""
    joined = [[*pair, None, None][:4] for pair in batch.layout.get("joined") or []]
    if joined:
        fingerprints, occurrences, befores, numbers = map(list, zip(*joined, strict=True))
        identities = {"fingerprints": fingerprints, "occurrences": occurrences}
        run(_PART, user=batch.user_id, batch=batch.pk, befores=befores, numbers=numbers, **identities)


def _columns_of(batch: ImportBatch) -> str:
    """The columns of a CSV that become the description, as PostgreSQL writes them; two files of the same agree."""
    columns = batch.layout.get("description_columns")
    return "" if columns is None else "[" + ", ".join(map(str, columns)) + "]"


def _joined_by_such_files(batch: ImportBatch, account_id: int) -> set[tuple[UUID, int]]:
    found = rows_of(_JOINED, user=batch.user_id, account=account_id, kind=batch.kind, columns=_columns_of(batch))
    return {(fingerprint, occurrence) for fingerprint, occurrence in found}


def _reach(row: KnownRow, batch: ImportBatch) -> int:
    """How many days apart a row of the ledger may be; -1 for one that came the same way, which is another booking.

    The same kind of file with new ids of the bank gives the same words on the same day, which `_nearest` asks for.
    """
    if row.kind is None or row.was_pending:
        return DAYS_APART
    if row.kind != batch.kind or row.columns != _columns_of(batch):
        return FILE_DAYS_APART
    return 0 if row.kind != "csv" else -1


def _nearest(rows: Mapping[int, StatementRow], free: Sequence[tuple[KnownRow, int]]) -> dict[int, KnownRow]:
    """Each row of the file with the nearest row of the ledger that is left: one pass for each distance in days."""
    waiting = defaultdict[tuple[Decimal, date], list[tuple[KnownRow, int]]](list)
    for each in free:
        waiting[each[0].amount, each[0].booked_on].append(each)
    amounts = {each[0].amount for each in free}
    rows = {number: row for number, row in rows.items() if row.amount in amounts}
    found = dict[int, KnownRow]()
    for days in sorted(range(-DAYS_APART, DAYS_APART + 1), key=abs):
        for number, row in rows.items():
            if number in found:
                continue
            there = waiting.get((row.amount, row.booked_on + timedelta(days=days)))
            if there and (best := _best(row, there, abs(days))):
                there.remove(best)
                found[number] = best[0]
    return found


# So many rows of one amount on one day are compared by their words.
_COMPARED: Final = 20


def _best(row: StatementRow, there: Sequence[tuple[KnownRow, int]], days: int) -> tuple[KnownRow, int] | None:
    """Of the rows in reach the one that shares the most words."""
    words = _words(row.description)
    near = [
        each for each in there[:_COMPARED] if days <= each[1] and (each[1] > 0 or _words(each[0].description) == words)
    ]
    return max(near, key=lambda each: len(words & _words(each[0].description)), default=None)


def _words(text: str) -> set[str]:
    return set(text.casefold().split())
