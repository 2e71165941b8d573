"""Filling amounts: all of a budget from the period before or by averages, and one subcategory on its own page."""

from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.people.requests import PersonRequest
from budgets.budget import services
from budgets.budget.fill_services import SPANS, Filled, averages, copy_allocations, fill_by_average
from budgets.budget.forms import FillForm, LineForm, errors_of
from budgets.budget.page import LineView, Writer
from budgets.budget.summary import budget_summary
from budgets.budget.views import own_period
from budgets.models import BudgetAllocation, BudgetPeriod
from wealthwise.core.forms import attempt, page, posted
from wealthwise.core.locales import counted
from wealthwise.core.money import format_money

COPY = "copy"


@page
def fill(request: PersonRequest, period_id: int) -> HttpResponse:
    """Fill the whole budget; each way says what it would fill in, and afterwards how many amounts it changed."""
    period = own_period(request, period_id)
    choices = [
        (way, f"{label} ({counted(len(amounts), 'amount')}, {total})")
        for way, label, amounts, total in _ways(request, period)
    ]
    form = FillForm(posted(request), choices=choices, initial={"source": COPY, "where": "empty"})
    if request.method == "POST" and attempt(form, lambda: _say(request, _act(request, period, form))):
        return redirect("budgets:budget_period", period.pk)
    context = {"form": form, "period": period, "has_choices": bool(choices)}
    return render(request, "budgets/fill.html", context, status=422 if form.is_bound and form.errors else 200)


@page
def line(request: PersonRequest, period_id: int, subcategory_id: int) -> HttpResponse:
    """One subcategory: type its amount, take one of the amounts offered, or move money."""
    period = own_period(request, period_id)
    shown = _line(request, period, subcategory_id)
    form = LineForm(posted(request), initial={"amount": shown.was})
    if request.method == "POST" and attempt(form, lambda: _save(request, period, subcategory_id, form)):
        messages.success(request, f"Saved {shown.name}.")
        return _to_line(period, subcategory_id)
    ways = [(key, label, total) for key, label, amounts, total in _ways(request, period, subcategory_id) if amounts]
    known = {"subcategory": subcategory_id, "amount": shown.was, "period_type": period.period_type}
    recur = f"{reverse('budgets:recurring_allocation_add')}?{urlencode(known)}"
    context = {"form": form, "period": period, "line": shown, "ways": ways, "recur": recur}
    return render(request, "budgets/line.html", context, status=422 if form.is_bound and form.errors else 200)


@require_POST
def line_fill(request: PersonRequest, period_id: int, subcategory_id: int) -> HttpResponse:
    """Take one of the amounts offered for a subcategory, whatever is budgeted for it now."""
    period = own_period(request, period_id)
    _line(request, period, subcategory_id)
    choices = [(way, way) for way in (COPY, *map(str, SPANS))]
    form = FillForm({"source": request.POST.get("source", ""), "where": "all"}, choices=choices)
    if attempt(form, lambda: _say(request, _act(request, period, form, subcategory_id))):
        return _to_line(period, subcategory_id)
    messages.error(request, errors_of(form))
    return redirect("budgets:line", period.pk, subcategory_id)


def _to_line(period: BudgetPeriod, subcategory_id: int) -> HttpResponse:
    return redirect(f"{reverse('budgets:budget_period', args=[period.pk])}#amount-{subcategory_id}")


def _line(request: PersonRequest, period: BudgetPeriod, subcategory_id: int) -> LineView:
    """The line as the table shows it; 404 unless it has a place there."""
    groups = Writer(request.user, budget_summary(request.user, period)).only({subcategory_id})
    if not groups:
        raise Http404
    return groups[0].lines[0]


def _save(request: PersonRequest, period: BudgetPeriod, subcategory_id: int, form: LineForm) -> None:
    amount = form.cleaned_data["amount"]
    services.set_allocation(user=request.user, period_id=period.pk, subcategory_id=subcategory_id, amount=amount)


def _act(request: PersonRequest, period: BudgetPeriod, form: FillForm, only: int | None = None) -> Filled:
    way, everywhere = form.cleaned_data["source"], form.cleaned_data["where"] == "all"
    if way == COPY:
        return copy_allocations(user=request.user, period_id=period.pk, everywhere=everywhere, only=only)
    return fill_by_average(user=request.user, period_id=period.pk, periods=int(way), everywhere=everywhere, only=only)


def _say(request: PersonRequest, filled: Filled) -> None:
    if filled.count:
        text = f"Filled in {counted(filled.count, 'amount')} from {filled.source}."
        messages.success(request, text)
    else:
        messages.info(request, f"Nothing was changed: there was nothing new to fill in from {filled.source}.")


def _ways(
    request: PersonRequest, period: BudgetPeriod, only: int | None = None
) -> list[tuple[str, str, dict[int, Decimal], str]]:
    """Each way with its name, the amounts by subcategory that it would fill in, and their sum in words."""
    user = request.user
    previous = list(BudgetPeriod.objects.for_user(user).before(period).select_related("budget")[: max(SPANS)])
    if not previous:
        return []
    rows = BudgetAllocation.objects.for_user(user).in_budget(previous[0].budget).filter(allocated_amount__gt=0)
    rows = rows.filter(subcategory=only) if only else rows
    ways = [(COPY, f"Copy of {previous[0].name}", dict(rows.values_list("subcategory_id", "allocated_amount")))]
    for span, amounts in averages(user, previous, only).items():
        # Where there are fewer, the next span is the same average once more.
        if span == min(SPANS) or len(previous) > SPANS[SPANS.index(span) - 1]:
            ways.append((str(span), _label(min(span, len(previous))), amounts))
    return [
        (way, label, amounts, format_money(sum(amounts.values(), Decimal(0)), user.currency))
        for way, label, amounts in ways
    ]


def _label(count: int) -> str:
    return "Average of the period before" if count == 1 else f"Average of the last {count} periods"
