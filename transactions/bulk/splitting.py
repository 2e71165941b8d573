"""Rows that become another number of rows, all of them in one statement: a split, a change of one, its parts joined.

The database looks at the parts of a split after each statement, so there is none between what was and what is.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from transactions.bulk.edits import PutBack
from transactions.bulk.statements import DONE, KEEP, hold_subcategories, returning
from transactions.models import Transaction
from transactions.models.bulk_actions import BulkAction
from wealthwise.postgres.sql import first_row, identifiers, rows_of, run, value_of, with_names

_REPLACE: Final = """
WITH wanted AS MATERIALIZED (
    SELECT r.* FROM jsonb_populate_recordset(NULL::transaction, {source}) r
),
gone AS (DELETE FROM transaction t WHERE t.user_id = %(user)s AND t.id = ANY(%(gone)s::bigint[])),
changed AS (
    UPDATE transaction t SET ({columns}) = (SELECT {values} FROM wanted r WHERE r.id = t.id)
    WHERE t.user_id = %(user)s AND t.id = ANY(%(kept)s::bigint[])
)
INSERT INTO transaction (user_id, id, {columns})
SELECT %(user)s, r.id, {values} FROM wanted r WHERE r.id = ANY(%(new)s::bigint[])
"""
_KEEP_SPLIT: Final = """
WITH changed AS (
    SELECT jsonb_build_object('was', %(was)s::jsonb, 'now', (
        SELECT jsonb_agg(to_jsonb(t) ORDER BY t.id) FROM transaction t
        WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[]))) AS old_row
)
{keep}
""".replace("{keep}", KEEP.replace("{sentence}", "%(sentence)s"))
_BEFORE: Final = "(SELECT b.rows -> 0 -> 'was' FROM bulk_action b WHERE b.user_id = %(user)s AND b.id = %(action)s)"
_HOLD: Final = """
    SELECT id FROM transaction WHERE user_id = %(user)s AND id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE
"""
# Whether the rows are as the change left them, none changed and none gone, and what they lost meanwhile.
_LOOK: Final = """
    SELECT b.rows -> 0 -> 'was' -> 0 ->> 'description',
           coalesce(n.rows = b.rows -> 0 -> 'now', false), coalesce(jsonb_array_length(n.rows), 0),
           EXISTS (SELECT FROM jsonb_array_elements(b.rows -> 0 -> 'was') w
                   WHERE (w.value ->> 'subcategory_id')::integer <> ALL(%(subcategories)s::integer[]))
    FROM bulk_action b, LATERAL (
        SELECT jsonb_agg(to_jsonb(t) ORDER BY t.id) AS rows FROM transaction t
        WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[])) n
    WHERE b.user_id = %(user)s AND b.id = %(action)s
"""


def replace_rows(user_id: int, before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], said: str) -> int:
    """Rows that are locked become others, whole rows both by the names of columns; returns what `undo` takes."""
    _write(user_id, {row["id"] for row in before}, {row["id"] for row in after}, "%(rows)s::jsonb", rows=Jsonb(after))
    values = {"user": user_id, "kind": BulkAction.Kind.SPLIT.value, "target": None, "sentence": said[:400]}
    return int(value_of(_KEEP_SPLIT, **values, was=Jsonb(before), ids=[row["id"] for row in after]))


def take_back(user_id: int, action: BulkAction) -> PutBack:
    """Make them what they were, where they still are as the change left them: all of them, or none."""
    there = hold_subcategories(user_id)
    was, now = ({row["id"] for row in action.rows[0][name]} for name in ("was", "now"))
    run(_HOLD, user=user_id, ids=list(was | now))
    values = {"user": user_id, "action": action.pk, "ids": list(now), "subcategories": list(there)}
    name, is_back, count, is_bare = first_row(_LOOK, **values) or ("", False, 0, False)
    if is_back:
        _write(user_id, now, was, _BEFORE, action=action.pk, subcategories=list(there))
    run(DONE, user=user_id, action=action.pk)
    return PutBack(name, is_back, is_gone=count < len(now), is_bare=is_back and is_bare)


def _write(user_id: int, before: set[int], after: set[int], source: str, **values: Any) -> None:
    columns = [str(field.column) for field in Transaction._meta.local_concrete_fields]
    columns = [column for column in columns if column not in ("id", "user_id")]
    chosen = SQL(", ").join(map(returning, columns))
    statement = with_names(_REPLACE, source=SQL(source), columns=identifiers(columns), values=chosen)
    values.setdefault("subcategories", list(hold_subcategories(user_id)))
    ids = {"gone": list(before - after), "kept": list(before & after), "new": list(after - before)}
    run(statement, user=user_id, **ids, **values)


def new_ids(count: int) -> list[int]:
    """Keys for rows that are written by `replace_rows`."""
    keys: Iterable[tuple[int]] = rows_of(_NEXT, count=count) if count else []
    return [key for (key,) in keys]


_NEXT: Final = "SELECT nextval(pg_get_serial_sequence('transaction', 'id')) FROM generate_series(1, %(count)s)"
