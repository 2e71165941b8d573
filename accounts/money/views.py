"""The accounts pages."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account
from accounts.money.forms import AccountForm, CloseForm
from accounts.money.hooks import past_balances
from accounts.money.overview import MONTHS, overview
from accounts.money.services import ZERO, HoldsMoney, close_account, reopen_account, save_account
from accounts.people.requests import PersonRequest
from wealthwise.core.errors import DomainError
from wealthwise.core.money import format_money


@require_safe
def account_list(request: PersonRequest) -> HttpResponse:
    accounts = list(Account.objects.for_user(request.user))
    past = past_balances(request.user, months=MONTHS) if accounts else {}
    return render(request, "accounts/list.html", {"overview": overview(accounts, request.user.currency, past)})


def account_add(request: PersonRequest) -> HttpResponse:
    return _account_page(request, Account(user=request.user))


def account_edit(request: PersonRequest, account_id: int) -> HttpResponse:
    return _account_page(request, get_object_or_404(Account.objects.for_user(request.user), pk=account_id))


def _account_page(request: PersonRequest, account: Account) -> HttpResponse:
    is_new = account.pk is None
    form = AccountForm(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        try:
            save_account(account=account, fields=form.Meta.fields)
        except DomainError as error:
            form.add_error("opening_balance", str(error))
        else:
            messages.success(request, f"{account.name} was {'added' if is_new else 'saved'}.")
            return redirect("accounts:list") if is_new else redirect("account", account.pk)
    return render(request, "accounts/edit.html", {"form": form, "account": account, "is_new": is_new})


@require_http_methods(["GET", "HEAD", "POST"])
def account_close(request: PersonRequest, account_id: int) -> HttpResponse:
    """Close an empty account at once; ask for one with money, and again when its balance moved meanwhile."""
    account = get_object_or_404(Account.objects.for_user(request.user).active(), pk=account_id)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            close_account(account=account, agreed=form.cleaned_data["agreed"] or ZERO)
        except HoldsMoney as reason:
            if form.cleaned_data["agreed"] is not None:
                messages.warning(request, f"The balance changed meanwhile. {reason}")
        else:
            messages.success(request, f"{account.name} is closed. It keeps its transactions and can be reopened.")
            return redirect("accounts:list")
    balance = format_money(account.current_balance, request.user.currency)
    return render(request, "accounts/close.html", {"account": account, "balance": balance})


@require_POST
def account_reopen(request: PersonRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.for_user(request.user), pk=account_id)
    reopen_account(account=account)
    messages.success(request, f"{account.name} is open again.")
    return redirect("account", account_id)
