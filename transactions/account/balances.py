"""Balances of accounts at the ends of months and today, worked out backwards from all that is booked.

What is booked for a day after today is in no balance of today: it is upcoming, and counts from its own day on.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import Account, User
from transactions.models import Transaction
from wealthwise.core.days import ONE_DAY, first_of_month, months_before, today_of
from wealthwise.postgres.sql import rows_of

MOST_MONTHS = 600


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """``month`` is its first day; ``balance`` that at its end, of the month that is today's that of today."""

    month: date
    balance: Decimal


# One range of idx_transaction_covering, index-only: the rows that were booked after the first month's end.
_ALL = """
    WITH moved AS (
        SELECT account_id, date_trunc('month', booked_on)::date AS month, booked_on > %(today)s AS is_later,
               sum(amount) AS amount
        FROM transaction
        WHERE user_id = %(user)s AND booked_on >= %(start)s
          AND transaction_date >= %(start)s::date - 1 AND account_id IS NOT NULL
        GROUP BY 1, 2, 3
    )
    SELECT a.id, a.current_balance - coalesce(sum(v.amount), 0)
    FROM account a
    CROSS JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 month') AS m (month)
    LEFT JOIN moved v ON v.account_id = a.id
        AND CASE WHEN m.month::date = %(last)s THEN v.is_later ELSE v.month > m.month::date END
    WHERE a.user_id = %(user)s
    GROUP BY a.id, m.month ORDER BY a.id, m.month
"""

# One range of idx_transaction_user_account_date. The line begins a month before the account does, at its opening
# balance, and never before the month asked for.
_ONE = """
    WITH span AS (
        SELECT a.current_balance, greatest(%(first)s::date, date_trunc('month', coalesce((
                   SELECT (min(transaction_date) AT TIME ZONE 'UTC')::date FROM transaction
                   WHERE user_id = %(user)s AND account_id = %(account)s
               ), a.anchored_on) - interval '1 month')::date) AS first
        FROM account a WHERE a.user_id = %(user)s AND a.id = %(account)s
    ), moved AS (
        SELECT date_trunc('month', booked_on)::date AS month, booked_on > %(today)s AS is_later, sum(amount) AS amount
        FROM transaction
        WHERE user_id = %(user)s AND account_id = %(account)s AND booked_on >= (SELECT first FROM span)
          AND transaction_date >= (SELECT first FROM span)::date - 1
        GROUP BY 1, 2
    )
    SELECT m.month::date, s.current_balance - coalesce(sum(v.amount), 0)
    FROM span s
    CROSS JOIN generate_series(s.first::timestamp, %(last)s::timestamp, interval '1 month') AS m (month)
    LEFT JOIN moved v ON CASE WHEN m.month::date = %(last)s THEN v.is_later ELSE v.month > m.month::date END
    GROUP BY s.current_balance, m.month ORDER BY m.month
"""


def month_ends(user: User, *, months: int) -> dict[int, list[Decimal]]:
    """Each account's balance, by id, at the ends of the last ``months - 1`` months and today, oldest first."""
    today = today_of(user)
    last = first_of_month(today)
    first = months_before(last, months - 1)
    start = min(months_before(first, -1), today + ONE_DAY)
    found: dict[int, list[Decimal]] = {}
    for account_id, balance in rows_of(_ALL, user=user.pk, today=today, start=start, first=first, last=last):
        found.setdefault(account_id, []).append(balance)
    return found


def history(account: Account, *, months: int = 12) -> list[MonthEnd]:
    """The balance of one account at the ends of at most ``months`` months, the last as of today, oldest first."""
    user = account.user
    today = today_of(user)
    last = first_of_month(today)
    first = months_before(last, min(months, MOST_MONTHS) - 1)
    rows = rows_of(_ONE, user=user.pk, account=account.pk, today=today, first=first, last=last)
    return [MonthEnd(*row) for row in rows]


def newest_of(account: Account, limit: int = 8) -> list[Transaction]:
    """The newest rows of an account with their subcategories; the top of idx_transaction_user_account_date."""
    rows = Transaction.objects.for_user(account.user).filter(account=account).latest_first().for_list()[:limit]
    return sorted(rows, key=lambda row: (row.booked_on, row.transaction_date, row.pk), reverse=True)
