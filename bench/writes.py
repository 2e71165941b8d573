"""What measuring writes leaves behind, and taking it away again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.people import Person

_ROWS = """SELECT id, user_id, account_id, subcategory_id, amount, description, comment, transaction_date
    FROM transaction WHERE user_id = %s AND id = ANY(%s)"""
_RESTORE = """UPDATE transaction t SET account_id = old.account_id, subcategory_id = old.subcategory_id,
        amount = old.amount, description = old.description, comment = old.comment,
        transaction_date = old.transaction_date
    FROM (VALUES (%s::bigint, %s::int, %s::int, %s::int, %s::numeric, %s::text, %s::text, %s::timestamptz))
        old (id, user_id, account_id, subcategory_id, amount, description, comment, transaction_date)
    WHERE t.user_id = old.user_id AND t.id = old.id"""


@dataclass(frozen=True, slots=True)
class Before:
    """The last ids that there were, and the rows that edits change."""

    transaction: int
    batch: int
    people: list[int]
    rows: list[tuple[Any, ...]]


def remember(connection: "psycopg.Connection[Any]", people: Sequence[Person]) -> Before:
    """Ids above the highest are ours: nobody else writes to a measured database."""
    transaction, batch = connection.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM transaction), (SELECT coalesce(max(id), 0) FROM import_batch)"
    ).fetchone()
    rows = [row for person in people for row in connection.execute(_ROWS, [person.id, person.newest]).fetchall()]
    return Before(transaction, batch, [person.id for person in people], rows)


def undo(connection: "psycopg.Connection[Any]", before: Before) -> None:
    """Balances and summaries follow by trigger. Undo records of bulk edits stay: there is one a person."""
    with connection.transaction():
        connection.execute(
            "DELETE FROM transaction WHERE user_id = ANY(%s) AND id > %s", [before.people, before.transaction]
        )
        connection.execute(
            "DELETE FROM import_batch WHERE user_id = ANY(%s) AND id > %s", [before.people, before.batch]
        )
        for row in before.rows:
            connection.execute(_RESTORE, row)
