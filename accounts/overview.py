"""The accounts page as prepared text."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Account
from wealthwise.money import format_money


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of the list; `balance` is formatted."""

    id: int
    name: str
    detail: str
    balance: str
    is_negative: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Open and closed accounts; the three sums are over the open ones, and formatted."""

    active: list[AccountRow]
    closed: list[AccountRow]
    net_worth: str
    owned: str
    owed: str


def overview(accounts: Iterable[Account], currency: str) -> Overview:
    """Prepare `accounts` (all of one person) for the page."""
    rows = [(account.is_active, _row(account, currency)) for account in accounts]
    balances = [account.current_balance for account in accounts if account.is_active]
    owned = sum((balance for balance in balances if balance > 0), Decimal(0))
    owed = -sum((balance for balance in balances if balance < 0), Decimal(0))
    return Overview(
        active=[row for is_active, row in rows if is_active],
        closed=[row for is_active, row in rows if not is_active],
        net_worth=format_money(owned - owed, currency),
        owned=format_money(owned, currency),
        owed=format_money(owed, currency),
    )


def _row(account: Account, currency: str) -> AccountRow:
    number = f"•••• {account.number_last4}" if account.number_last4 else ""
    parts = [account.get_account_type_display(), account.bank_name, number]
    return AccountRow(
        id=account.pk,
        name=account.name,
        detail=" · ".join(part for part in parts if part),
        balance=format_money(account.current_balance, currency),
        is_negative=account.current_balance < 0,
    )
