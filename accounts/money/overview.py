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
    """An account, what tells it from others, and its past month ends with the path of their line."""

    account: Account
    detail: str
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
    """Arrange ``accounts`` (all of one user) for the page, with their ``past`` month ends by id."""
    accounts = list(accounts)
    balances = [account.current_balance for account in accounts if account.is_active]
    return Overview(
        groups=_groups([account for account in accounts if account.is_active], past),
        closed=[AccountRow(account, detail_of(account)) for account in accounts if not account.is_active],
        owned=sum((balance for balance in balances if balance > 0), ZERO),
        owed=-sum((balance for balance in balances if balance < 0), ZERO),
    )


def _groups(accounts: Iterable[Account], past: Mapping[int, Sequence[Decimal]]) -> list[TypeGroup]:
    """By type, in the order of the types; inside in the order given."""
    by_type = defaultdict(list)
    for account in accounts:
        ends = past.get(account.pk, ())
        by_type[account.account_type].append(AccountRow(account, _place_of(account), ends, sparkline(ends)))
    return [
        TypeGroup(kind.label, sum((row.account.current_balance for row in by_type[kind]), ZERO), by_type[kind])
        for kind in Account.Type
        if kind in by_type
    ]


def detail_of(account: Account) -> str:
    """Such as "Checking · First Bank · •••• 1234"."""
    return " · ".join(part for part in (account.get_account_type_display(), _place_of(account)) if part)


def _place_of(account: Account) -> str:
    number = f"••••\u00a0{account.number_last4}" if account.number_last4 else ""
    return " · ".join(part for part in (account.bank_name, number) if part)
