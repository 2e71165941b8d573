"""The statements of bulk changes. Each writes the ledger and what undoing needs at once; the triggers run once.

Rows are locked as they are chosen, in the order of their ids, so that what is kept for undoing is what was
replaced, whoever writes at the same time. ``{chosen}`` is the selection as SQL; nothing is written unless as
many rows match as the user saw (``seen``).
"""

from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from psycopg.sql import SQL, Identifier

from transactions.ledger.list_reads import named
from transactions.models import Transaction
from wealthwise.postgres.sql import identifiers, rows_as, run, with_names

_MOVE = """
WITH chosen (id, transfer_id, old) AS MATERIALIZED ({chosen}),
changed AS (
    UPDATE transaction t SET {column} = %(target)s FROM chosen c
    WHERE t.user_id = %(user)s AND t.id = c.id AND c.transfer_id IS NULL AND c.old IS DISTINCT FROM %(target)s
      AND (SELECT count(*) FROM chosen) = %(seen)s
    RETURNING jsonb_build_array(t.id, c.old) AS old_row
),
kept AS (
    INSERT INTO bulk_action (user_id, kind, target_id, sentence, row_count, rows)
    SELECT %(user)s, %(kind)s, %(target)s::integer, '', count(*), jsonb_agg(old_row) FROM changed HAVING count(*) > 0
    ON CONFLICT (user_id) DO UPDATE SET
        id = excluded.id, kind = excluded.kind, target_id = excluded.target_id, sentence = '',
        row_count = excluded.row_count, rows = excluded.rows, created_at = now(), undone_at = NULL
    RETURNING id
)
SELECT (SELECT count(*) FROM chosen), (SELECT count(*) FROM chosen WHERE transfer_id IS NOT NULL),
       (SELECT count(*) FROM changed), (SELECT id FROM kept)
"""

_DELETE = """
WITH chosen (id, transfer_id) AS MATERIALIZED ({chosen}),
doomed AS (
    SELECT id FROM chosen
    UNION
    SELECT leg.id FROM chosen c JOIN transaction leg ON leg.user_id = %(user)s AND leg.transfer_id = c.transfer_id
),
changed AS (
    DELETE FROM transaction t USING doomed d WHERE t.user_id = %(user)s AND t.id = d.id
      AND (SELECT count(*) FROM chosen) = %(seen)s
    RETURNING to_jsonb(t) AS old_row
),
kept AS (
    INSERT INTO bulk_action (user_id, kind, target_id, sentence, row_count, rows)
    SELECT %(user)s, %(kind)s, %(target)s::integer, '', count(*), jsonb_agg(old_row) FROM changed HAVING count(*) > 0
    ON CONFLICT (user_id) DO UPDATE SET
        id = excluded.id, kind = excluded.kind, target_id = excluded.target_id, sentence = '',
        row_count = excluded.row_count, rows = excluded.rows, created_at = now(), undone_at = NULL
    RETURNING id
)
SELECT (SELECT count(*) FROM chosen), (SELECT count(*) FROM chosen WHERE transfer_id IS NOT NULL),
       (SELECT count(*) FROM changed), (SELECT id FROM kept)
"""

# What an undo puts back stays there until it has committed.
_HOLD_SUBCATEGORIES = "SELECT 1 FROM subcategory WHERE user_id = %(user)s ORDER BY id FOR KEY SHARE"
_HOLD_IMPORTS = "SELECT 1 FROM import_batch WHERE user_id = %(user)s AND state = 'committed' ORDER BY id FOR SHARE"

# A row that is no longer where the change put it, or became a side of a transfer, was changed since and stays.
_MOVE_BACK = """
WITH kept AS (
    SELECT (r.value ->> 0)::bigint AS id, (r.value ->> 1)::integer AS old, b.target_id
    FROM bulk_action b CROSS JOIN jsonb_array_elements(b.rows) r WHERE b.user_id = %(user)s AND b.id = %(action)s
),
back AS (
    UPDATE transaction t SET {column} = k.old FROM kept k
    WHERE t.user_id = %(user)s AND t.id = k.id AND t.{column} = k.target_id AND t.transfer_id IS NULL
      AND (k.old IS NULL OR EXISTS (SELECT FROM {parent} p WHERE p.user_id = %(user)s AND p.id = k.old))
    RETURNING 1
),
done AS (UPDATE bulk_action SET undone_at = now(), rows = '[]' WHERE user_id = %(user)s AND id = %(action)s)
SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM back), 0
"""

# A row stays away when its account is gone, its import was reverted, or its file was imported again; then the
# other side of its transfer stays away too.
_BRING_BACK = """
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
    INSERT INTO transaction ({columns})
    SELECT {values} FROM kept r
    LEFT JOIN subcategory s ON s.user_id = %(user)s AND s.id = r.subcategory_id
    WHERE r.user_id = %(user)s AND r.may_return
      AND NOT EXISTS (SELECT FROM kept other WHERE other.transfer_id = r.transfer_id AND NOT other.may_return)
    ON CONFLICT DO NOTHING
    RETURNING id, subcategory_id
),
done AS (UPDATE bulk_action SET undone_at = now(), rows = '[]' WHERE user_id = %(user)s AND id = %(action)s)
SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM back),
       (SELECT count(*) FROM back JOIN kept USING (id)
        WHERE back.subcategory_id IS NULL AND kept.subcategory_id IS NOT NULL)
"""


class ChangeCounts(NamedTuple):
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


def move(rows: QuerySet[Any, Any], column: str, values: dict[str, Any]) -> ChangeCounts:
    """Set ``column`` of ``rows``, which yields id, transfer_id and the column, to ``values["target"]``."""
    return _on_rows(_MOVE, rows, values, column=column)


def delete(rows: QuerySet[Any, Any], values: dict[str, Any]) -> ChangeCounts:
    """Delete ``rows``, which yields id and transfer_id, and the other sides of transfers among them."""
    return _on_rows(_DELETE, rows, values | {"target": None})


def move_back(user_id: int, action_id: int, column: str, parent: str) -> Restored:
    run(_HOLD_SUBCATEGORIES, user=user_id)
    return rows_as(Restored, with_names(_MOVE_BACK, column=column, parent=parent), user=user_id, action=action_id)[0]


def bring_back(user_id: int, action_id: int) -> Restored:
    run(_HOLD_IMPORTS, user=user_id)
    run(_HOLD_SUBCATEGORIES, user=user_id)
    columns = [str(field.column) for field in Transaction._meta.local_concrete_fields]
    values = [SQL("s.id") if name == "subcategory_id" else Identifier("r", name) for name in columns]
    statement = with_names(_BRING_BACK, columns=identifiers(columns), values=SQL(", ").join(values))
    return rows_as(Restored, statement, user=user_id, action=action_id)[0]


def _on_rows(statement: str, rows: QuerySet[Any, Any], values: dict[str, Any], **names: str) -> ChangeCounts:
    """Put a selection into a statement; its parameters are named, as those of the statement are."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:  # a category without subcategories
        return ChangeCounts(0, 0, 0, None)
    text, chosen = named(sql, parameters)
    return rows_as(ChangeCounts, with_names(statement, chosen=SQL(text), **names), **values, **chosen)[0]
