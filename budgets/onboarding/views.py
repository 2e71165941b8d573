"""Pages of the onboarding: one URL a step."""

from collections.abc import Callable
from copy import copy
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Account, User
from accounts.people.forms import AboutYouForm
from accounts.people.requests import UserRequest
from budgets.onboarding import services
from budgets.onboarding.forms import EXAMPLES, AccountsFormSet, CategoriesForm, FirstPeriodForm
from transactions.models import Category
from wealthwise.core.days import today_of
from wealthwise.core.forms import done, form_page, page, posted

STEPS: Final = User.OnboardingStep
STEP_NAMES: Final = ["About you", "Accounts", "Categories", "First period"]


@require_safe
def onboarding(request: UserRequest) -> HttpResponse:
    user = request.user
    if user.onboarding_step >= STEPS.DONE:
        return redirect("dashboard")
    return redirect("onboarding_step", user.onboarding_step)


@page
def onboarding_step(request: UserRequest, step: int) -> HttpResponse:
    """One step; those before the user's current one can be corrected, those after it wait."""
    user = request.user
    if step not in STEP_VIEWS:
        raise Http404
    if step > user.onboarding_step or user.onboarding_step >= STEPS.DONE:
        return redirect("onboarding")
    return STEP_VIEWS[step](request, user)


@require_POST
def onboarding_skip(request: UserRequest, step: int) -> HttpResponse:
    """Go on without; the last step cannot be skipped."""
    if step not in STEP_VIEWS:
        raise Http404
    services.advance(user=request.user, step=step)
    return redirect("onboarding_step", min(step + 1, STEPS.FIRST_PERIOD))


def _template(step: int) -> str:
    return f"budgets/onboarding/step_{step}.html"


def _about_you(request: UserRequest, user: User) -> HttpResponse:
    form = AboutYouForm(posted(request), instance=copy(user), initial=AboutYouForm.of_country(request.GET))

    def save() -> HttpResponse:
        services.save_about_you(user=user, **form.cleaned_data)
        return redirect("onboarding_step", STEPS.ACCOUNTS)

    def context() -> dict[str, Any]:
        return {"step": STEPS.ABOUT_YOU, "steps": STEP_NAMES, "can_explore": services.is_untouched(user)}

    return form_page(request, form, save, _template(STEPS.ABOUT_YOU), context)


def _accounts(request: UserRequest, user: User) -> HttpResponse:
    formset = AccountsFormSet(posted(request), initial=None if request.POST else EXAMPLES, prefix="accounts")
    if request.method == "POST" and formset.is_valid():
        services.add_accounts(user=user, accounts=formset.accounts())  # type: ignore[attr-defined]  # of its own class
        if "more" in request.POST:
            return redirect("onboarding_step", STEPS.ACCOUNTS)
        services.advance(user=user, step=STEPS.ACCOUNTS)
        return redirect("onboarding_step", STEPS.CATEGORIES)
    known = Account.objects.for_user(user)
    context = {"step": STEPS.ACCOUNTS, "steps": STEP_NAMES, "formset": formset, "known": known}
    return render(request, _template(STEPS.ACCOUNTS), context, status=422 if formset.is_bound else 200)


def _categories(request: UserRequest, user: User) -> HttpResponse:
    form = CategoriesForm(posted(request))

    def save() -> HttpResponse:
        services.add_categories(user=user, chosen=form.cleaned_data["defaults"], own=form.own())
        return redirect("onboarding_step", STEPS.FIRST_PERIOD)

    known = Category.objects.for_user(user).values_list("name", flat=True)
    context = {"step": STEPS.CATEGORIES, "steps": STEP_NAMES, "known": known}
    return form_page(request, form, save, _template(STEPS.CATEGORIES), context)


def _first_period(request: UserRequest, user: User) -> HttpResponse:
    form = FirstPeriodForm(posted(request), today=today_of(user))

    def save() -> HttpResponse:
        services.finish(user=user, first=form.first_period())
        return done(request, "All set. Add a transaction, or import a statement from your bank.", "dashboard")

    context = {"step": STEPS.FIRST_PERIOD, "steps": STEP_NAMES}
    return form_page(request, form, save, _template(STEPS.FIRST_PERIOD), context)


STEP_VIEWS: Final[dict[int, Callable[[UserRequest, User], HttpResponse]]] = {
    STEPS.ABOUT_YOU: _about_you,
    STEPS.ACCOUNTS: _accounts,
    STEPS.CATEGORIES: _categories,
    STEPS.FIRST_PERIOD: _first_period,
}
