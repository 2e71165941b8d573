"""What rules file in one go, kept as the last change: each row has its own target, so it is kept with each row."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from psycopg.types.json import Jsonb

from transactions.bulk.statements import DONE, KEEP, Restored, hold_subcategories, names_of_left
from transactions.models.bulk_actions import BulkAction
from wealthwise.postgres.sql import rows_of, run, value_of

# The new values by id; a constant is looked up by key, see `transactions.bulk.statements`.
_FILE: Final = """
    UPDATE transaction t SET
        subcategory_id = (%(news)s::jsonb -> t.id::text ->> 0)::integer,
        filed_as_id = (%(news)s::jsonb -> t.id::text ->> 0)::integer,
        rule_id = (%(news)s::jsonb -> t.id::text ->> 1)::integer
    WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[])
"""
_KEEP_FILED: Final = """
WITH changed AS (SELECT value AS old_row FROM jsonb_array_elements(%(rows)s::jsonb))
{keep}
""".replace("{keep}", KEEP.replace("{sentence}", "%(sentence)s"))
# A row that is no longer as the rules left it was changed since, and stays.
_TAKE_BACK: Final = """
    UPDATE transaction t SET
        subcategory_id = (%(olds)s::jsonb -> t.id::text ->> 0)::integer,
        filed_as_id = (%(olds)s::jsonb -> t.id::text ->> 1)::integer,
        rule_id = (%(olds)s::jsonb -> t.id::text ->> 2)::integer
    WHERE t.user_id = %(user)s AND t.id = ANY(%(ids)s::bigint[]) AND t.transfer_id IS NULL
      AND t.subcategory_id = (%(olds)s::jsonb -> t.id::text ->> 3)::integer AND t.filed_as_id = t.subcategory_id
    RETURNING t.id
"""


class FiledRow(NamedTuple):
    """A row that rules file: how it was filed, and where it goes by which rule."""

    id: int
    subcategory_id: int | None
    filed_as_id: int | None
    rule_id: int | None
    target_id: int
    by_id: int


def file(user_id: int, rows: Sequence[FiledRow], sentence: str) -> int:
    """File rows that are locked, in two statements; returns what `undo` takes."""
    run(
        _FILE,
        user=user_id,
        ids=[row.id for row in rows],
        news=Jsonb({row.id: [row.target_id, row.by_id] for row in rows}),
    )
    kept = Jsonb([[row.id, row.subcategory_id, row.filed_as_id, row.rule_id, row.target_id] for row in rows])
    kind = BulkAction.Kind.FILE.value
    return int(value_of(_KEEP_FILED, user=user_id, kind=kind, target=None, sentence=sentence[:400], rows=kept))


def take_back(user_id: int, action: BulkAction) -> Restored:
    """Put the rows back where they were, as far as they are where the rules put them."""
    there = hold_subcategories(user_id)
    olds = {pk: old for pk, *old in action.rows if old[0] is None or old[0] in there}
    back = {pk for (pk,) in rows_of(_TAKE_BACK, user=user_id, ids=list(olds), olds=Jsonb(olds))}
    run(DONE, user=user_id, action=action.pk)
    names, changed = names_of_left(user_id, [pk for pk, *_ in action.rows if pk not in back])
    return Restored(action.row_count, len(back), names=names, changed=changed)
