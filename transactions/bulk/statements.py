"""The statements of bulk changes. Each writes the ledger and what undoing needs at once; the triggers run once.

Rows are locked as they are chosen, in the order of their ids, so that what is kept for undoing is what was
replaced, whoever writes at the same time. ``{chosen}`` is the selection as SQL; nothing is written unless as
many rows match as the person saw (``seen``).
"""

from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from transactions.ledger.list_reads import named
from transactions.models import Transaction

# One bulk action of a person after the other: two-key advisory locks of this class, by user id.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7214, %(user)s)"

_RECORD = """
kept AS (
    INSERT INTO bulk_action (user_id, kind, target_id, sentence, row_count, rows)
    SELECT %(user)s, %(kind)s, {target}::integer, '', count(*), jsonb_agg(old_row) FROM changed HAVING count(*) > 0
    ON CONFLICT (user_id) DO UPDATE SET
        id = excluded.id, kind = excluded.kind, target_id = excluded.target_id, sentence = '',
        row_count = excluded.row_count, rows = excluded.rows, created_at = now(), undone_at = NULL
    RETURNING id
)
SELECT (SELECT count(*) FROM chosen), (SELECT count(*) FROM chosen WHERE transfer_id IS NOT NULL),
       (SELECT count(*) FROM changed), (SELECT id FROM kept)
"""
_AS_SEEN = "(SELECT count(*) FROM chosen) = %(seen)s"

_MOVE = f"""
WITH chosen (id, transfer_id, old) AS MATERIALIZED ({{chosen}}),
changed AS (
    UPDATE transaction t SET {{column}} = %(target)s FROM chosen c
    WHERE t.user_id = %(user)s AND t.id = c.id AND c.transfer_id IS NULL AND c.old IS DISTINCT FROM %(target)s
      AND {_AS_SEEN}
    RETURNING jsonb_build_array(t.id, c.old) AS old_row
), {_RECORD.format(target="%(target)s")}
"""  # noqa: S608 - constants only

_DELETE = f"""
WITH chosen (id, transfer_id) AS MATERIALIZED ({{chosen}}),
doomed AS (
    SELECT id FROM chosen
    UNION
    SELECT leg.id FROM chosen c JOIN transaction leg ON leg.user_id = %(user)s AND leg.transfer_id = c.transfer_id
),
changed AS (
    DELETE FROM transaction t USING doomed d WHERE t.user_id = %(user)s AND t.id = d.id AND {_AS_SEEN}
    RETURNING to_jsonb(t) AS old_row
), {_RECORD.format(target="NULL")}
"""  # noqa: S608 - constants only

# What an undo puts back stays there until it has committed.
_HOLD_SUBCATEGORIES = "SELECT 1 FROM subcategory WHERE user_id = %(user)s ORDER BY id FOR KEY SHARE"
_HOLD_IMPORTS = "SELECT 1 FROM import_batch WHERE user_id = %(user)s AND state = 'committed' ORDER BY id FOR SHARE"
_DONE = """
done AS (UPDATE bulk_action SET undone_at = now(), rows = '[]' WHERE user_id = %(user)s AND id = %(action)s)
"""

# A row that is no longer where the change put it, or became a side of a transfer, was changed since and stays.
_MOVE_BACK = f"""
WITH kept AS (
    SELECT (r.value ->> 0)::bigint AS id, (r.value ->> 1)::integer AS old, b.target_id
    FROM bulk_action b CROSS JOIN jsonb_array_elements(b.rows) r WHERE b.user_id = %(user)s AND b.id = %(action)s
),
back AS (
    UPDATE transaction t SET {{column}} = k.old FROM kept k
    WHERE t.user_id = %(user)s AND t.id = k.id AND t.{{column}} = k.target_id AND t.transfer_id IS NULL
      AND (k.old IS NULL OR EXISTS (SELECT FROM {{parent}} p WHERE p.user_id = %(user)s AND p.id = k.old))
    RETURNING 1
), {_DONE}
SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM back), 0
"""  # noqa: S608 - constants only

# A row stays away when its account is gone, its import was reverted, or its file was imported again; then the
# other side of its transfer stays away too.
_COLUMNS = [str(field.column) for field in Transaction._meta.local_concrete_fields]
_VALUES = [
    "CASE WHEN s.id IS NOT NULL THEN r.subcategory_id END" if c == "subcategory_id" else f"r.{c}" for c in _COLUMNS
]
_BRING_BACK = f"""
WITH kept AS (
    SELECT r.*, (r.import_batch_id IS NULL OR EXISTS (
               SELECT FROM import_batch i
               WHERE i.user_id = %(user)s AND i.id = r.import_batch_id AND i.state = 'committed'))
           AND (r.account_id IS NULL OR EXISTS (
               SELECT FROM account a WHERE a.user_id = %(user)s AND a.id = r.account_id))
           AND NOT EXISTS (
               SELECT FROM transaction t WHERE t.user_id = %(user)s
                  AND t.fingerprint = r.fingerprint AND t.occurrence = r.occurrence) AS may_return
    FROM bulk_action b CROSS JOIN jsonb_populate_recordset(NULL::transaction, b.rows) r
    WHERE b.user_id = %(user)s AND b.id = %(action)s
),
back AS (
    INSERT INTO transaction ({", ".join(_COLUMNS)})
    SELECT {", ".join(_VALUES)} FROM kept r
    LEFT JOIN subcategory s ON s.user_id = %(user)s AND s.id = r.subcategory_id
    WHERE r.user_id = %(user)s AND r.may_return
      AND NOT EXISTS (SELECT FROM kept other WHERE other.transfer_id = r.transfer_id AND NOT other.may_return)
    ON CONFLICT DO NOTHING
    RETURNING id, subcategory_id
), {_DONE}
SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM back),
       (SELECT count(*) FROM back JOIN kept USING (id)
        WHERE back.subcategory_id IS NULL AND kept.subcategory_id IS NOT NULL)
"""  # noqa: S608 - constants only


class Changed(NamedTuple):
    """Counts of one change; ``action_id`` is None when nothing changed."""

    matched: int
    transfers: int
    changed: int
    action_id: int | None


class Restored(NamedTuple):
    """Counts of one undo: rows kept, rows restored, and of those the ones without their former subcategory."""

    kept: int
    back: int
    bare: int


def one_at_a_time(user_id: int) -> None:
    """Until the database transaction ends this person's other bulk changes, hinted transfers and resets wait."""
    _run(_ONE_AT_A_TIME, {"user": user_id})


def move(rows: QuerySet[Any, Any], column: str, values: dict[str, Any]) -> Changed:
    """Set ``column`` of ``rows``, which yields id, transfer_id and the column, to ``values["target"]``."""
    return Changed(*_on_rows(_MOVE, rows, values, column=column))


def delete(rows: QuerySet[Any, Any], values: dict[str, Any]) -> Changed:
    """Delete ``rows``, which yields id and transfer_id, and the other sides of transfers among them."""
    return Changed(*_on_rows(_DELETE, rows, values))


def move_back(user_id: int, action_id: int, column: str, parent: str) -> Restored:
    values = {"user": user_id, "action": action_id}
    _run(_HOLD_SUBCATEGORIES, values)
    return Restored(*_run(_MOVE_BACK.format(column=column, parent=parent), values))


def bring_back(user_id: int, action_id: int) -> Restored:
    values = {"user": user_id, "action": action_id}
    _run(_HOLD_IMPORTS, values)
    _run(_HOLD_SUBCATEGORIES, values)
    return Restored(*_run(_BRING_BACK, values))


def _on_rows(statement: str, rows: QuerySet[Any, Any], values: dict[str, Any], **names: str) -> tuple[Any, ...]:
    """Put a selection into a statement; its parameters are named, as those of the statement are."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:  # a category without subcategories
        return (0, 0, 0, None)
    text, chosen = named(sql, parameters)
    return _run(statement.format(chosen=text, **names), values | chosen)


def _run(statement: str, values: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] = cursor.fetchone() or ()
        return row
