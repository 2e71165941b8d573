"""Net worth over time: today's balances, walked back along the ledger in one statement."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import User
from transactions.summaries.ranges import Stretch
from wealthwise.core.days import ONE_DAY, start_of, zone_of
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of


@dataclass(frozen=True, slots=True)
class WorthPoint:
    """Balances at the end of ``day``: ``owned`` the sum of those above zero, ``owed`` of those below, positive."""

    day: date
    owned: Decimal
    owed: Decimal

    @property
    def net(self) -> Decimal:
        return self.owned - self.owed


@dataclass(frozen=True, slots=True)
class Worth:
    """``later`` is the sum of what open accounts have booked after the last point; the rest counts accounts."""

    points: list[WorthPoint]
    later: Decimal
    open_accounts: int
    closed_accounts: int


# moved: one range scan of idx_transaction_covering, from the first day on.
_WORTH: Final = """
    WITH point AS (
        SELECT %(start)s::date - 1 AS day
        UNION ALL
        SELECT least((first + ('1 ' || %(unit)s)::interval - interval '1 day')::date, %(end)s::date) AS day
        FROM generate_series(date_trunc(%(unit)s, %(start)s::timestamp), %(end)s::timestamp,
                             ('1 ' || %(unit)s)::interval) AS buckets (first)
    ), place AS (
        SELECT id, current_balance, is_active FROM account WHERE user_id = %(user)s
    ), moved AS (
        SELECT account_id,
               greatest(date_trunc('month', transaction_date AT TIME ZONE %(zone)s)::date, %(start)s) AS first,
               transaction_date >= %(beyond)s AS is_later, sum(amount) AS amount
        FROM transaction
        WHERE user_id = %(user)s AND transaction_date >= %(first)s AND account_id IS NOT NULL
        GROUP BY 1, 2, 3
    ), balance AS (
        SELECT p.day, a.current_balance - coalesce(sum(m.amount), 0) AS amount
        FROM point p CROSS JOIN place a
        LEFT JOIN moved m ON m.account_id = a.id AND (m.is_later OR m.first > p.day)
        WHERE a.is_active
        GROUP BY p.day, a.id, a.current_balance
    )
    SELECT p.day, coalesce(sum(b.amount) FILTER (WHERE b.amount > 0), 0),
           coalesce(-sum(b.amount) FILTER (WHERE b.amount < 0), 0),
           (SELECT coalesce(sum(m.amount), 0) FROM moved m JOIN place a ON a.id = m.account_id
            WHERE m.is_later AND a.is_active),
           (SELECT count(*) FROM place WHERE is_active), (SELECT count(*) FROM place WHERE NOT is_active)
    FROM point p LEFT JOIN balance b ON b.day = p.day
    GROUP BY p.day ORDER BY p.day
"""


def net_worth_over_time(user: User, stretch: Stretch, unit: str = "month") -> Worth:
    """Net worth of the accounts that are open now: the day before, each end of a ``unit`` (month, year), the last day.

    A balance at the end of a day is the current one less all that is booked after it, transfers included; an
    opening balance counts from the beginning.
    """
    zone = zone_of(user)
    rows = rows_of(
        _WORTH,
        user=user.pk,
        zone=str(zone),
        unit=unit,
        start=stretch.start,
        end=stretch.end,
        first=start_of(stretch.start, zone),
        beyond=start_of(stretch.end + ONE_DAY, zone),
    )
    points = [WorthPoint(*row[:3]) for row in rows]
    later, open_accounts, closed_accounts = rows[0][3:] if rows else (ZERO, 0, 0)
    return Worth(points, later, open_accounts, closed_accounts)
