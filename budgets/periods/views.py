"""Periods: the list, adding, changing, switching and deleting them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.people.requests import PersonRequest
from budgets.models import BudgetPeriod, PeriodType
from budgets.periods import services
from budgets.periods.forms import PeriodDeleteForm, PeriodForm, SuggestionForm
from budgets.periods.suggestions import suggest_period
from budgets.periods.switcher import coming_after, when
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import attempt, page, posted


@require_safe
def periods(request: PersonRequest) -> HttpResponse:
    today = today_of(request.user)
    mine = list(BudgetPeriod.objects.for_user(request.user).timeline())
    rows = [(period, f"{period.get_period_type_display()} · {when(period, today)}") for period in mine]
    context: dict[str, Any] = {"rows": rows}
    if chosen := next((period for period in mine if period.is_active), mine[0] if mine else None):
        context["last"] = last = next(period for period in mine if period.period_type == chosen.period_type)
        context["coming"] = coming_after(last, mine)
    return render(request, "budgets/periods.html", context)


@page
def period_add(request: PersonRequest) -> HttpResponse:
    """Days and name are suggested for the type in the address, in the person's time zone."""
    asked = SuggestionForm(request.GET)
    suggested, first_day = suggest_period(request.user, asked.period_type, today_of(request.user), asked.chosen_day)
    known = {"period_type": asked.period_type, **suggested._asdict()}
    form = PeriodForm(posted(request), initial=known, is_new=True)
    if request.method == "POST" and attempt(
        form, lambda: services.open_period(user=request.user, **form.cleaned_data)
    ):
        messages.success(request, f"Opened “{form.cleaned_data['name']}”. It is the active period now.")
        return redirect("budgets:budget")
    chosen = form.data.get("period_type", asked.period_type)
    context = {"types": PeriodType.choices, "chosen": chosen, "first_day": first_day}
    return _form_page(request, form, context | {"title": "New period"})


@page
def period_edit(request: PersonRequest, pk: int) -> HttpResponse:
    period = _period(request, pk)
    known = {
        "name": period.name,
        "period_type": period.period_type,
        "start": period.start_date,
        "end": period.end_date,
    }
    form = PeriodForm(posted(request), initial=known)
    if request.method == "POST" and attempt(
        form, lambda: services.update_period(user=request.user, period_id=pk, **form.cleaned_data)
    ):
        messages.success(request, f"Saved “{form.cleaned_data['name']}”.")
        return redirect("budgets:periods")
    return _form_page(request, form, {"title": "Edit period", "period": period})


@require_POST
def period_next(request: PersonRequest, pk: int) -> HttpResponse:
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
def period_activate(request: PersonRequest, pk: int) -> HttpResponse:
    period = _period(request, pk)
    try:
        services.activate_period(user=request.user, period_id=pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("budgets:periods")
    messages.success(request, f"“{period.name}” is the active period now.")
    return redirect("budgets:budget")


@page
def period_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Asks first; when it is the active one, offers the next."""
    period = _period(request, pk)
    others = BudgetPeriod.objects.for_user(request.user).exclude(pk=pk).active_first()
    following = others.first() if period.is_active else None
    form = PeriodDeleteForm(posted(request), following=following)
    if request.method == "POST" and attempt(
        form, lambda: services.delete_period(user=request.user, period_id=pk, **form.cleaned_data)
    ):
        messages.success(request, f"Deleted “{period.name}”. Its transactions are still there.")
        return redirect("budgets:periods")
    return render(request, "budgets/period_delete.html", {"form": form, "period": period})


def _period(request: PersonRequest, pk: int) -> BudgetPeriod:
    return get_object_or_404(BudgetPeriod.objects.for_user(request.user), pk=pk)


def _form_page(request: PersonRequest, form: PeriodForm, context: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "budgets/period_form.html", context | {"form": form}, status=status)
