"""What a household has in another application, whatever that is called there: the model between readers and loader."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from wealthwise.core.errors import DomainError
from wealthwise.core.money import ZERO

type Filing = tuple[str, str]
"""A category and what is below it; ("", "") for what is filed nowhere."""

NOWHERE: Final[Filing] = ("", "")


class NotMovable(DomainError):
    """A file that cannot be read as what it seems to be; the message is ready for a person."""


@dataclass(slots=True)
class SourceAccount:
    """A place where money sits. ``balance`` is what the file itself states; without it, it follows from the rows."""

    key: str
    name: str
    kind: str = ""
    currency: str = ""
    opening: Decimal = ZERO
    is_closed: bool = False
    balance: Decimal | None = None


@dataclass(slots=True)
class SourceRow:
    """One line of one account. Lines of one booking share ``split``; the two sides of a transfer share ``transfer``.

    ``key`` is what the application calls the line, if it says so: by it a second run knows the row again.
    """

    account: str
    day: date
    amount: Decimal
    payee: str = ""
    note: str = ""
    filing: Filing = NOWHERE
    tags: tuple[str, ...] = ()
    cleared: str = ""
    transfer: str = ""
    split: str = ""
    key: str = ""


@dataclass(slots=True)
class PlannedMonth:
    """What is set aside in one month, and what of it goes on when it is overspent."""

    first: date
    amounts: dict[Filing, Decimal] = field(default_factory=dict)
    keeps_missing: set[Filing] = field(default_factory=set)


@dataclass(slots=True)
class SourceLedger:
    """All that was read. ``kinds`` says of categories whether they are income; ``has_no_place`` counts by name."""

    source: str
    accounts: dict[str, SourceAccount] = field(default_factory=dict)
    rows: list[SourceRow] = field(default_factory=list)
    is_income: dict[str, bool] = field(default_factory=dict)
    filings: list[Filing] = field(default_factory=list)
    months: list[PlannedMonth] = field(default_factory=list)
    has_no_place: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def account(self, key: str, name: str = "", currency: str = "") -> SourceAccount:
        """The account of a key, made where it is first named."""
        if key not in self.accounts:
            self.accounts[key] = SourceAccount(key, name or key, currency=currency)
        return self.accounts[key]

    def stated(self) -> dict[str, Decimal]:
        """What the source says that each account holds."""
        sums = {key: account.opening for key, account in self.accounts.items()}
        for row in self.rows:
            sums[row.account] += row.amount
        return {key: sums[key] if (said := each.balance) is None else said for key, each in self.accounts.items()}

    def filed(self) -> dict[tuple[str, Filing], Decimal]:
        """What is filed where in each month, transfers left out; months as "2026-01"."""
        found = defaultdict[tuple[str, Filing], Decimal](Decimal)
        for row in self.rows:
            if not row.transfer:
                found[f"{row.day:%Y-%m}", row.filing] += row.amount
        return found


def take_openings(ledger: SourceLedger, rows: Iterable[SourceRow]) -> None:
    """Rows that only say what an account began with are no bookings: that is its opening balance."""
    gone = set[int]()
    for row in rows:
        ledger.accounts[row.account].opening += row.amount
        gone.add(id(row))
    ledger.rows = [row for row in ledger.rows if id(row) not in gone]


def tell_kinds(ledger: SourceLedger) -> None:
    """Categories of which the source does not say it are income where more comes in than goes out."""
    sums = defaultdict[str, Decimal](Decimal)
    for row in ledger.rows:
        if row.filing != NOWHERE and not row.transfer:
            sums[row.filing[0]] += row.amount
    for name, total in sums.items():
        ledger.is_income.setdefault(name, total > 0)
