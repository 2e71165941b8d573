"""What the list reads, as statements written out: the ORM takes longer to build these than the database to answer.

The filter stays a queryset; its condition is put into each statement (`selection`).
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet

from accounts.models import User
from transactions.models.querysets import TransactionQuerySet
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import named, rows_of, value_of


class Selection(NamedTuple):
    """Some of a user's rows: a condition on ``transaction``, and the values that it names."""

    user: User
    condition: str
    values: dict[str, Any]


type Place = tuple[date, datetime, int]


class Entry(NamedTuple):
    """A row of the ledger as the list and its download need it; ``comment`` is empty where there is none.

    It begins with its place in the list, which is by day, inside a day by timestamp, then by id, the latest first.
    """

    booked_on: date
    transaction_date: datetime
    id: int
    amount: Decimal
    description: str
    subcategory_id: int | None
    account_id: int | None
    transfer_id: UUID | None
    comment: str
    booked_time: time | None
    tag_ids: list[int] | None
    split_id: UUID | None

    @property
    def place(self) -> Place:
        return self[:3]


class Part(NamedTuple):
    """One part of a split, for the line of all of it."""

    split_id: UUID
    id: int
    amount: Decimal
    subcategory_id: int | None
    comment: str
    tag_ids: list[int] | None


class Figures(NamedTuple):
    """What rows add up to: of one day, or of all (``day`` None).

    Transfers are counted and left out of the sums, except where all rows are of one account.

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


# Two index-only ranges of idx_transaction_covering, at any depth. The index is in the order of timestamps, in which
# days may interleave by one day after a change of time zone. So ``near`` takes the first rows in that order, and
# ``beside`` what lies behind the last of them and may still belong to one of their days; no later row comes before
# those. What is not in the index is looked up by key, once for each row of the page (the LIMIT keeps it so). Where a
# split is one line, that is at the place of its first part, and the others, by idx_transaction_split, are left out.
_PAGE = """
    WITH near AS MATERIALIZED (
        SELECT booked_on, transaction_date, id, amount, description, subcategory_id, account_id, transfer_id
        FROM transaction WHERE user_id = %(user)s AND ({condition}){behind}{folded}
        ORDER BY transaction_date DESC, id DESC LIMIT %(limit)s
    ), edge AS MATERIALIZED (
        SELECT min(booked_on) AS day, min(transaction_date) AS last, CASE WHEN count(*) = %(limit)s
            THEN (min(booked_on) - 1)::timestamp AT TIME ZONE 'UTC' ELSE 'infinity' END AS bound
        FROM near
    ), beside AS (
        SELECT booked_on, transaction_date, id, amount, description, subcategory_id, account_id, transfer_id
        FROM transaction WHERE user_id = %(user)s AND ({condition}){behind}{folded}
          AND transaction_date <= (SELECT last FROM edge) AND transaction_date >= (SELECT bound FROM edge)
          AND (transaction_date, id) < (SELECT transaction_date, id FROM near ORDER BY 1, 2 LIMIT 1)
          AND booked_on >= (SELECT day FROM edge)
    )
    SELECT f.*, c.comment, {time}, {tags}, c.split_id
    FROM (SELECT * FROM near UNION ALL SELECT * FROM beside ORDER BY 1 DESC, 2 DESC, 3 DESC LIMIT %(limit)s) f,
         LATERAL (SELECT comment, booked_time, tag_ids, split_id FROM transaction
                  WHERE user_id = %(user)s AND id = f.id LIMIT 1) c
    ORDER BY f.booked_on DESC, f.transaction_date DESC, f.id DESC
"""
_BEHIND = """
          AND (booked_on, transaction_date, id) < (%(day)s, %(timestamp)s, %(id)s)
          AND transaction_date < %(day)s::date + 2
"""
_FOLDED = """
          AND id NOT IN (SELECT s.id FROM transaction s
                         WHERE s.user_id = %(user)s AND s.split_id IS NOT NULL AND s.split_part > 1)
"""

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
           coalesce(sum(amount) FILTER (WHERE amount > 0 AND {counts}), 0) AS money_in,
           coalesce(sum(amount) FILTER (WHERE amount < 0 AND {counts}), 0) AS money_out
    FROM transaction WHERE user_id = %(user)s AND ({condition})
"""
# With the last bulk change, by uq_bulk_action_user.
_ALL = """
    SELECT NULL::date, f.*, b.id, b.sentence
    FROM ({figures}) f LEFT JOIN bulk_action b ON b.user_id = %(user)s AND b.undone_at IS NULL
"""
# Whole days: a range of idx_transaction_covering.
_DAYS = """
    SELECT booked_on, count(*) AS entries, count(transfer_id) AS transfers,
           coalesce(sum(amount) FILTER (WHERE amount > 0 AND {counts}), 0) AS money_in,
           coalesce(sum(amount) FILTER (WHERE amount < 0 AND {counts}), 0) AS money_out,
           NULL::bigint, NULL::text
    FROM transaction
    WHERE user_id = %(user)s AND ({condition}) AND booked_on BETWEEN %(start)s AND %(end)s
          AND transaction_date >= %(start)s::date - 1 AND transaction_date < %(end)s::date + 2
    GROUP BY 1
"""
# What an account held after one of its rows: its balance without all that comes later in the list, where a split is at
# the place of its first part.
_HELD = """
    SELECT a.current_balance - coalesce((
        SELECT sum(t.amount) FROM transaction t
        WHERE t.user_id = %(user)s AND t.account_id = %(account)s AND t.transaction_date >= %(day)s::date - 1
          AND (t.booked_on, t.transaction_date, CASE WHEN t.split_part > 1 THEN (
              SELECT f.id FROM transaction f
              WHERE f.user_id = %(user)s AND f.split_id = t.split_id AND f.split_part = 1) ELSE t.id END)
              > (%(day)s, %(timestamp)s, %(id)s)), 0)
    FROM account a WHERE a.user_id = %(user)s AND a.id = %(account)s
"""


_PARTS = """
    SELECT split_id, id, amount, subcategory_id, comment, tag_ids FROM transaction
    WHERE user_id = %(user)s AND split_id = ANY(%(splits)s::uuid[]) ORDER BY split_id, split_part
"""


def page(
    chosen: Selection,
    *,
    behind: Place | None = None,
    limit: int,
    with_time: bool = False,
    with_tags: bool = False,
    is_folded: bool = False,
) -> list[Entry]:
    """The rows of the list from behind ``behind`` on. Their times are read only ``with_time``, tags ``with_tags``; of
    a split the first part alone where it ``is_folded``.
    """
    parts = {"behind": _BEHIND if behind else "", "time": "c.booked_time" if with_time else "NULL::time"}
    parts["folded"] = _FOLDED if is_folded else ""
    parts["tags"] = "c.tag_ids" if with_tags else "NULL::integer[]"
    statement = _PAGE.format(condition=chosen.condition, **parts)
    day, timestamp, key = behind or (None, None, None)
    place = {"day": day, "timestamp": timestamp, "id": key}
    return [Entry._make(row) for row in rows_of(statement, user=chosen.user.pk, limit=limit, **place, **chosen.values)]


def parts_of(user: User, entries: Sequence[Entry]) -> dict[UUID, list[Part]]:
    """The parts of the splits among these rows; one statement, none without a split."""
    found = dict[UUID, list[Part]]()
    if splits := [entry.split_id for entry in entries if entry.split_id]:
        for row in rows_of(_PARTS, user=user.pk, splits=splits):
            found.setdefault(row[0], []).append(Part._make(row))
    return found


def running(user: User, account_id: int, entries: Sequence[Entry]) -> dict[int, Decimal]:
    """What the account held after each of these rows, which follow each other in the list of it; by their ids.

    One statement, by idx_transaction_user_account_date; none for no rows.
    """
    if not entries:
        return {}
    day, timestamp, key = entries[0].place
    values = {"user": user.pk, "account": account_id, "day": day, "timestamp": timestamp, "id": key}
    held, found = value_of(_HELD, **values), {}
    for entry in entries:
        found[entry.id] = held
        held -= entry.amount
    return found


def figures(
    chosen: Selection,
    days: tuple[date, date] | None,
    *,
    is_ledger: bool,
    only_days: bool,
    of_one_account: bool = False,
) -> dict[date | None, Figures]:
    """Of all (None) and of each of the ``days``, from the first to the last, that has rows; in one statement.

    ``is_ledger`` says that ``chosen`` is the whole ledger, ``only_days`` leaves out what all rows add up to. Rows
    ``of_one_account`` count its transfers, which are money in and out there.
    """
    parts = [] if only_days else [_ALL.replace("{figures}", _LEDGER if is_ledger else _FILTERED)]
    values = {"user": chosen.user.pk, **chosen.values}
    if days:
        parts.append(_DAYS)
        values |= {"start": days[0], "end": days[1]}
    if not parts:
        return {}
    counts = "TRUE" if of_one_account else "transfer_id IS NULL"
    rows = rows_of("UNION ALL".join(parts).format(condition=chosen.condition, counts=counts), **values)
    return {row[0]: Figures._make(row) for row in rows}
