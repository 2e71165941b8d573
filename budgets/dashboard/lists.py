"""The two lists of the dashboard, open accounts and newest transactions, in one statement."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import Account, User
from transactions.models.cached_names import Names
from transactions.pairing import hints
from wealthwise.core.days import ONE_DAY
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of

SAMPLE: Final = "sample"  # the kind of the batch that marks sample data
RECENT: Final = 8
ATTENTION: Final = 31  # days back in which possible transfers are looked for


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """``balance`` is that of today; ``upcoming`` the sum of what is booked for later days."""

    id: int
    name: str
    type: str
    bank: str
    balance: Decimal
    upcoming: Decimal


@dataclass(frozen=True, slots=True)
class RecentTransaction:
    """The names are empty where there is none."""

    id: int
    day: date
    description: str
    amount: Decimal
    subcategory: str
    account: str
    is_transfer: bool


@dataclass(frozen=True, slots=True)
class Lists:
    """Accounts with most first, transactions newest first, the rows of sample data that there are, and how many pairs
    of rows of the last weeks look like transfers. ``homeless`` rows have no account, counted up to a thousand.
    """

    accounts: list[OpenAccount]
    recent: list[RecentTransaction]
    sample_rows: int
    transfers: int
    homeless: int

    @property
    def owned(self) -> Decimal:
        return sum((account.balance for account in self.accounts if account.balance > 0), ZERO)

    @property
    def owed(self) -> Decimal:
        return -sum((account.balance for account in self.accounts if account.balance < 0), ZERO)


# By idx_account_user_active, and index-only from the top of idx_transaction_covering: what is booked for later days,
# and the rows that can be the newest in the list's order, in which a day may lie two days from its timestamp. The
# sample stands on each account, and so does the number of rows in none, by idx_transaction_user_account_date: whoever
# has either has accounts, or needs none.
_LISTS: Final = (
    """
    WITH later AS (
        SELECT account_id, sum(amount) AS amount FROM transaction
        WHERE user_id = %(user)s AND booked_on >= %(tomorrow)s
          AND transaction_date >= %(tomorrow)s::date - 1 AND account_id IS NOT NULL GROUP BY 1
    )
    (SELECT id, name, current_balance - coalesce(l.amount, 0), account_type, bank_name,
            coalesce((SELECT new_count FROM import_batch WHERE user_id = %(user)s AND kind = %(sample)s LIMIT 1), 0),
            ("""  # noqa: S608 - constants only
    + hints.COUNT
    + """), NULL::date AS day, NULL::int AS subcategory, NULL::int AS account, NULL::boolean AS is_transfer,
            coalesce(l.amount, 0),
            (SELECT count(*) FROM (
                SELECT FROM transaction WHERE user_id = %(user)s AND account_id IS NULL LIMIT 1000) n)
     FROM account LEFT JOIN later l ON l.account_id = account.id
     WHERE user_id = %(user)s AND is_active ORDER BY 3 DESC, name)
    UNION ALL
    (SELECT id, description, amount, '', '', 0, 0, booked_on, subcategory_id, account_id, transfer_id IS NOT NULL, 0, 0
     FROM transaction WHERE user_id = %(user)s AND transaction_date >= (
         SELECT min(transaction_date) - interval '3 days' FROM (
             SELECT transaction_date FROM transaction WHERE user_id = %(user)s
             ORDER BY transaction_date DESC LIMIT %(limit)s
         ) newest
     ) ORDER BY booked_on DESC, transaction_date DESC, id DESC LIMIT %(limit)s)
"""
)


def lists_of(user: User, names: Names, today: date) -> Lists:
    looked_at = hints.since_days(today, ATTENTION)
    rows = rows_of(_LISTS, user=user.pk, sample=SAMPLE, tomorrow=today + ONE_DAY, limit=RECENT, **looked_at)
    accounts = [row for row in rows if row[7] is None]
    return Lists(
        accounts=[
            OpenAccount(pk, name, Account.Type(kind).label, bank, balance, upcoming)
            for pk, name, balance, kind, bank, *_, upcoming, _ in accounts
        ],
        recent=[
            RecentTransaction(
                pk, day, text, amount, names.subcategories.get(filed, ""), names.accounts.get(account, ""), is_transfer
            )
            for pk, text, amount, _, _, _, _, day, filed, account, is_transfer, *_ in rows[len(accounts) :]
        ],
        sample_rows=accounts[0][5] if accounts else 0,
        transfers=accounts[0][6] if accounts else 0,
        homeless=accounts[0][-1] if accounts else 0,
    )
