"""The budget of a period: the page, and what is changed from it."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.models import User
from accounts.people.once import once
from accounts.people.requests import UserRequest
from budgets.budget import services
from budgets.budget.empty_cells import averages_for_empty
from budgets.budget.forms import BroughtForwardForm, MoveMoneyForm, TypedAmounts
from budgets.budget.look import Look, only
from budgets.budget.summary import budget_summary
from budgets.models import BudgetAllocation, BudgetPeriod, CarryBasis, CarryBy, CarryOver
from budgets.periods.active import precedes
from budgets.periods.switcher import switcher
from budgets.periods.timeline import Timeline, timeline_of
from transactions.search.links import rows_url
from transactions.summaries.ranges import DateRange
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page, posted
from wealthwise.core.money import format_money


@require_safe
def budget(request: UserRequest) -> HttpResponse:
    """The active period's budget, or else the nearest one's; without any, the way to one."""
    timeline = timeline_of(request.user)
    if timeline.shown:
        return _budget_page(request, timeline)
    return render(request, "budgets/budget/no_budget.html")


@require_safe
def budget_period(request: UserRequest, period_id: int) -> HttpResponse:
    return _budget_page(request, timeline_of(request.user, period_id))


@require_POST
def allocate(request: UserRequest, period_id: int) -> HttpResponse:
    """Save the amounts that were changed: one, sent by its field, or without JavaScript the whole table."""
    period = own_period(request, period_id)
    entered = TypedAmounts.read(request.POST)
    try:
        if entered.amounts and not entered.errors:
            services.set_allocations(user=request.user, period_id=period.pk, amounts=entered.amounts)
    except DomainError as refusal:
        return _refused(request, period, str(refusal))
    if request.htmx:
        return _changed_lines(request, period, entered)
    if entered.errors:
        return _budget_page(request, timeline_of(request.user, period.pk), entered)
    messages.success(request, "Saved." if entered.amounts else "Nothing was changed.")
    return _way_back(request, period)


@page
def move(request: UserRequest, period_id: int) -> HttpResponse:
    """Move money between two subcategories; the URL can say from which, to which and how much."""
    user, period = request.user, own_period(request, period_id)
    known = {name: request.GET.get(name) for name in ("source", "target", "amount")}
    form = MoveMoneyForm(posted(request), summary=budget_summary(user, period), user=user, initial=known)

    def save() -> HttpResponse:
        source, target, amount = (form.cleaned_data[name] for name in ("source", "target", "amount"))
        services.move_money(user=user, period_id=period.pk, source_id=source, target_id=target, amount=amount)
        return done(request, f"Moved {format_money(amount, user.currency)}.", "budgets:budget_period", period.pk)

    context = {"period": period, "is_cover": bool(known["target"] and known["amount"])}
    once_saved = once(request, save, "budgets:budget_period", period.pk)
    return form_page(request, form, once_saved, "budgets/budget/move.html", context)


@page
def brought_forward(request: UserRequest, period_id: int) -> HttpResponse:
    """Choose what is carried over from the period before and what comes on top; what it does is shown first."""
    user, timeline = request.user, timeline_of(request.user, period_id)
    if (period := timeline.shown) is None:
        raise Http404
    previous = next((earlier for earlier in timeline.periods if precedes(earlier, period)), None)
    had = budget_summary(user, previous) if previous else None
    lines = [line for group in had.groups for line in group.lines] if had else []
    known = _known_forwarding(user, period)
    form = BroughtForwardForm(posted(request), initial=known, previous=previous.name if previous else "", lines=lines)
    context: dict[str, Any] = {"period": period, "previous": previous, "had": had, "effects": []}

    def save() -> HttpResponse:
        forwarding = form.forwarding()
        if "seen" not in request.POST:
            context["effects"] = services.preview_brought_forward(
                user=user, period_id=period_id, forwarding=forwarding
            )
        if context["effects"]:
            return render(request, "budgets/budget/brought_forward.html", context | {"form": form})
        services.set_brought_forward(user=user, period_id=period_id, forwarding=forwarding)
        return done(request, "Saved what is brought forward.", "budgets:budget_period", period_id)

    return form_page(request, form, save, "budgets/budget/brought_forward.html", context)


@require_POST
def take_brought_forward(request: UserRequest, period_id: int) -> HttpResponse:
    period = own_period(request, period_id)
    try:
        amount = services.take_brought_forward(user=request.user, period_id=period.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Brought forward {format_money(amount, request.user.currency)}.")
    return redirect("budgets:budget_period", period.pk)


def _known_forwarding(user: User, period: BudgetPeriod) -> dict[str, Any]:
    """What the form begins with; by what came in, until something is carried over by another basis."""
    budget = period.budget
    carries = budget.carry_over != CarryOver.NONE or budget.carry_by == CarryBy.SUBCATEGORY
    rows = BudgetAllocation.objects.for_user(user).in_budget(budget).exclude(carry_over="")
    return {
        "amount": budget.brought_forward,
        "carry_over": budget.carry_over,
        "carry_by": budget.carry_by,
        "carry_basis": budget.carry_basis if carries else CarryBasis.RECEIVED.value,
        **{f"roll_{pk}": policy for pk, policy in rows.values_list("subcategory_id", "carry_over")},
    }


def own_period(request: UserRequest, period_id: int) -> BudgetPeriod:
    return get_object_or_404(BudgetPeriod.objects.for_user(request.user).with_budget(), pk=period_id)


def budget_context(request: UserRequest, period: BudgetPeriod, entered: TypedAmounts | None = None) -> dict[str, Any]:
    """What every part of the budget page is written from; ``entered`` is what was typed and not accepted."""
    return {
        "averages": None,
        "currency": request.user.currency,
        "entered": entered or TypedAmounts(),
        "form": None,
        "period": period,
        "rows_of_period": partial(rows_url, DateRange(period.start_date, period.end_date)),
        "summary": budget_summary(request.user, period),
    }


def _budget_page(request: UserRequest, timeline: Timeline, entered: TypedAmounts | None = None) -> HttpResponse:
    period, look = timeline.shown, Look.read(request.GET)
    if period is None:
        raise Http404
    context = budget_context(request, period, entered)
    errors = context["entered"].errors
    today = today_of(request.user)
    averages = averages_for_empty(request.user, timeline, context["summary"], today)
    context |= {
        "averages": averages,
        "groups": look.arranged(context["summary"].groups, errors),
        "look": look,
        "query": look.query(),
        "switch": switcher(period, timeline.periods),
        "today": today,
    }
    return render(request, "budgets/budget/budget.html", context, status=422 if errors else 200)


def _way_back(request: UserRequest, period: BudgetPeriod) -> HttpResponse:
    """To the table as it was looked at."""
    return redirect(reverse("budgets:budget_period", args=[period.pk]) + Look.read(request.GET).query())


def _changed_lines(request: UserRequest, period: BudgetPeriod, entered: TypedAmounts) -> HttpResponse:
    """The line, and out of band every sum that it is part of. 200 even when refused: htmx shows nothing else."""
    context = budget_context(request, period, entered if entered.errors else None)
    context["groups"] = only(context["summary"].groups, entered.typed)
    return render(request, "budgets/budget/allocated.html", context)


def _refused(request: UserRequest, period: BudgetPeriod, sentence: str) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(HttpResponse(status=204), "toast", {"text": sentence, "level": "bad"})
    messages.error(request, sentence)
    return _way_back(request, period)
