"""The ledger as others think of it: accounts with what they began with, and rows that know their other side."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from accounts.models import Account, User
from transactions.models import Subcategory, Tag, Transaction
from wealthwise.core.days import today_of
from wealthwise.core.money import ZERO
from wealthwise.core.progress import Advance, counting

NO_ACCOUNT: Final = "Without account"
_MARKS: Final = str.maketrans({":": "-", "[": "(", "]": ")", ";": ","})
_COLUMNS: Final = (
    "id", "account_id", "subcategory_id", "booked_on", "amount", "description", "comment", "transfer_id", "tag_ids",
)  # fmt: skip


@dataclass(slots=True)
class OutAccount:
    name: str
    kind: str
    opening: Decimal
    opened_on: date
    closed_on: date | None = None
    balance: Decimal = ZERO


@dataclass(slots=True)
class OutRow:
    """``other`` is the account on the other side of a transfer; of the two sides only the one out ``is_first``."""

    number: int
    account: OutAccount
    day: date
    amount: Decimal
    payee: str
    note: str
    category: str = ""
    subcategory: str = ""
    is_income: bool = False
    tags: list[str] = field(default_factory=list)
    other: OutAccount | None = None
    is_first: bool = True


@dataclass(slots=True)
class OutLedger:
    currency: str
    accounts: list[OutAccount]
    rows: list[OutRow]

    def by_account(self) -> dict[str, list[OutRow]]:
        found = defaultdict[str, list[OutRow]](list)
        for row in self.rows:
            found[row.account.name].append(row)
        return found


def out_of(user: User, advance: Advance) -> OutLedger:
    """Everything in the ledger, oldest first, with names that each stand for one account."""
    accounts = _accounts(user)
    filings = {each.pk: each for each in Subcategory.objects.for_user(user).select_related("category")}
    tags = dict(Tag.objects.for_user(user).values_list("id", "name"))
    found = Transaction.objects.for_user(user).order_by("booked_on", "id").values_list(*_COLUMNS)
    rows, legs = list[OutRow](), defaultdict[UUID, list[OutRow]](list)
    for row in counting(found.iterator(5000), max(found.count(), 1), advance):
        pk, account, filed, day, amount, description, comment, transfer, tagged = row
        place = accounts[account]
        made = OutRow(pk, place, day, amount, description, comment)
        place.balance += amount
        if filing := filings.get(filed or 0):
            made.category, made.subcategory = filing.category.name, filing.name
            made.is_income = filing.category.kind == "income"
        made.tags = [tags[each] for each in tagged or () if each in tags]
        if transfer:
            legs[transfer].append(made)
        rows.append(made)
    for pair in legs.values():
        if len(pair) == 2:
            one, two = pair
            one.other, two.other = two.account, one.account
            one.is_first, two.is_first = one.amount < 0, two.amount < 0
    _begin(accounts, rows)
    used = {id(row.account) for row in rows}
    listed = [each for key, each in accounts.items() if key is not None or id(each) in used]
    return OutLedger(user.currency, listed, rows)


def _accounts(user: User) -> dict[int | None, OutAccount]:
    names, found, today = set[str](), dict[int | None, OutAccount](), today_of(user)
    for account in Account.objects.for_user(user).order_by("id"):
        name = plain = " ".join(account.name.translate(_MARKS).split())
        number = 1
        while name.casefold() in names:
            number += 1
            name = f"{plain} ({number})"
        names.add(name.casefold())
        found[account.pk] = OutAccount(
            name, account.account_type, account.opening_balance, today, account.closed_on, account.opening_balance
        )
    found[None] = OutAccount(NO_ACCOUNT, "other", ZERO, today)
    return found


def _begin(accounts: dict[int | None, OutAccount], rows: list[OutRow]) -> None:
    """An account was opened the day before its first row, and is closed after its last."""
    for row in reversed(rows):
        row.account.opened_on = min(row.account.opened_on, row.day - timedelta(days=1))
        if row.account.closed_on:
            row.account.closed_on = max(row.account.closed_on, row.day)
    for account in accounts.values():
        if account.closed_on:
            account.closed_on = max(account.closed_on, account.opened_on)


def lines_of(*parts: Iterator[str]) -> Iterator[bytes]:
    for part in parts:
        for line in part:
            yield f"{line}\n".encode()
