"""The income of a budget: added, changed and deleted on the budget page itself, or on pages of their own."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.people.once import acted, once
from accounts.people.requests import UserRequest
from budgets.budget import services
from budgets.budget.forms import IncomeForm, errors_of
from budgets.budget.views import budget_context, own_period
from budgets.models import BudgetPeriod, IncomeSource
from wealthwise.core.forms import attempt, done, form_page, page, posted
from wealthwise.core.money import format_money
from wealthwise.core.two_tabs import edit_page, kept_of


@page
def income_add(request: UserRequest, period_id: int) -> HttpResponse:
    period = own_period(request, period_id)
    form = IncomeForm(posted(request))

    def add() -> None:
        services.add_income(user=request.user, period_id=period.pk, **form.cleaned_data)

    def save() -> HttpResponse:
        add()
        return done(request, f"Added “{form.cleaned_data['name']}”.", _income_of(period))

    if request.htmx and form.is_bound:
        attempt(form, lambda: acted(request, add))
        context = budget_context(request, period)
        context |= {"added": form.cleaned_data["name"]} if form.is_valid() else {"form": form}
        return render(request, "budgets/budget/income_added.html", context)
    context = {"title": "Add income", "period": period}
    return form_page(request, form, once(request, save, _income_of(period)), "budgets/budget/form.html", context)


@edit_page
def income_edit(request: UserRequest, pk: int) -> HttpResponse:
    income = _own_income(request, pk)
    period = income.budget.period
    form = IncomeForm(posted(request), of_row=True, initial={"name": income.name, "amount": income.amount})

    def update() -> None:
        services.update_income(user=request.user, income_id=pk, **form.cleaned_data)

    def save() -> HttpResponse:
        update()
        return done(request, f"Saved “{form.cleaned_data['name']}”.{kept_of(form)}", _income_of(period))

    if request.htmx and form.is_bound:
        attempt(form, update)
        return _changed(request, income, form)
    return form_page(request, form, save, "budgets/budget/form.html", {"title": "Edit income", "period": period})


@page
def income_delete(request: UserRequest, pk: int) -> HttpResponse:
    income = _own_income(request, pk)
    period = income.budget.period
    if request.method == "POST":
        income.delete()
        return done(request, f"Deleted “{income.name}”.", _income_of(period))
    text = f"“{income.name}” of {format_money(income.amount, request.user.currency)} is taken out of {period.name}."
    context = {"title": "Delete income", "text": text, "period": period}
    return render(request, "budgets/budget/confirm.html", context)


def _own_income(request: UserRequest, pk: int) -> IncomeSource:
    mine = IncomeSource.objects.for_user(request.user).select_related("budget__period")
    return get_object_or_404(mine, pk=pk)


def _income_of(period: BudgetPeriod) -> str:
    """Where the income stands on the budget page."""
    return f"{reverse('budgets:budget_period', args=[period.pk])}#budget-income"


def _changed(request: UserRequest, income: IncomeSource, form: IncomeForm) -> HttpResponse:
    """Out of band: the fields with what is stored, or what is wrong with them, and the sums."""
    error = errors_of(form)
    period = own_period(request, income.budget.period_id)
    context = budget_context(request, period)
    source = next((shown for shown in context["summary"].income_sources if shown.id == income.pk), None)
    context |= {"source": source, "error": error, "again": form.shown_again if error else "", "renamed": form.theirs}
    return render(request, "budgets/budget/income_changed.html", context)
