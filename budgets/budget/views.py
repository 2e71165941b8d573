"""The budget of a period: the page, and what is changed from it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.people.requests import PersonRequest
from budgets.budget import services
from budgets.budget.budget_html import figures_html, groups_html, lines_html, stops_html, sums_html, total_html
from budgets.budget.forms import BroughtForwardForm, IncomeForm, MoveMoneyForm, TypedAmounts
from budgets.budget.page import Look, Writer
from budgets.budget.summary import budget_summary
from budgets.models import BudgetPeriod
from budgets.periods.switcher import switcher
from budgets.periods.timeline import Timeline, timeline_of
from wealthwise.core.addresses import address
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import attempt, page, posted
from wealthwise.core.money import format_money


@require_safe
def budget(request: PersonRequest) -> HttpResponse:
    """The active period's budget; without one, the way to one."""
    timeline = timeline_of(request.user)
    if timeline.shown:
        return _budget_page(request, timeline)
    return render(request, "budgets/no_budget.html", {"latest": timeline.periods[:6]})


@require_safe
def budget_period(request: PersonRequest, period_id: int) -> HttpResponse:
    return _budget_page(request, timeline_of(request.user, period_id))


@require_POST
def allocate(request: PersonRequest, period_id: int) -> HttpResponse:
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
def move(request: PersonRequest, period_id: int) -> HttpResponse:
    """Move money between two subcategories; the address can say from which, to which and how much."""
    period = own_period(request, period_id)
    known = {name: request.GET.get(name) for name in ("source", "target", "amount")}
    summary = budget_summary(request.user, period)
    form = MoveMoneyForm(posted(request), summary=summary, user=request.user, initial=known)
    if request.method == "POST" and attempt(form, lambda: _move(request, period, form)):
        messages.success(request, f"Moved {format_money(form.cleaned_data['amount'], request.user.currency)}.")
        return redirect("budgets:budget_period", period.pk)
    is_cover = bool(known["target"] and known["amount"])
    title = "Cover overspending" if is_cover else "Move money"
    context = {"form": form, "title": title, "period": period, "is_cover": is_cover}
    return render(request, "budgets/move.html", context, status=_status(form))


@page
def brought_forward(request: PersonRequest, period_id: int) -> HttpResponse:
    """Choose what is carried over from the period before, and type what comes on top."""
    period = own_period(request, period_id)
    previous = BudgetPeriod.objects.for_user(request.user).before(period).with_budget().first()
    known = {"amount": period.budget.brought_forward, "carry_over": period.budget.carry_over}
    form = BroughtForwardForm(posted(request), initial=known, previous=previous.name if previous else "")
    if request.method == "POST" and attempt(
        form,
        lambda: services.set_brought_forward(user=request.user, period_id=period.pk, **form.cleaned_data),
    ):
        messages.success(request, "Saved what is brought forward.")
        return redirect("budgets:budget_period", period.pk)
    had = budget_summary(request.user, previous).left if previous else None
    context = {"form": form, "period": period, "previous": previous, "had": had}
    return render(request, "budgets/brought_forward.html", context, status=_status(form))


@require_POST
def take_brought_forward(request: PersonRequest, period_id: int) -> HttpResponse:
    period = own_period(request, period_id)
    try:
        amount = services.take_brought_forward(user=request.user, period_id=period.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Brought forward {format_money(amount, request.user.currency)}.")
    return redirect("budgets:budget_period", period.pk)


def own_period(request: PersonRequest, period_id: int) -> BudgetPeriod:
    return get_object_or_404(BudgetPeriod.objects.for_user(request.user).with_budget(), pk=period_id)


def _move(request: PersonRequest, period: BudgetPeriod, form: MoveMoneyForm) -> None:
    data = form.cleaned_data
    services.move_money(
        user=request.user,
        period_id=period.pk,
        source_id=data["source"],
        target_id=data["target"],
        amount=data["amount"],
    )


def _budget_page(request: PersonRequest, timeline: Timeline, entered: TypedAmounts | None = None) -> HttpResponse:
    period, look = timeline.shown, Look.read(request.GET)
    if period is None:
        raise Http404
    writer = Writer(request.user, budget_summary(request.user, period), entered or TypedAmounts(), look)
    shown = writer.page(today_of(request.user), switcher(period, timeline.periods))
    errors = entered.errors if entered else {}
    context = {
        "budget": shown,
        "errors": errors,
        "look": look,
        "stops": stops_html(shown.switch.stops, look.query()),
        "figures": figures_html(shown.figures),
        "table": groups_html(shown.groups),
        "total": total_html(shown.total),
    }
    return render(request, "budgets/budget.html", context | _looks(period, look), status=422 if errors else 200)


def _looks(period: BudgetPeriod, look: Look) -> dict[str, str]:
    """Links to the other ways of showing the table."""
    here = address("budgets:budget_period", period.pk)
    return {
        "query": look.query(),
        "by_name": here + look.query(sort=""),
        "over_first": here + look.query(sort="over"),
        "open_all": here + look.query(groups=""),
        "close_all": here + look.query(groups="closed"),
    }


def _way_back(request: PersonRequest, period: BudgetPeriod) -> HttpResponse:
    """To the table as it was looked at."""
    page_url = reverse("budgets:budget_period", args=[period.pk])
    return redirect(page_url + Look.read(request.GET).query())


def _changed_lines(request: PersonRequest, period: BudgetPeriod, entered: TypedAmounts) -> HttpResponse:
    """The line, and out of band every sum that it is part of. 200 even when refused: htmx shows nothing else."""
    kept = entered if entered.errors else TypedAmounts()
    writer = Writer(request.user, budget_summary(request.user, period), kept)
    groups = writer.only(set(entered.typed))
    context = {
        "lines": lines_html(groups),
        "sums": sums_html(groups),
        "figures": figures_html(writer.figures(), oob=True),
        "total": total_html(writer.total(), oob=True),
        "said": "" if entered.errors else writer.said(set(entered.typed)),
    }
    return render(request, "budgets/allocated.html", context)


def _refused(request: PersonRequest, period: BudgetPeriod, sentence: str) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(HttpResponse(status=204), "toast", {"text": sentence, "level": "bad"})
    messages.error(request, sentence)
    return _way_back(request, period)


def form_page(
    request: PersonRequest, form: IncomeForm | MoveMoneyForm, title: str, period: BudgetPeriod
) -> HttpResponse:
    return render(request, "budgets/form.html", {"form": form, "title": title, "period": period}, status=_status(form))


def _status(form: IncomeForm | MoveMoneyForm | BroughtForwardForm) -> int:
    return 422 if form.is_bound and form.errors else 200
