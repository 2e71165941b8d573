"""Single edits, kept as the last change so that they can be taken back as bulk changes are.

What is kept is what became different: of each row the columns as they were and as they then were.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from accounts.models import User
from transactions.bulk.statements import DONE, KEEP, hold_subcategories
from transactions.models.bulk_actions import BulkAction
from wealthwise.postgres.sql import rows_of, run, value_of

_HELD: Final = """
    SELECT to_jsonb(t) FROM transaction t
    WHERE t.user_id = %(user)s
      AND (t.id = %(id)s OR t.transfer_id = %(transfer)s::uuid
           OR t.split_id = (SELECT s.split_id FROM transaction s WHERE s.user_id = %(user)s AND s.id = %(id)s))
    ORDER BY t.id FOR NO KEY UPDATE
"""
_KEEP_EDITED: Final = """
WITH changed AS (
    SELECT jsonb_build_object(
        'id', t.id, 'name', b.value -> 'description',
        'was', (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(b.value) e
                WHERE e.value IS DISTINCT FROM to_jsonb(t) -> e.key),
        'now', (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(to_jsonb(t)) e
                WHERE e.value IS DISTINCT FROM b.value -> e.key)) AS old_row
    FROM jsonb_array_elements(%(before)s::jsonb) b
    JOIN transaction t ON t.user_id = %(user)s AND t.id = (b.value ->> 'id')::bigint
    WHERE to_jsonb(t) <> b.value
)
{keep}
""".replace("{keep}", KEEP.replace("{sentence}", "'Changed “' || min(old_row ->> 'name') || '”.'"))

# By the ids of one or two rows. Of a transfer both sides go back, or neither.
_LOOK: Final = """
    SELECT r.value ->> 'name', t.id IS NOT NULL, coalesce(to_jsonb(t) @> (r.value -> 'now'), false)
    FROM bulk_action b CROSS JOIN jsonb_array_elements(b.rows) r
    LEFT JOIN transaction t ON t.user_id = %(user)s AND t.id = (r.value ->> 'id')::bigint
    WHERE b.user_id = %(user)s AND b.id = %(action)s
"""
_PUT_BACK: Final = """
    UPDATE transaction t SET
        (amount, description, comment, account_id, booked_on, booked_time, transaction_date, filed_as_id,
         tag_ids) = (
            SELECT o.amount, o.description, o.comment, o.account_id, o.booked_on, o.booked_time, o.transaction_date,
                   o.filed_as_id, (SELECT array_agg(g.id ORDER BY g.id) FROM tag g
                                   WHERE g.user_id = %(user)s AND g.id = ANY(o.tag_ids))
            FROM jsonb_populate_record(t, r.value -> 'was') o),
        subcategory_id = (SELECT s.id FROM jsonb_populate_record(t, r.value -> 'was') o
                          JOIN subcategory s ON s.user_id = %(user)s AND s.id = o.subcategory_id)
    FROM bulk_action b CROSS JOIN jsonb_array_elements(b.rows) r
    WHERE b.user_id = %(user)s AND b.id = %(action)s AND t.user_id = %(user)s AND t.id = (r.value ->> 'id')::bigint
    RETURNING t.subcategory_id IS NULL AND r.value -> 'was' ->> 'subcategory_id' IS NOT NULL
"""


@dataclass(slots=True)
class Kept:
    """``action_id`` is what `undo` takes, None until the block has ended or where nothing became different."""

    action_id: int | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """What came of an undo: the row's name, whether it went back, was deleted since, and lost its subcategory."""

    name: str
    is_back: bool
    is_gone: bool = False
    is_bare: bool = False


@contextmanager
def undoable(user: User, *, row_id: int, transfer_id: UUID | None = None) -> Iterator[Kept]:
    """Around a change of one row and of all parts of its split, or of both sides of a transfer: keep what it changes
    as the last change.

    Locks the rows; whoever calls holds the lock of the user's bulk changes, which comes before.
    """
    before = rows_of(_HELD, user=user.pk, id=row_id, transfer=transfer_id)
    kept = Kept()
    yield kept
    values = {"user": user.pk, "kind": BulkAction.Kind.EDIT.value, "target": None}
    listed = "[" + ",".join(text for (text,) in before) + "]"
    kept.action_id = value_of(_KEEP_EDITED, **values, before=listed)


def put_back(user_id: int, action: BulkAction) -> PutBack:
    """Take an edit back where its rows still are as it left them."""
    values = {"user": user_id, "action": action.pk}
    hold_subcategories(user_id)
    rows_of(_HELD_AGAIN, **values)
    found = rows_of(_LOOK, **values)
    name = found[0][0] if found else ""
    is_back = bool(found) and all(same for _, _, same in found)
    bare = rows_of(_PUT_BACK, **values) if is_back else []
    run(DONE, **values)
    is_gone = not all(there for _, there, _ in found)
    return PutBack(name, is_back, is_gone, any(lost for (lost,) in bare))


_HELD_AGAIN: Final = """
    SELECT 1 FROM transaction t
    WHERE t.user_id = %(user)s AND t.id IN (
        SELECT (r.value ->> 'id')::bigint FROM bulk_action b CROSS JOIN jsonb_array_elements(b.rows) r
        WHERE b.user_id = %(user)s AND b.id = %(action)s)
    ORDER BY t.id FOR NO KEY UPDATE
"""
