"""The statements of bulk changes. Rows are locked as they are chosen, in the order of their ids, so that what is kept
for undoing is what was replaced, whoever writes at the same time; nothing is written unless as many rows match as the
user saw (``seen``). Each writes the ledger once, so the triggers run once.

No list of rows is joined to the ledger. A plan that repeats a scan for each of them, which statistics that are not of
today can bring about, would cost the square of the change. Lists are constants, which are hashed or looked up by key.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from psycopg.sql import SQL, Composable, Identifier
from psycopg.types.json import Jsonb

from transactions.models import BulkAction, Transaction
from transactions.tags.services import MOST_OF_A_ROW
from wealthwise.postgres.sql import first_row, identifiers, rows_of, run, value_of, with_names

MOST_NAMED: Final = 3

_MOVE = "UPDATE transaction SET {columns} WHERE user_id = %(user)s AND id = ANY(%(ids)s::bigint[])"
# What a person files by hand where a rule once filed it is their own choice from now on.
_MOVED = {
    "account_id": SQL("account_id = %(target)s"),
    "subcategory_id": SQL("subcategory_id = %(target)s, filed_as_id = nullif(filed_as_id, %(target)s)"),
}
_LEGS = """
SELECT id FROM transaction WHERE user_id = %(user)s AND transfer_id = ANY(%(transfers)s::uuid[]) ORDER BY id FOR UPDATE
"""
# The other parts of the splits that the rows are of, which go wherever one of them goes.
_PARTS = """
SELECT p.id, p.account_id FROM transaction p
WHERE p.user_id = %(user)s AND p.split_id = ANY(ARRAY(
    SELECT t.split_id FROM transaction t
    WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[]) AND t.split_id IS NOT NULL))
ORDER BY p.id FOR UPDATE
"""
# Rows of ``changed`` as the last change; {sentence} is SQL.
KEEP = """
    INSERT INTO bulk_action (user_id, kind, target_id, sentence, row_count, rows)
    SELECT %(user)s, %(kind)s, %(target)s::integer, {sentence}, count(*), jsonb_agg(old_row) FROM changed
    HAVING count(*) > 0
    ON CONFLICT (user_id) DO UPDATE SET
        id = excluded.id, kind = excluded.kind, target_id = excluded.target_id, sentence = excluded.sentence,
        row_count = excluded.row_count, rows = excluded.rows, created_at = now(), undone_at = NULL
    RETURNING id
"""
_KEEP_UNTOLD = KEEP.replace("{sentence}", "''")  # the sentence follows once it is known what was done
_KEEP_MOVED = """
WITH changed AS (SELECT value AS old_row FROM jsonb_array_elements(%(rows)s::jsonb))
{keep}
""".replace("{keep}", _KEEP_UNTOLD)
_DELETE = """
WITH changed AS (
    DELETE FROM transaction t WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[])
    RETURNING to_jsonb(t) AS old_row, fingerprint, occurrence, import_batch_id
),
stays_away AS (
    INSERT INTO deleted_import (user_id, import_batch_id, fingerprint, occurrence)
    SELECT %(user)s, import_batch_id, fingerprint, occurrence FROM changed WHERE fingerprint IS NOT NULL
    ON CONFLICT DO NOTHING
),
kept AS ({keep})
SELECT (SELECT count(*) FROM changed), (SELECT id FROM kept)
""".replace("{keep}", _KEEP_UNTOLD)

# What an undo puts back stays there until it has committed.
_HOLD_SUBCATEGORIES = "SELECT id FROM subcategory WHERE user_id = %(user)s ORDER BY id FOR KEY SHARE"
_HOLD_TAG = "SELECT id FROM tag WHERE user_id = %(user)s AND id = %(tag)s FOR KEY SHARE"
_HOLD_IMPORTS = "SELECT id FROM import_batch WHERE user_id = %(user)s AND state = 'committed' ORDER BY id FOR SHARE"
_ACCOUNTS = "SELECT id FROM account WHERE user_id = %(user)s"

_TAG = """
UPDATE transaction t SET tag_ids = (SELECT array_agg(x ORDER BY x) FROM unnest(t.tag_ids || %(target)s::integer) x)
WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[]) AND NOT coalesce(t.tag_ids @> ARRAY[%(target)s], false)
  AND coalesce(cardinality(t.tag_ids), 0) < %(most)s
RETURNING t.id
"""
_UNTAG = """
UPDATE transaction t SET tag_ids = nullif(array_remove(t.tag_ids, %(target)s::integer), '{}')
WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[]) AND t.tag_ids @> ARRAY[%(target)s::integer]
RETURNING t.id
"""

# A row that is no longer where the change put it, or became a side of a transfer, was changed since and stays.
_MOVE_BACK = """
UPDATE transaction t SET {column} = (%(olds)s::jsonb ->> t.id::text)::integer
WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[]) AND t.{column} = %(target)s AND t.transfer_id IS NULL
RETURNING t.id
"""

# A row stays away when its account is gone, its import was reverted, or its file was imported again; then the
# other side of its transfer, and the other parts of its split, stay away too.
_WHOLE = "coalesce(r.transfer_id, r.split_id)"
_KEPT = """
    SELECT r.* FROM bulk_action b CROSS JOIN jsonb_populate_recordset(NULL::transaction, b.rows) r
    WHERE b.user_id = %(user)s AND b.id = %(action)s
"""
_MAY_RETURN = """
    (r.account_id IS NULL OR r.account_id = ANY(%(accounts)s::integer[]))
    AND (r.import_batch_id IS NULL OR r.import_batch_id = ANY(%(imports)s::integer[]))
"""
_AWAY = """
SELECT {whole} FROM ({kept}) r
WHERE {whole} IS NOT NULL AND (NOT ({may_return}) OR r.fingerprint IS NOT NULL AND EXISTS (
    SELECT FROM transaction t
    WHERE t.user_id = %(user)s AND t.fingerprint = r.fingerprint AND t.occurrence = r.occurrence))
"""
_BRING_BACK = """
INSERT INTO transaction (user_id, {columns})
SELECT %(user)s, {values} FROM ({kept}) r
WHERE r.user_id = %(user)s AND {may_return} AND ({whole} IS NULL OR {whole} <> ALL(%(away)s::uuid[]))
ON CONFLICT DO NOTHING
RETURNING id, subcategory_id, fingerprint, occurrence
"""
# A row that is back is no longer left out of the next file.
_FORGET = """
DELETE FROM deleted_import WHERE user_id = %(user)s AND fingerprint = ANY(%(fingerprints)s::uuid[])
   AND fingerprint || '/' || occurrence = ANY(%(pairs)s::text[])
"""
# A row that was filed under what is gone comes back without a subcategory.
_FILED = "CASE WHEN {column} = ANY(%(subcategories)s::integer[]) THEN {column} END"
# Of its tags it has those again that there are.
_TAGGED = """
CASE WHEN r.tag_ids IS NOT NULL THEN
    (SELECT array_agg(g.id ORDER BY g.id) FROM tag g WHERE g.user_id = %(user)s AND g.id = ANY(r.tag_ids)) END
"""
_BARE = """
SELECT count(*) FROM ({kept}) r
WHERE r.subcategory_id <> ALL(%(subcategories)s::integer[]) AND r.id = ANY(%(back)s::bigint[])
"""
_MISSING = """
SELECT r.description FROM ({kept}) r WHERE r.id <> ALL(%(back)s::bigint[]) ORDER BY r.id LIMIT %(most)s
"""
_NAMES = """
SELECT description, count(*) OVER () FROM transaction
WHERE user_id = %(user)s AND id = ANY(%(ids)s::bigint[]) ORDER BY id LIMIT %(most)s
"""
DONE = "UPDATE bulk_action SET undone_at = now(), rows = '[]' WHERE user_id = %(user)s AND id = %(action)s"


class ChangeCounts(NamedTuple):
    """Counts of one change; ``action_id`` is None when nothing changed. ``parts`` are those of splits that were not
    among the rows and went along.
    """

    matched: int
    transfers: int
    changed: int
    action_id: int | None
    parts: int = 0


class Restored(NamedTuple):
    """What came of one undo: rows kept, rows restored, and of those the ones without their former subcategory.

    ``names`` are the first few of the rows that were left; ``changed`` of those that were left are still there.
    """

    kept: int
    back: int
    bare: int = 0
    names: Sequence[str] = ()
    changed: int = 0


def move(rows: QuerySet[Any, Any], column: str, values: dict[str, Any]) -> ChangeCounts:
    """Set ``column`` of ``rows``, which yields id, transfer_id and the column, to ``values["target"]``."""
    chosen = list(rows)
    transfers = sum(transfer is not None for _, transfer, _ in chosen)
    olds = {pk: old for pk, transfer, old in chosen if transfer is None and old != values["target"]}
    if len(chosen) != values["seen"] or not olds:
        return ChangeCounts(len(chosen), transfers, 0, None)
    parts = _other_parts(values["user"], olds) if column == "account_id" else {}
    olds |= parts
    run(with_names(_MOVE, columns=_MOVED[column]), **values, ids=list(olds))
    kept = value_of(_KEEP_MOVED, **values, rows=Jsonb([[pk, old] for pk, old in olds.items()]))
    return ChangeCounts(len(chosen), transfers, len(olds) - len(parts), kept, len(parts))


def _other_parts(user_id: int, ids: Iterable[int]) -> dict[int, int | None]:
    """Parts of the splits that these rows are of, which are not among them, with their accounts."""
    known = set(ids)
    return {pk: account for pk, account in rows_of(_PARTS, user=user_id, ids=list(known)) if pk not in known}


def tag(rows: QuerySet[Any, Any], values: dict[str, Any], *, is_on: bool) -> ChangeCounts:
    """Give ``rows``, which yields ids, the tag ``values["target"]``, or take it off; both sides of a transfer too."""
    chosen = [pk for (pk,) in rows]
    if len(chosen) != values["seen"]:
        return ChangeCounts(len(chosen), 0, 0, None)
    changed = [[pk] for (pk,) in rows_of(_TAG if is_on else _UNTAG, **values, ids=chosen, most=MOST_OF_A_ROW)]
    kept = value_of(_KEEP_MOVED, **values, rows=Jsonb(changed)) if changed else None
    return ChangeCounts(len(chosen), 0, len(changed), kept)


def tag_back(user_id: int, action: BulkAction, *, is_on: bool) -> Restored:
    """Take a tag off again, or give it back, as far as the rows have it as the change left it."""
    values = {"user": user_id, "ids": [pk for (pk,) in action.rows], "target": action.target_id}
    is_there = bool(value_of(_HOLD_TAG, user=user_id, tag=action.target_id))
    found = rows_of(_TAG if is_on else _UNTAG, **values, most=MOST_OF_A_ROW) if is_there else []
    back = {pk for (pk,) in found}
    run(DONE, user=user_id, action=action.pk)
    names, changed = names_of_left(user_id, [pk for (pk,) in action.rows if pk not in back])
    return Restored(action.row_count, len(back), names=names, changed=changed)


def delete(rows: QuerySet[Any, Any], values: dict[str, Any]) -> ChangeCounts:
    """Delete ``rows``, which yields id, transfer_id and split_id, the other sides of transfers and the other parts of
    splits.
    """
    chosen = list(rows)
    keys = [transfer for _, transfer, _ in chosen if transfer is not None]
    if len(chosen) != values["seen"]:
        return ChangeCounts(len(chosen), len(keys), 0, None)
    legs = rows_of(_LEGS, user=values["user"], transfers=keys) if keys else []
    in_splits = [pk for pk, _, split in chosen if split is not None]
    parts = _other_parts(values["user"], in_splits) if in_splits else {}
    ids = {pk for pk, *_ in [*chosen, *legs]} | parts.keys()
    changed, kept = first_row(_DELETE, **values, target=None, ids=list(ids)) or (0, None)
    return ChangeCounts(len(chosen), len(keys), changed - len(parts), kept, len(parts))


def move_back(user_id: int, action: BulkAction, column: str) -> Restored:
    """Put the rows of a move back where they were, as far as they are where it put them."""
    there = hold_subcategories(user_id) if column == "subcategory_id" else _ids(_ACCOUNTS, user_id)
    olds = {pk: old for pk, old in action.rows if old is None or old in there}
    values = {"user": user_id, "ids": list(olds), "olds": Jsonb(olds), "target": action.target_id}
    back = {pk for (pk,) in rows_of(with_names(_MOVE_BACK, column=column), **values)}
    run(DONE, user=user_id, action=action.pk)
    names, changed = names_of_left(user_id, [pk for pk, _ in action.rows if pk not in back])
    return Restored(action.row_count, len(back), names=names, changed=changed)


def names_of_left(user_id: int, ids: list[int]) -> tuple[list[str], int]:
    """The first few of these rows by name, and how many of them are still there."""
    found = rows_of(_NAMES, user=user_id, ids=ids, most=MOST_NAMED) if ids else []
    return [name for name, _ in found], found[0][1] if found else 0


def bring_back(user_id: int, action: BulkAction) -> Restored:
    """Put deleted rows back under their own ids, as far as what they refer to is there."""
    values: dict[str, Any] = {
        "user": user_id,
        "action": action.pk,
        "imports": list(_ids(_HOLD_IMPORTS, user_id)),
        "subcategories": list(hold_subcategories(user_id)),
        "accounts": list(_ids(_ACCOUNTS, user_id)),
    }
    parts: dict[str, Composable] = {"kept": SQL(_KEPT), "may_return": SQL(_MAY_RETURN), "whole": SQL(_WHOLE)}
    values["away"] = [key for (key,) in rows_of(with_names(_AWAY, **parts), **values)]
    fields = Transaction._meta.local_concrete_fields
    columns = [str(field.column) for field in fields if field.name != "user"]
    chosen = [returning(name) for name in columns]
    into = {"columns": identifiers(columns), "values": SQL(", ").join(chosen)}
    back = rows_of(with_names(_BRING_BACK, **into, **parts), **values)
    forget_deletions(user_id, [(fingerprint, number) for *_, fingerprint, number in back if fingerprint])
    bare = [pk for pk, subcategory, *_ in back if subcategory is None]
    lost = value_of(with_names(_BARE, **parts), **values, back=bare) if bare else 0
    names: list[str] = []
    if len(back) < action.row_count:
        returned = [pk for pk, *_ in back]
        missing = rows_of(with_names(_MISSING, **parts), **values, back=returned, most=MOST_NAMED)
        names = [name for (name,) in missing]
    run(DONE, user=user_id, action=action.pk)
    return Restored(action.row_count, len(back), int(lost), names)


def returning(column: str) -> Composable:
    """The value of a kept row ``r``, as far as what it refers to is there; needs ``subcategories`` and ``user``."""
    there = Identifier("r", column)
    if column == "tag_ids":
        return SQL(_TAGGED)
    return with_names(_FILED, column=there) if column in ("subcategory_id", "filed_as_id") else there


def forget_deletions(user_id: int, identities: list[tuple[UUID, int]]) -> None:
    """Take imported rows that are in the ledger again off the list of those that were deleted."""
    fingerprints = [fingerprint for fingerprint, _ in identities]
    run(_FORGET, user=user_id, fingerprints=fingerprints, pairs=[f"{key}/{number}" for key, number in identities])


def hold_subcategories(user_id: int) -> set[int]:
    """The subcategories that there are, kept from being deleted."""
    return _ids(_HOLD_SUBCATEGORIES, user_id)


def _ids(statement: str, user_id: int) -> set[int]:
    return {pk for (pk,) in rows_of(statement, user=user_id)}
