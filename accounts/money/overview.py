"""The accounts page as prepared text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from accounts.models import Account
from wealthwise.core.charts.sparkline import sparkline
from wealthwise.core.money import format_money

MONTHS = 12
_ORDER = {kind: position for position, kind in enumerate(Account.Type.values)}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of the list; `balance` is formatted, `line` the path of its year and `trend` that in words."""

    id: int
    name: str
    detail: str
    balance: str
    is_negative: bool
    line: str = ""
    trend: str = ""


@dataclass(frozen=True, slots=True)
class TypeGroup:
    """The open accounts of one type, which their details leave out; `total` is formatted."""

    label: str
    total: str
    is_negative: bool
    rows: list[AccountRow]


@dataclass(frozen=True, slots=True)
class Overview:
    """Open and closed accounts; the three sums are over the open ones, and formatted."""

    active: list[AccountRow]
    closed: list[AccountRow]
    groups: list[TypeGroup]
    net_worth: str
    owned: str
    owed: str


def overview(
    accounts: Iterable[Account], currency: str, past: Mapping[int, Sequence[Decimal]] | None = None
) -> Overview:
    """Prepare `accounts` (all of one person) for the page, with their `past` month ends by id."""
    known = past or {}
    rows = [(account, _row(account, currency, known.get(account.pk, []))) for account in accounts]
    balances = [account.current_balance for account, _ in rows if account.is_active]
    owned = sum((balance for balance in balances if balance > 0), Decimal(0))
    owed = -sum((balance for balance in balances if balance < 0), Decimal(0))
    return Overview(
        active=[row for account, row in rows if account.is_active],
        closed=[row for account, row in rows if not account.is_active],
        groups=_groups([pair for pair in rows if pair[0].is_active], currency),
        net_worth=format_money(owned - owed, currency),
        owned=format_money(owned, currency),
        owed=format_money(owed, currency),
    )


def _groups(rows: list[tuple[Account, AccountRow]], currency: str) -> list[TypeGroup]:
    """By type, in the order of the types; inside in the order given."""
    found = []
    by_type = sorted(rows, key=lambda pair: _ORDER[pair[0].account_type])
    for _, members in groupby(by_type, key=lambda pair: pair[0].account_type):
        pairs = list(members)
        total = sum((account.current_balance for account, _ in pairs), Decimal(0))
        label = pairs[0][0].get_account_type_display()
        inside = [replace(row, detail=_place_of(account)) for account, row in pairs]
        found.append(TypeGroup(label, format_money(total, currency), total < 0, inside))
    return found


def detail_of(account: Account) -> str:
    """Such as "Checking · First Bank · •••• 1234"."""
    return " · ".join(part for part in (account.get_account_type_display(), _place_of(account)) if part)


def _place_of(account: Account) -> str:
    number = f"••••\u00a0{account.number_last4}" if account.number_last4 else ""
    return " · ".join(part for part in (account.bank_name, number) if part)


def _row(account: Account, currency: str, past: Sequence[Decimal]) -> AccountRow:
    return AccountRow(
        id=account.pk,
        name=account.name,
        detail=detail_of(account),
        balance=format_money(account.current_balance, currency),
        is_negative=account.current_balance < 0,
        line=sparkline(past),
        trend=_trend(past, currency),
    )


def _trend(past: Sequence[Decimal], currency: str) -> str:
    if len(past) < 2:
        return ""
    return f"Last {len(past)} months: from {format_money(past[0], currency)} to {format_money(past[-1], currency)}"
