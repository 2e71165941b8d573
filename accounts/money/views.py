"""The accounts pages."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Account
from accounts.money.forms import AccountForm, CloseForm
from accounts.money.hooks import past_balances
from accounts.money.overview import MONTHS, overview
from accounts.money.services import HoldsMoney, close_account, reopen_account, save_account
from accounts.people.once import once
from accounts.people.requests import UserRequest
from wealthwise.core.days import today_of
from wealthwise.core.forms import done, form_page, has_agreed, page, posted
from wealthwise.core.money import ZERO
from wealthwise.core.two_tabs import edit_page, kept_of


@require_safe
def account_list(request: UserRequest) -> HttpResponse:
    accounts = list(Account.objects.for_user(request.user))
    past = past_balances(request.user, months=MONTHS) if accounts else {}
    return render(request, "accounts/money/list.html", {"overview": overview(accounts, past)})


@page
def account_add(request: UserRequest) -> HttpResponse:
    account = Account(user=request.user, anchored_on=today_of(request.user))
    form = AccountForm(posted(request), instance=account)

    def save() -> HttpResponse:
        save_account(account=account, fields=form.Meta.fields)
        return done(request, f"{account.name} was added.", "accounts:list")

    context = {"account": account, "is_new": True}
    once_saved = once(request, save, "accounts:list")
    return form_page(request, form, once_saved, "accounts/money/edit.html", context, refused="anchor_balance")


@edit_page
def account_edit(request: UserRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.for_user(request.user), pk=account_id)
    form = AccountForm(posted(request), instance=account, of_row=True)

    def save() -> HttpResponse:
        moved = {"anchored_on", "anchor_balance"} & set(form.changed_data)
        save_account(account=account, fields=form.Meta.fields, moves_anchor=bool(moved), agreed=has_agreed(request))
        return done(request, f"{account.name} was saved.{kept_of(form)}", "account", account_id)

    context = {"account": account, "is_new": False}
    return form_page(request, form, save, "accounts/money/edit.html", context, refused="anchor_balance")


@page
def account_close(request: UserRequest, account_id: int) -> HttpResponse:
    """Close an empty account at once; ask for one with money, and again when its balance moved meanwhile."""
    account = get_object_or_404(Account.objects.for_user(request.user).active(), pk=account_id)
    form = CloseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            close_account(account=account, agreed=form.cleaned_data["agreed"] or ZERO)
        except HoldsMoney as reason:
            if form.cleaned_data["agreed"] is not None:
                messages.warning(request, f"The balance changed meanwhile. {reason}")
        else:
            closed = f"{account.name} is closed. It keeps its transactions and can be reopened."
            return done(request, closed, "accounts:list")
    return render(request, "accounts/money/close.html", {"account": account})


@require_POST
def account_reopen(request: UserRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.for_user(request.user), pk=account_id)
    reopen_account(account=account)
    return done(request, f"{account.name} is open again.", "account", account_id)
