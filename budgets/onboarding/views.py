"""Pages of the onboarding: one address a step."""

from collections.abc import Callable
from copy import copy
from typing import Any, Final, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account, User
from accounts.people.forms import AboutYouForm
from budgets.onboarding import services
from budgets.onboarding.forms import EXAMPLES, AccountsFormSet, CategoriesForm, FirstPeriodForm
from transactions.models import Category
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.money import format_money

STEPS: Final = User.OnboardingStep
STEP_NAMES: Final = ["About you", "Accounts", "Categories", "First period"]


@require_safe
def onboarding(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if user.onboarding_step >= STEPS.DONE:
        return redirect("dashboard")
    return redirect("onboarding_step", user.onboarding_step)


@require_http_methods(["GET", "HEAD", "POST"])
def onboarding_step(request: HttpRequest, step: int) -> HttpResponse:
    """One step; those before the person's current one can be corrected, those after it wait."""
    user: Any = request.user
    if step not in STEP_VIEWS:
        raise Http404
    if step > user.onboarding_step or user.onboarding_step >= STEPS.DONE:
        return redirect("onboarding")
    return STEP_VIEWS[step](request, user)


@require_POST
def onboarding_skip(request: HttpRequest, step: int) -> HttpResponse:
    """Go on without; the last step cannot be skipped."""
    if step not in STEP_VIEWS:
        raise Http404
    services.advance(user=cast(User, request.user), step=step)
    return redirect("onboarding_step", min(step + 1, STEPS.FIRST_PERIOD))


def _page(request: HttpRequest, step: int, **context: Any) -> HttpResponse:
    names = list(enumerate(STEP_NAMES, start=1))
    return render(request, f"budgets/onboarding/step_{step}.html", {"step": step, "steps": names, **context})


def _about_you(request: HttpRequest, user: User) -> HttpResponse:
    form = AboutYouForm(request.POST or None, instance=copy(user))
    if request.method == "POST" and form.is_valid():
        services.save_about_you(user=user, **form.cleaned_data)
        return redirect("onboarding_step", STEPS.ACCOUNTS)
    return _page(request, STEPS.ABOUT_YOU, form=form, can_explore=services.is_untouched(user))


def _accounts(request: HttpRequest, user: User) -> HttpResponse:
    formset = AccountsFormSet(request.POST or None, initial=None if request.POST else EXAMPLES, prefix="accounts")
    if request.method == "POST" and formset.is_valid():
        services.add_accounts(user=user, accounts=formset.accounts())  # type: ignore[attr-defined]
        if "more" in request.POST:
            return redirect("onboarding_step", STEPS.ACCOUNTS)
        services.advance(user=user, step=STEPS.ACCOUNTS)
        return redirect("onboarding_step", STEPS.CATEGORIES)
    rows = Account.objects.for_user(user)
    known = [
        (row.name, row.get_account_type_display(), format_money(row.current_balance, user.currency)) for row in rows
    ]
    return _page(request, STEPS.ACCOUNTS, formset=formset, known=known)


def _categories(request: HttpRequest, user: User) -> HttpResponse:
    form = CategoriesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.add_categories(user=user, chosen=form.cleaned_data["defaults"], own=form.own())
        return redirect("onboarding_step", STEPS.FIRST_PERIOD)
    known = Category.objects.for_user(user).values_list("name", flat=True)
    return _page(request, STEPS.CATEGORIES, form=form, known=known)


def _first_period(request: HttpRequest, user: User) -> HttpResponse:
    form = FirstPeriodForm(request.POST or None, today=today_of(user))
    if request.method == "POST" and form.is_valid():
        try:
            services.finish(user=user, first=form.first_period())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "All set. Add a transaction, or import a statement from your bank.")
            return redirect("dashboard")
    return _page(request, STEPS.FIRST_PERIOD, form=form)


STEP_VIEWS: Final[dict[int, Callable[[HttpRequest, User], HttpResponse]]] = {
    STEPS.ABOUT_YOU: _about_you,
    STEPS.ACCOUNTS: _accounts,
    STEPS.CATEGORIES: _categories,
    STEPS.FIRST_PERIOD: _first_period,
}
