"""The accounts pages, and the settings of the person."""

from copy import copy

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services
from accounts.forms import ERASE_PHRASE, AccountForm, CloseForm, EraseForm, ProfileForm
from accounts.hooks import past_balances
from accounts.models import Account
from accounts.overview import MONTHS, overview
from accounts.requests import PersonRequest
from accounts.security import security_of
from wealthwise.errors import DomainError
from wealthwise.money import format_money


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
            services.save_account(account=account)
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
            services.close_account(account=account, agreed=form.cleaned_data["agreed"] or services.ZERO)
        except services.HoldsMoney as reason:
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
    services.reopen_account(account=account)
    messages.success(request, f"{account.name} is open again.")
    return redirect("account", account_id)


def settings_page(request: PersonRequest) -> HttpResponse:
    """The form works on a copy: a refused value must not show in the rest of the page."""
    form = ProfileForm(request.POST or None, instance=copy(request.user))
    if request.method == "POST" and form.is_valid():
        form.instance.save(update_fields=form.Meta.fields)
        messages.success(request, "Your settings were saved.")
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form, "security": security_of(request.user)})


@sensitive_post_parameters("password")
def erase(request: PersonRequest) -> HttpResponse:
    user = request.user
    form = EraseForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        person = copy(user)
        logout(request)
        services.erase_user(user=person)
        messages.success(request, "Your account and everything in it was deleted.")
        return redirect("landing")
    return render(request, "accounts/erase.html", {"form": form, "phrase": ERASE_PHRASE})
