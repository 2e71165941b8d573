"""Balances of accounts at the ends of months, worked out backwards from what they are now.

A month ends in the user's zone. What is booked ahead counts from its own month on, as in the balance itself.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import Account, User
from transactions.models import Transaction
from wealthwise.core.days import first_of_month, months_before, start_of, today_of, zone_of
from wealthwise.postgres.sql import rows_of

MOST_MONTHS = 600


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """``month`` is its first day; ``balance`` that at its end."""

    month: date
    balance: Decimal


# One range of idx_transaction_covering, index-only: the rows that were booked after the first month's end.
_ALL = """
    WITH moved AS (
        SELECT account_id, date_trunc('month', transaction_date AT TIME ZONE %(zone)s)::date AS month,
               sum(amount) AS amount
        FROM transaction
        WHERE user_id = %(user)s AND transaction_date >= %(start)s AND account_id IS NOT NULL
        GROUP BY 1, 2
    )
    SELECT a.id, a.current_balance - coalesce(sum(v.amount), 0)
    FROM account a
    CROSS JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 month') AS m (month)
    LEFT JOIN moved v ON v.account_id = a.id AND v.month > m.month::date
    WHERE a.user_id = %(user)s
    GROUP BY a.id, m.month ORDER BY a.id, m.month
"""

# One range of idx_transaction_user_account_date. The line begins a month before the account does, at its opening
# balance, and never before the month asked for.
_ONE = """
    WITH oldest AS (
        SELECT min(transaction_date) AS moment FROM transaction WHERE user_id = %(user)s AND account_id = %(account)s
    ), span AS (
        SELECT a.id, a.current_balance, greatest(
                   %(first)s::date,
                   date_trunc('month', least(a.created_at, o.moment) AT TIME ZONE %(zone)s - interval '1 month')
               )::timestamp AS first
        FROM account a CROSS JOIN oldest o WHERE a.user_id = %(user)s AND a.id = %(account)s
    ), moved AS (
        SELECT date_trunc('month', transaction_date AT TIME ZONE %(zone)s)::date AS month, sum(amount) AS amount
        FROM transaction
        WHERE user_id = %(user)s AND account_id = %(account)s
          AND transaction_date >= (SELECT first FROM span) AT TIME ZONE %(zone)s
        GROUP BY 1
    )
    SELECT m.month::date, s.current_balance - coalesce(sum(v.amount), 0)
    FROM span s
    CROSS JOIN generate_series(s.first, %(last)s::timestamp, interval '1 month') AS m (month)
    LEFT JOIN moved v ON v.month > m.month::date
    GROUP BY s.current_balance, m.month ORDER BY m.month
"""


def month_ends(user: User, *, months: int) -> dict[int, list[Decimal]]:
    """Each account's balance, by id, at the ends of the last ``months`` months, this one included, oldest first."""
    last = first_of_month(today_of(user))
    first = months_before(last, months - 1)
    zone = zone_of(user)
    found: dict[int, list[Decimal]] = {}
    for account_id, balance in rows_of(
        _ALL, user=user.pk, zone=str(zone), start=start_of(first, zone), first=first, last=last
    ):
        found.setdefault(account_id, []).append(balance)
    return found


def history(account: Account, *, months: int = 12) -> list[MonthEnd]:
    """The balance of one account at the ends of at most ``months`` months, this one included, oldest first."""
    user = account.user
    last = first_of_month(today_of(user))
    first = months_before(last, min(months, MOST_MONTHS) - 1)
    rows = rows_of(_ONE, user=user.pk, account=account.pk, zone=str(zone_of(user)), first=first, last=last)
    return [MonthEnd(*row) for row in rows]


def newest_of(account: Account, limit: int = 8) -> list[Transaction]:
    """The newest rows of an account with their subcategories; the top of idx_transaction_user_account_date."""
    return list(Transaction.objects.for_user(account.user).filter(account=account).newest_first().for_list()[:limit])
