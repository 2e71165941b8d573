"""The page of one account: its balance over time and what was booked last."""

from decimal import Decimal
from typing import Any, Final

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.money.overview import detail_of
from accounts.people.requests import UserRequest
from transactions.account import balances
from transactions.account.balances import MonthEnd
from transactions.account.hooks import account_cards
from transactions.models import BalanceCheck
from transactions.pairing import hints
from transactions.reconciling.forms import BankSaysForm
from transactions.reconciling.pages import checks_of
from wealthwise.core.charts.data import Chart, Series
from wealthwise.core.locales import show_month
from wealthwise.core.money import ZERO

# The value of ?span=, its words, and the months.
SPANS: Final = (("", "1 year", 12), ("3", "3 years", 36), ("all", "All", balances.MOST_MONTHS))


@require_safe
def account(request: UserRequest, account_id: int) -> HttpResponse:
    """Everything in five statements, whatever the number of rows; with balance checks, in seven."""
    checked = BalanceCheck.objects.for_user(request.user).filter(account=OuterRef("pk"))
    mine = Account.objects.for_user(request.user).annotate(is_checked=Exists(checked))
    shown: Any = get_object_or_404(mine, pk=account_id)
    shown.user = request.user  # known already: not a statement of its own
    span = request.GET.get("span", "")
    ends = balances.history(shown, months=next((months for key, _, months in SPANS if key == span), SPANS[0][2]))
    today = ends[-1].balance if ends else shown.current_balance
    context = {
        "account": shown,
        "detail": detail_of(shown),
        "today": today,
        "upcoming": shown.current_balance - today,
        "this_month": _change(ends[-2:]),
        "since": show_month(ends[0].month, "MMMM y") if ends else "",
        "over_span": _change(ends),
        "chart": _chart(shown, ends),
        "spans": SPANS,
        "span": span,
        "rows": balances.newest_of(shown),
        "checks": checks_of(shown) if shown.is_checked else [],
        "form": BankSaysForm(user=request.user),
        "cards": [card for each in account_cards if (card := each(request.user, shown))],
        "possible": hints.find(request.user, account=shown, limit=1).total,
    }
    return render(request, "transactions/account/page.html", context)


def _change(ends: list[MonthEnd]) -> Decimal:
    return ends[-1].balance - ends[0].balance if ends else ZERO


def _chart(account: Account, ends: list[MonthEnd]) -> Chart:
    return Chart(
        title=f"Balance of {account.name} at the ends of months",
        labels=[show_month(end.month, "MMM y" if len(ends) > 13 else "MMM yy") for end in ends],
        series=[Series("Balance", [end.balance for end in ends])],
        currency=account.user.currency,
    )
