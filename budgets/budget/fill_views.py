"""Filling amounts: all of a budget from the period before or by averages, and one subcategory on its own page."""

from decimal import Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.people.requests import UserRequest
from budgets.budget import services
from budgets.budget.fill_services import averages, copy_allocations, fill_by_average
from budgets.budget.forms import FillForm, LineForm, errors_of
from budgets.budget.look import only
from budgets.budget.spans import SPANS, spans_before
from budgets.budget.views import budget_context, own_period
from budgets.models import BudgetAllocation, BudgetPeriod, IncomeSource
from wealthwise.core.days import today_of
from wealthwise.core.forms import attempt, done, form_page, page, posted
from wealthwise.core.jinja.writing import typed
from wealthwise.core.locales import counted
from wealthwise.core.money import ZERO, format_money

COPY: Final = "copy"


class Way(NamedTuple):
    """One way to fill amounts in, with those that it would fill in, by subcategory id."""

    key: str
    label: str
    amounts: dict[int, Decimal]
    incomes: dict[int, Decimal] = {}

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)

    def contents(self, currency: str) -> str:
        """How many amounts, and how much: "12 amounts, €1,200; 1 income, €3,000"."""
        parts = [(self.amounts, "amount"), *([(self.incomes, "income")] if self.incomes else [])]
        return "; ".join(
            f"{counted(len(amounts), noun)}, {format_money(sum(amounts.values(), ZERO), currency)}"
            for amounts, noun in parts
        )


@page
def fill(request: UserRequest, period_id: int) -> HttpResponse:
    """Fill the whole budget; each way says what it would fill in, and afterwards how many amounts it changed."""
    period = own_period(request, period_id)
    choices = [(way.key, f"{way.label} ({way.contents(request.user.currency)})") for way in _ways(request, period)]
    wanted = [key for key, _ in choices if key in (request.GET.get("source"), COPY)] or [key for key, _ in choices]
    form = FillForm(posted(request), choices=choices, initial={"source": (wanted or [""])[-1], "where": "empty"})

    def save() -> HttpResponse:
        _fill(request, period, form)
        return redirect("budgets:budget_period", period.pk)

    context = {"period": period, "has_choices": bool(choices)}
    return form_page(request, form, save, "budgets/budget/fill.html", context)


@page
def line(request: UserRequest, period_id: int, subcategory_id: int) -> HttpResponse:
    """One subcategory: type its amount, take one of the amounts offered, or move money."""
    user, period = request.user, own_period(request, period_id)
    context = budget_context(request, period)
    groups = only(context["summary"].groups, {subcategory_id})
    if not groups:
        raise Http404
    shown = groups[0].lines[0]
    budgeted = typed(shown.budgeted, user.currency)
    form = LineForm(posted(request), initial={"amount": budgeted})

    def save() -> HttpResponse:
        amount = form.cleaned_data["amount"]
        services.set_allocation(user=user, period_id=period.pk, subcategory_id=subcategory_id, amount=amount)
        return done(request, f"Saved {shown.name}.", _amount_of(period, subcategory_id))

    def shown_with() -> dict[str, Any]:
        known = {"subcategory": subcategory_id, "amount": budgeted, "period_type": period.period_type}
        recur = f"{reverse('budgets:recurring_allocation_add')}?{urlencode(known)}"
        ways = [way for way in _ways(request, period, subcategory_id) if way.amounts]
        return context | {"form": form, "line": shown, "recur": recur, "ways": ways}

    return form_page(request, form, save, "budgets/budget/line.html", shown_with)


@require_POST
def line_fill(request: UserRequest, period_id: int, subcategory_id: int) -> HttpResponse:
    """Take one of the amounts offered for a subcategory, whatever is budgeted for it now."""
    period = own_period(request, period_id)
    if not only(budget_context(request, period)["summary"].groups, {subcategory_id}):
        raise Http404
    choices = [(way, way) for way in (COPY, *map(str, SPANS))]
    form = FillForm({"source": request.POST.get("source", ""), "where": "all"}, choices=choices)
    attempt(form, lambda: _fill(request, period, form, subcategory_id))
    if form.is_valid():
        return redirect(_amount_of(period, subcategory_id))
    messages.error(request, errors_of(form))
    return redirect("budgets:line", period.pk, subcategory_id)


def _amount_of(period: BudgetPeriod, subcategory_id: int) -> str:
    """Where the subcategory stands on the budget page."""
    return f"{reverse('budgets:budget_period', args=[period.pk])}#amount-{subcategory_id}"


def _fill(request: UserRequest, period: BudgetPeriod, form: FillForm, subcategory_id: int | None = None) -> None:
    """Fill as the form says, and say what came of it."""
    way, everywhere = form.cleaned_data["source"], form.cleaned_data["where"] == "all"
    wanted = {"user": request.user, "period_id": period.pk, "everywhere": everywhere, "only": subcategory_id}
    filled = copy_allocations(**wanted) if way == COPY else fill_by_average(spans=int(way), **wanted)
    counts = [(filled.count, "amount"), (filled.incomes, "income")]
    if said := " and ".join(counted(count, noun) for count, noun in counts if count):
        messages.success(request, f"Filled in {said} from {filled.source}.")
    else:
        messages.info(request, f"Nothing was changed: there was nothing new to fill in from {filled.source}.")


def _ways(request: UserRequest, period: BudgetPeriod, only: int | None = None) -> list[Way]:
    """A copy of the period before where there is one, and averages of as many spans as the ledger has."""
    user, ways = request.user, list[Way]()
    previous = list(BudgetPeriod.objects.for_user(user).before(period).select_related("budget")[: max(SPANS)])
    if previous:
        rows = BudgetAllocation.objects.for_user(user).in_budget(previous[0].budget).filter(allocated_amount__gt=0)
        is_open = {"subcategory__is_archived": False, "subcategory__category__is_archived": False}
        rows = rows.filter(**{"subcategory": only} if only else is_open)
        copied = dict(rows.values_list("subcategory_id", "allocated_amount"))
        ways.append(Way(COPY, f"Copy of {previous[0].name}", copied))
    found_by_number = averages(user, spans_before(period, previous, today_of(user)), only)
    is_asked = not only and any(found.incomes for found in found_by_number.values())
    plans_none = is_asked and not IncomeSource.objects.for_user(user).filter(budget=period.budget).exists()
    for number, found in found_by_number.items():
        incomes = found.incomes if plans_none else {}
        ways.append(Way(str(number), f"Average of {found.in_words()}", found.amounts, incomes))
    return ways
