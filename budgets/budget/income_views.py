"""The income of a budget: added, changed and deleted on the budget page itself, or on pages of their own."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.people.requests import PersonRequest
from budgets.budget import services
from budgets.budget.budget_html import figures_html
from budgets.budget.forms import IncomeForm, errors_of
from budgets.budget.page import Writer
from budgets.budget.summary import budget_summary
from budgets.budget.views import form_page, own_period
from budgets.models import BudgetPeriod, IncomeSource
from wealthwise.core.forms import attempt, page, posted
from wealthwise.core.money import format_money


@page
def income_add(request: PersonRequest, period_id: int) -> HttpResponse:
    period = own_period(request, period_id)
    form = IncomeForm(posted(request))
    if request.method == "POST" and attempt(
        form, lambda: services.add_income(user=request.user, period_id=period.pk, **form.cleaned_data)
    ):
        if request.htmx:
            return _section(request, period, None, f"Added {form.cleaned_data['name']}.")
        messages.success(request, f"Added “{form.cleaned_data['name']}”.")
        return _back(period)
    if request.htmx and form.is_bound:
        return _section(request, period, form, "Nothing was added.")
    return form_page(request, form, "Add income", period)


@page
def income_edit(request: PersonRequest, pk: int) -> HttpResponse:
    income = _income(request, pk)
    form = IncomeForm(posted(request), initial={"name": income.name, "amount": income.amount})
    if request.method == "POST" and attempt(
        form, lambda: services.update_income(user=request.user, income_id=pk, **form.cleaned_data)
    ):
        if request.htmx:
            return _changed(request, income, "")
        messages.success(request, f"Saved “{form.cleaned_data['name']}”.")
        return _back(income.budget.period)
    if request.htmx and form.is_bound:
        return _changed(request, income, errors_of(form))
    return form_page(request, form, "Edit income", income.budget.period)


@page
def income_delete(request: PersonRequest, pk: int) -> HttpResponse:
    income = _income(request, pk)
    if request.method == "POST":
        income.delete()
        messages.success(request, f"Deleted “{income.name}”.")
        return _back(income.budget.period)
    amount = format_money(income.amount, request.user.currency)
    text = f"“{income.name}” of {amount} is taken out of {income.budget.period.name}."
    return render(
        request, "budgets/confirm.html", {"title": "Delete income", "text": text, "period": income.budget.period}
    )


def _income(request: PersonRequest, pk: int) -> IncomeSource:
    mine = IncomeSource.objects.for_user(request.user).select_related("budget__period")
    return get_object_or_404(mine, pk=pk)


def _back(period: BudgetPeriod) -> HttpResponse:
    return redirect(f"{reverse('budgets:budget_period', args=[period.pk])}#budget-income")


def _fragment(request: PersonRequest, period_id: int) -> tuple[Writer, dict[str, Any]]:
    """Every sum that an income is part of, read after the change."""
    period = own_period(request, period_id)
    writer = Writer(request.user, budget_summary(request.user, period))
    context = {"period": period, "income": writer.income(), "income_total": writer.income_total()}
    return writer, context | {"figures": figures_html(writer.figures(), oob=True)}


def _section(request: PersonRequest, period: BudgetPeriod, form: IncomeForm | None, said: str) -> HttpResponse:
    """The whole list with an empty row, or with ``form``, which was refused."""
    writer, context = _fragment(request, period.pk)
    said = f"{said} {writer.said(set())}"
    return render(request, "budgets/income_changed.html", context | {"form": form or IncomeForm(), "said": said})


def _changed(request: PersonRequest, income: IncomeSource, error: str) -> HttpResponse:
    """Out of band: the field with its amount, what is wrong with it, and the sums."""
    writer, context = _fragment(request, income.budget.period_id)
    source = next((shown for shown in context["income"] if shown.id == income.pk), None)
    said = "" if error else f"Saved {source.name if source else 'it'}. {writer.said(set())}"
    return render(request, "budgets/income_changed.html", context | {"source": source, "error": error, "said": said})
