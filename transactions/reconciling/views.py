"""Pages of balance checks: what the bank says, a difference with its likely causes, and three ways out."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Account
from accounts.people.requests import UserRequest
from transactions.models import BalanceCheck
from transactions.reconciling import pages, services
from transactions.reconciling.forms import BankSaysForm, CorrectionForm
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page, posted


@page
def bank_says(request: UserRequest, account_id: int) -> HttpResponse:
    """Type a balance of an account; what comes of it is the page of the check."""
    account = get_object_or_404(Account.objects.for_user(request.user), pk=account_id)
    form = BankSaysForm(posted(request), user=request.user, initial=request.GET.dict())

    def save() -> HttpResponse:
        said = form.cleaned_data
        check = services.check_balance(account=account, day=said["day"], stated=said["stated"])
        return redirect("transactions:balance_check", check.pk)

    return form_page(request, form, save, "transactions/reconciling/bank_says.html", {"account": account})


@require_safe
def check(request: UserRequest, pk: int) -> HttpResponse:
    mine = BalanceCheck.objects.for_user(request.user).select_related("account", "import_batch")
    found = get_object_or_404(mine.defer("import_batch__content", "import_batch__errors"), pk=pk)
    return render(request, "transactions/reconciling/check.html", pages.check_context(found))


@require_POST
def agree(request: UserRequest, pk: int) -> HttpResponse:
    return _decided(request, pk, lambda: services.agree(user=request.user, check_id=pk), "It agrees with your bank.")


@require_POST
def anchor(request: UserRequest, pk: int) -> HttpResponse:
    moved = "The account is anchored at what your bank said."
    return _decided(request, pk, lambda: services.move_anchor(user=request.user, check_id=pk), moved)


@require_POST
def correct(request: UserRequest, pk: int) -> HttpResponse:
    form = CorrectionForm(request.POST, user=request.user)
    if not form.is_valid():
        get_object_or_404(BalanceCheck.objects.for_user(request.user), pk=pk)
        messages.error(request, " ".join(str(text) for errors in form.errors.values() for text in errors))
        return redirect("transactions:balance_check", pk)
    said: Any = form.cleaned_data
    return _decided(
        request,
        pk,
        lambda: services.book_correction(user=request.user, check_id=pk, **said),
        "The correction is booked.",
    )


@require_POST
def forget(request: UserRequest, pk: int) -> HttpResponse:
    get_object_or_404(BalanceCheck.objects.for_user(request.user), pk=pk)
    try:
        account = services.forget_check(user=request.user, check_id=pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:list")
    return done(request, "The balance check was removed.", "account", account.pk)


def _decided(request: UserRequest, pk: int, decide: Callable[[], None], said: str) -> HttpResponse:
    """Do it, and show the check again; one that is gone leads to the accounts."""
    get_object_or_404(BalanceCheck.objects.for_user(request.user), pk=pk)
    try:
        decide()
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("transactions:balance_check", pk)
    return done(request, said, "transactions:balance_check", pk)
