"""Periods: the list, adding, changing, switching and deleting them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.people.once import once
from accounts.people.requests import UserRequest
from budgets.models import BudgetPeriod, PeriodType
from budgets.periods import services
from budgets.periods.forms import PeriodDeleteForm, PeriodForm, SuggestionForm
from budgets.periods.suggestions import suggest_period
from budgets.periods.switcher import coming_after
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page, posted


@require_safe
def periods(request: UserRequest) -> HttpResponse:
    mine = list(BudgetPeriod.objects.for_user(request.user).timeline())
    context: dict[str, Any] = {"coming": None, "periods": mine, "today": today_of(request.user)}
    if chosen := next((period for period in mine if period.is_active), mine[0] if mine else None):
        last = next(period for period in mine if period.period_type == chosen.period_type)
        context |= {"last": last, "coming": coming_after(last, mine)}
    return render(request, "budgets/periods/periods.html", context)


@page
def period_add(request: UserRequest) -> HttpResponse:
    """Days and name are suggested for the type in the URL, in the user's time zone."""
    asked = SuggestionForm(request.GET)
    suggested, first_day = suggest_period(request.user, asked.period_type, today_of(request.user), asked.chosen_day)
    known = {"period_type": asked.period_type, **suggested._asdict()}
    form = PeriodForm(posted(request), initial=known, is_new=True)

    def save() -> HttpResponse:
        services.open_period(user=request.user, **form.cleaned_data)
        return done(request, f"Opened “{form.cleaned_data['name']}”. It is the active period now.", "budgets:budget")

    chosen = form.data.get("period_type", asked.period_type)
    context = {"period": None, "types": PeriodType.choices, "chosen": chosen, "first_day": first_day}
    return form_page(request, form, once(request, save, "budgets:budget"), "budgets/periods/form.html", context)


@page
def period_edit(request: UserRequest, pk: int) -> HttpResponse:
    period = _period(request, pk)
    known = {
        "name": period.name,
        "period_type": period.period_type,
        "start": period.start_date,
        "end": period.end_date,
    }
    form = PeriodForm(posted(request), initial=known)

    def save() -> HttpResponse:
        services.update_period(user=request.user, period_id=pk, **form.cleaned_data)
        return done(request, f"Saved “{form.cleaned_data['name']}”.", "budgets:periods")

    return form_page(request, form, save, "budgets/periods/form.html", {"period": period})


@require_POST
def period_next(request: UserRequest, pk: int) -> HttpResponse:
    """Open the period that goes on where this one ends; clicked twice, the second finds it in the way."""
    period = _period(request, pk)
    coming = coming_after(period, list(BudgetPeriod.objects.for_user(request.user).timeline()))
    if coming is None:
        messages.error(request, "The next period would begin after the last day that can be booked.")
        return redirect("budgets:budget_period", pk)
    try:
        opened = services.open_period(user=request.user, period_type=period.period_type, **coming._asdict())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("budgets:budget_period", pk)
    messages.success(request, f"Opened “{opened.name}”. It is the active period now.")
    return redirect("budgets:budget_period", opened.pk)


@require_POST
def period_activate(request: UserRequest, pk: int) -> HttpResponse:
    period = _period(request, pk)
    try:
        services.activate_period(user=request.user, period_id=pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("budgets:periods")
    messages.success(request, f"“{period.name}” is the active period now.")
    return redirect("budgets:budget")


@page
def period_delete(request: UserRequest, pk: int) -> HttpResponse:
    """Asks first; when it is the active one, offers the next."""
    period = _period(request, pk)
    others = BudgetPeriod.objects.for_user(request.user).exclude(pk=pk).active_first()
    following = others.first() if period.is_active else None
    form = PeriodDeleteForm(posted(request), following=following)

    def save() -> HttpResponse:
        services.delete_period(user=request.user, period_id=pk, **form.cleaned_data)
        return done(request, f"Deleted “{period.name}”. Its transactions are still there.", "budgets:periods")

    return form_page(request, form, save, "budgets/periods/delete.html", {"period": period})


def _period(request: UserRequest, pk: int) -> BudgetPeriod:
    return get_object_or_404(BudgetPeriod.objects.for_user(request.user), pk=pk)
