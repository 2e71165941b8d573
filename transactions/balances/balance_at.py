"""What an account held at the end of any day, by its anchor and the rows between that day and the anchor's."""

from bisect import bisect_right
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Final

from accounts.models import Account, User
from wealthwise.core.errors import NotFound
from wealthwise.core.locales import show_day
from wealthwise.core.money import ZERO, format_money
from wealthwise.postgres.sql import rows_of

# One range of idx_transaction_user_account_date: all that moved between the anchor and the days asked for.
_MOVED: Final = """
    SELECT s.anchored_on, s.anchor_balance, m.day, m.amount
    FROM (
        SELECT a.id, a.anchored_on, a.anchor_balance,
               least(a.anchored_on, %(first)s::date) AS low, greatest(a.anchored_on, %(last)s::date) AS high
        FROM account a WHERE a.user_id = %(user)s AND a.id = %(account)s
    ) s
    LEFT JOIN LATERAL (
        SELECT t.booked_on AS day, sum(t.amount) AS amount
        FROM transaction t
        WHERE t.user_id = %(user)s AND t.account_id = s.id AND t.booked_on > s.low AND t.booked_on <= s.high
          AND t.transaction_date >= s.low::timestamp AT TIME ZONE 'UTC'
          AND t.transaction_date < (s.high + 2)::timestamp AT TIME ZONE 'UTC'
        GROUP BY 1
    ) m ON true
    ORDER BY m.day
"""
# The same for one day each, that of the latest agreed check: what came after the anchor counts, what it explains back.
_AGREED: Final = """
    SELECT a.name, d.day, d.stated, a.anchor_balance + coalesce((
        SELECT sum(CASE WHEN t.booked_on > a.anchored_on THEN t.amount ELSE -t.amount END)
        FROM transaction t
        WHERE t.user_id = %(user)s AND t.account_id = a.id
          AND t.booked_on > least(a.anchored_on, d.day) AND t.booked_on <= greatest(a.anchored_on, d.day)
          AND t.transaction_date >= least(a.anchored_on, d.day)::timestamp AT TIME ZONE 'UTC'
          AND t.transaction_date < (greatest(a.anchored_on, d.day) + 2)::timestamp AT TIME ZONE 'UTC'
    ), 0)
    FROM account a CROSS JOIN LATERAL (
        SELECT c.day, c.stated FROM balance_check c
        WHERE c.user_id = %(user)s AND c.account_id = a.id AND c.outcome <> 'open'
        ORDER BY c.day DESC, c.id DESC LIMIT 1
    ) d
    WHERE a.user_id = %(user)s AND a.reconciled_to IS NOT NULL
    ORDER BY a.name, a.id
"""


def balances_at(account: Account, days: Collection[date]) -> dict[date, Decimal]:
    """The balance of an account at the ends of days, before its anchor or after it: one statement, none for no day."""
    if not days:
        return {}
    where = {"user": account.user_id, "account": account.pk, "first": min(days), "last": max(days)}
    rows = rows_of(_MOVED, **where)
    if not rows:
        raise NotFound("That account is not one of yours.")
    anchored_on: date = rows[0][0]
    anchor_balance: Decimal = rows[0][1]
    moved = [(day, amount) for _, _, day, amount in rows if day is not None]
    booked_on = [day for day, _ in moved]
    sums: list[Decimal] = [ZERO, *accumulate(amount for _, amount in moved)]

    def up_to(day: date) -> Decimal:
        return sums[bisect_right(booked_on, day)]

    return {day: anchor_balance + up_to(day) - up_to(anchored_on) for day in days}


def balance_at(account: Account, day: date) -> Decimal:
    return balances_at(account, [day])[day]


def disagreements(user: User) -> list[str]:
    """A sentence for each account whose latest agreed balance check no longer agrees with the ledger."""
    return [
        f"{name} no longer agrees with your bank: on {show_day(day)} it said {format_money(stated, user.currency)}, "
        f"and the account now has {format_money(now, user.currency)}."
        for name, day, stated, now in rows_of(_AGREED, user=user.pk)
        if now != stated
    ]
