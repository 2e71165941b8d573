"""The two lists of the dashboard, open accounts and newest transactions, in one statement."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import Account, User
from transactions.models.cached_names import Names
from wealthwise.core.days import zone_of
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of

SAMPLE: Final = "sample"  # the kind of the batch that marks sample data
RECENT: Final = 8


@dataclass(frozen=True, slots=True)
class OpenAccount:
    id: int
    name: str
    type: str
    bank: str
    balance: Decimal


@dataclass(frozen=True, slots=True)
class RecentTransaction:
    """``day`` is the day in the user's zone; the names are empty where there is none."""

    id: int
    day: date
    description: str
    amount: Decimal
    subcategory: str
    account: str
    is_transfer: bool


@dataclass(frozen=True, slots=True)
class Lists:
    """Accounts with most first, transactions newest first, and the rows of sample data that there are."""

    accounts: list[OpenAccount]
    recent: list[RecentTransaction]
    sample_rows: int

    @property
    def owned(self) -> Decimal:
        return sum((account.balance for account in self.accounts if account.balance > 0), ZERO)

    @property
    def owed(self) -> Decimal:
        return -sum((account.balance for account in self.accounts if account.balance < 0), ZERO)


# By idx_account_user_active, and index-only from the top of idx_transaction_covering. The sample stands on each
# account: whoever has sample data has accounts.
_LISTS: Final = """
    (SELECT id, name, current_balance, account_type, bank_name,
            coalesce((SELECT new_count FROM import_batch WHERE user_id = %(user)s AND kind = %(sample)s LIMIT 1), 0),
            NULL::date AS day, NULL::int AS subcategory, NULL::int AS account, NULL::boolean AS is_transfer
     FROM account WHERE user_id = %(user)s AND is_active ORDER BY current_balance DESC, name)
    UNION ALL
    (SELECT id, description, amount, '', '', 0, (transaction_date AT TIME ZONE %(zone)s)::date,
            subcategory_id, account_id, transfer_id IS NOT NULL
     FROM transaction WHERE user_id = %(user)s ORDER BY transaction_date DESC, id DESC LIMIT %(limit)s)
"""


def lists_of(user: User, names: Names) -> Lists:
    rows = rows_of(_LISTS, user=user.pk, sample=SAMPLE, zone=str(zone_of(user)), limit=RECENT)
    accounts = [row for row in rows if row[6] is None]
    return Lists(
        accounts=[
            OpenAccount(pk, name, Account.Type(kind).label, bank, balance)
            for pk, name, balance, kind, bank, *_ in accounts
        ],
        recent=[
            RecentTransaction(
                pk, day, text, amount, names.subcategories.get(filed, ""), names.accounts.get(account, ""), is_transfer
            )
            for pk, text, amount, _, _, _, day, filed, account, is_transfer in rows[len(accounts) :]
        ],
        sample_rows=accounts[0][5] if accounts else 0,
    )
