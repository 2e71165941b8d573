"""What the list reads, as statements written out: the ORM takes longer to build these than the database to answer.

The filter stays a queryset; its condition is put into each statement (`selection`).
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet

from accounts.models import User
from transactions.models.querysets import TransactionQuerySet
from wealthwise.core.days import zone_of
from wealthwise.core.money import ZERO
from wealthwise.core.periods import day_bounds
from wealthwise.postgres.sql import rows_of


class Selection(NamedTuple):
    """Some of a user's rows: a condition on ``transaction``, and the values that it names."""

    user: User
    condition: str
    values: dict[str, Any]


class Entry(NamedTuple):
    """A row of the ledger as the list and its download need it; ``comment`` is empty where there is none."""

    id: int
    transaction_date: datetime
    amount: Decimal
    description: str
    subcategory_id: int | None
    account_id: int | None
    transfer_id: UUID | None
    comment: str


class Figures(NamedTuple):
    """What rows add up to: of one day, or of all (``day`` None). Transfers are counted and left out of the sums.

    ``undo_id`` and ``undo_sentence`` come with those of all: the last bulk change, while it can be undone.
    """

    day: date | None = None
    entries: int = 0
    transfers: int = 0
    money_in: Decimal = ZERO
    money_out: Decimal = ZERO
    undo_id: int | None = None
    undo_sentence: str | None = None

    @property
    def net(self) -> Decimal:
        return self.money_in + self.money_out


def selection(user: User, rows: TransactionQuerySet) -> Selection:
    """``rows``, a queryset of ``user``'s own without joins, as SQL."""
    try:
        sql, values = rows.query.get_compiler(using=rows.db).compile(rows.query.where)
    except EmptyResultSet:  # a category without subcategories, a search with a mistake in it
        return Selection(user, "FALSE", {})
    return Selection(user, *named(sql, values))


def named(sql: str, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """SQL of the ORM with its parameters named, so that it can be put into a statement that has others."""
    numbers = iter(range(len(values)))
    text = re.sub(r"%%|%s", lambda found: found[0] if found[0] == "%%" else f"%(p{next(numbers)})s", sql)
    return text, {f"p{number}": value for number, value in enumerate(values)}


# One range of idx_transaction_covering, at any depth; it does not hold the comments, which are looked up by key.
_PAGE = """
    SELECT id, transaction_date, amount, description, subcategory_id, account_id, transfer_id,
           (SELECT c.comment FROM transaction c WHERE c.user_id = %(user)s AND c.id = transaction.id)
    FROM transaction WHERE user_id = %(user)s AND ({condition}){behind}
    ORDER BY transaction_date DESC, id DESC LIMIT %(limit)s
"""
_BEHIND = " AND (transaction_date, id) < (%(timestamp)s, %(id)s)"

# The whole ledger from spending_summary by uq_spending_summary, and from uq_transaction_transfer_leg for the
# transfers, which are not in it: a million rows cost what their months cost.
_LEDGER = """
    SELECT s.entries + t.transfers, t.transfers, s.money_in, s.money_out
    FROM (SELECT coalesce(sum(transaction_count), 0) AS entries, coalesce(sum(received), 0) AS money_in,
                 coalesce(-sum(spent), 0) AS money_out
          FROM spending_summary WHERE user_id = %(user)s) s,
         (SELECT count(*) AS transfers FROM transaction WHERE user_id = %(user)s AND transfer_id IS NOT NULL) t
"""
_FILTERED = """
    SELECT count(*) AS entries, count(transfer_id) AS transfers,
           coalesce(sum(amount) FILTER (WHERE amount > 0 AND transfer_id IS NULL), 0) AS money_in,
           coalesce(sum(amount) FILTER (WHERE amount < 0 AND transfer_id IS NULL), 0) AS money_out
    FROM transaction WHERE user_id = %(user)s AND ({condition})
"""
# With the last bulk change, by uq_bulk_action_user.
_ALL = """
    SELECT NULL::date, f.*, b.id, b.sentence
    FROM ({figures}) f LEFT JOIN bulk_action b ON b.user_id = %(user)s AND b.undone_at IS NULL
"""
# Whole days as they are in the user's zone: a range of idx_transaction_covering.
_DAYS = """
    SELECT (transaction_date AT TIME ZONE %(zone)s)::date, count(*) AS entries, count(transfer_id) AS transfers,
           coalesce(sum(amount) FILTER (WHERE amount > 0 AND transfer_id IS NULL), 0) AS money_in,
           coalesce(sum(amount) FILTER (WHERE amount < 0 AND transfer_id IS NULL), 0) AS money_out,
           NULL::bigint, NULL::text
    FROM transaction
    WHERE user_id = %(user)s AND ({condition}) AND transaction_date >= %(start)s AND transaction_date < %(end)s
    GROUP BY 1
"""


def page(chosen: Selection, *, behind: tuple[datetime, int] | None = None, limit: int) -> list[Entry]:
    """Newest first, from behind the row with that moment and id."""
    statement = _PAGE.format(condition=chosen.condition, behind=_BEHIND if behind else "")
    timestamp, key = behind or (None, None)
    rows = rows_of(statement, user=chosen.user.pk, timestamp=timestamp, id=key, limit=limit, **chosen.values)
    return [Entry._make(row) for row in rows]


def figures(
    chosen: Selection, days: tuple[date, date] | None, *, is_ledger: bool, only_days: bool
) -> dict[date | None, Figures]:
    """Of all (None) and of each of the ``days``, from the first to the last, that has rows; in one statement.

    ``is_ledger`` says that ``chosen`` is the whole ledger, ``only_days`` leaves out what all rows add up to.
    """
    parts = [] if only_days else [_ALL.format(figures=_LEDGER if is_ledger else _FILTERED)]
    values = {"user": chosen.user.pk, **chosen.values}
    if days:
        parts.append(_DAYS)
        zone = zone_of(chosen.user)
        start, end = day_bounds(*days, zone)
        values |= {"zone": str(zone), "start": start, "end": end}
    if not parts:
        return {}
    rows = rows_of("UNION ALL".join(parts).format(condition=chosen.condition), **values)
    return {row[0]: Figures._make(row) for row in rows}
