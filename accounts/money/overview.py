"""What the accounts page shows: open accounts by type, closed ones, and what they sum up to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from accounts.models import Account
from wealthwise.core.charts.sparkline import sparkline
from wealthwise.core.money import ZERO

MONTHS: Final = 12


class AccountRow(NamedTuple):
    """An account, what tells it from others, today's balance, and what is booked for later days.

    ``past`` are the ends of past months and today, ``line`` the path of their line; both are empty of a closed one.
    """

    account: Account
    detail: str
    balance: Decimal
    upcoming: Decimal
    past: Sequence[Decimal] = ()
    line: str = ""


class TypeGroup(NamedTuple):
    """The open accounts of one type, which their details leave out."""

    label: str
    total: Decimal
    rows: list[AccountRow]


@dataclass(frozen=True, slots=True)
class Overview:
    """All accounts of one user; the sums are over the open ones."""

    groups: list[TypeGroup]
    closed: list[AccountRow]
    owned: Decimal
    owed: Decimal

    @property
    def net_worth(self) -> Decimal:
        return self.owned - self.owed


def overview(accounts: Iterable[Account], past: Mapping[int, Sequence[Decimal]]) -> Overview:
    """Arrange ``accounts`` (all of one user) for the page, with their ``past`` month ends and today by id."""
    rows = [_row(account, past.get(account.pk, ())) for account in accounts]
    balances = [row.balance for row in rows if row.account.is_active]
    return Overview(
        groups=_groups([row for row in rows if row.account.is_active]),
        closed=[row._replace(past=(), line="") for row in rows if not row.account.is_active],
        owned=sum((balance for balance in balances if balance > 0), ZERO),
        owed=-sum((balance for balance in balances if balance < 0), ZERO),
    )


def _row(account: Account, past: Sequence[Decimal]) -> AccountRow:
    detail = _place_of(account) if account.is_active else detail_of(account)
    today = past[-1] if past else account.current_balance
    return AccountRow(account, detail, today, account.current_balance - today, past, sparkline(past))


def _groups(rows: Iterable[AccountRow]) -> list[TypeGroup]:
    """By type, in the order of the types; inside in the order given."""
    by_type = defaultdict(list)
    for row in rows:
        by_type[row.account.account_type].append(row)
    return [
        TypeGroup(kind.label, sum((row.balance for row in by_type[kind]), ZERO), by_type[kind])
        for kind in Account.Type
        if kind in by_type
    ]


def detail_of(account: Account) -> str:
    """Such as "Checking · First Bank · •••• 1234"."""
    return " · ".join(part for part in (account.get_account_type_display(), _place_of(account)) if part)


def _place_of(account: Account) -> str:
    number = f"••••\u00a0{account.number_last4}" if account.number_last4 else ""
    return " · ".join(part for part in (account.bank_name, number) if part)
