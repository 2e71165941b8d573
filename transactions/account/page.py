"""The page of one account as prepared text."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from accounts.models import Account
from accounts.money.overview import detail_of
from transactions.account import balances
from transactions.account.balances import MonthEnd
from transactions.models import Transaction
from transactions.search.links import edit_url, list_url
from transactions.transfers import hints
from wealthwise.core.charts.data import Chart, Series
from wealthwise.core.days import zone_of
from wealthwise.core.locales import show_day, show_month
from wealthwise.core.money import format_money

# The value of ?span=, its words, and the months.
SPANS = (("", "1 year", 12), ("3", "3 years", 36), ("all", "All", balances.MOST_MONTHS))


@dataclass(frozen=True, slots=True)
class Booked:
    """One row of the account; ``address`` is where it is edited."""

    address: str
    description: str
    detail: str
    amount: str
    tone: str


@dataclass(frozen=True, slots=True)
class Change:
    """How a balance moved; ``amount`` is formatted with its sign."""

    amount: str
    is_negative: bool


def context(account: Account, *, span: str, here: str) -> dict[str, Any]:
    """Everything of the page in three statements. ``here`` is where editing a row returns to."""
    currency = account.user.currency
    months = next((months for key, _, months in SPANS if key == span), SPANS[0][2])
    ends = balances.history(account, months=months)
    return {
        "account": account,
        "detail": detail_of(account),
        "balance": format_money(account.current_balance, currency),
        "opening": format_money(account.opening_balance, currency),
        "this_month": _change(ends[-2:], currency),
        "since": _since(ends),
        "over_span": _change(ends, currency),
        "chart": _chart(account, ends),
        "spans": [(key, label, key == span) for key, label, _ in SPANS],
        "rows": [_booked(row, account, here) for row in balances.newest_of(account)],
        "possible": hints.find(account.user, account=account, limit=1).total,
        "list_address": list_url(account=account.pk),
    }


def _change(ends: list[MonthEnd], currency: str) -> Change:
    moved = ends[-1].balance - ends[0].balance if ends else Decimal(0)
    return Change(format_money(moved, currency, sign=True), moved < 0)


def _since(ends: list[MonthEnd]) -> str:
    return show_month(ends[0].month, "MMMM y") if ends else ""


def _chart(account: Account, ends: list[MonthEnd]) -> Chart:
    return Chart(
        title=f"Balance of {account.name} at the ends of months",
        labels=[show_month(end.month, "MMM y" if len(ends) > 13 else "MMM yy") for end in ends],
        series=[Series("Balance", [end.balance for end in ends])],
        currency=account.user.currency,
    )


def _booked(row: Transaction, account: Account, here: str) -> Booked:
    day = show_day(row.transaction_date.astimezone(zone_of(account.user)).date())
    is_transfer = row.transfer_id is not None
    filed = "Transfer" if is_transfer else row.subcategory.name if row.subcategory else "Uncategorised"
    return Booked(
        address=f"{edit_url(row.pk)}?next={quote(here)}",
        description=row.description,
        detail=f"{day} · {filed}",
        amount=format_money(row.amount, account.user.currency, sign=True),
        tone="transfer" if is_transfer else "income" if row.amount > 0 else "expense",
    )
