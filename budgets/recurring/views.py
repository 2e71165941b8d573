"""Recurring income and recurring allocations: both lists on one page, and changing them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.people.once import once
from accounts.people.requests import UserRequest
from budgets.models import RecurringBudgetAllocation, RecurringIncomeSource
from budgets.recurring import services
from budgets.recurring.forms import RecurringAllocationForm, RecurringIncomeForm
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page, posted
from wealthwise.core.two_tabs import edit_page, kept_of

HOME = "budgets:recurring"
FORM = "budgets/budget/form.html"


@require_safe
def recurring(request: UserRequest) -> HttpResponse:
    context = {
        "currency": request.user.currency,
        "income": RecurringIncomeSource.objects.for_user(request.user).order_by("name", "id"),
        "allocations": RecurringBudgetAllocation.objects.for_user(request.user).with_names(),
    }
    return render(request, "budgets/recurring/recurring.html", context)


@page
def income_add(request: UserRequest) -> HttpResponse:
    """The URL can say its name, how much and for which type of period."""
    known = {name: request.GET.get(name) for name in ("name", "amount", "period_type")}
    form = RecurringIncomeForm(posted(request), initial=known)

    def save() -> HttpResponse:
        services.add_recurring_income(user=request.user, **form.cleaned_data)
        return done(request, f"Added “{form.cleaned_data['name']}”.", HOME)

    return form_page(request, form, once(request, save, HOME), FORM, {"title": "Add recurring income", "period": None})


@edit_page
def income_edit(request: UserRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(RecurringIncomeSource.objects.for_user(request.user), pk=pk)
    known = {"name": row.name, "amount": row.amount, "period_type": row.period_type}
    form = RecurringIncomeForm(posted(request), of_row=True, initial=known)

    def save() -> HttpResponse:
        services.update_recurring_income(user=request.user, income_id=pk, **form.cleaned_data)
        return done(
            request, f"Saved “{form.cleaned_data['name']}”. Open budgets stay as they are.{kept_of(form)}", HOME
        )

    return form_page(request, form, save, FORM, {"title": "Edit recurring income", "period": None})


@page
def income_delete(request: UserRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(RecurringIncomeSource.objects.for_user(request.user), pk=pk)
    return _delete(request, row, row.name)


@require_POST
def income_pause(request: UserRequest, pk: int) -> HttpResponse:
    """Pause, or resume when ``active`` is posted."""
    row = get_object_or_404(RecurringIncomeSource.objects.for_user(request.user), pk=pk)
    is_active = "active" in request.POST
    services.set_recurring_income_active(user=request.user, income_id=pk, is_active=is_active)
    return _paused(request, row.name, is_active=is_active)


@page
def allocation_add(request: UserRequest) -> HttpResponse:
    """The URL can say for which subcategory, how much and for which type of period."""
    known = {name: request.GET.get(name) for name in ("subcategory", "amount", "period_type")}
    form = RecurringAllocationForm(posted(request), user=request.user, initial=known)

    def save() -> HttpResponse:
        services.add_recurring_allocation(user=request.user, **form.columns())
        return done(request, f"Added “{form.cleaned_data['subcategory'].name}”.", HOME)

    context = {"title": "Add recurring allocation", "period": None}
    return form_page(request, form, once(request, save, HOME), FORM, context)


@edit_page
def allocation_edit(request: UserRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(RecurringBudgetAllocation.objects.for_user(request.user), pk=pk)
    known = {"subcategory": row.subcategory_id, "amount": row.allocated_amount, "period_type": row.period_type}
    form = RecurringAllocationForm(posted(request), user=request.user, of_row=True, initial=known)

    def save() -> HttpResponse:
        services.update_recurring_allocation(user=request.user, allocation_id=pk, **form.columns())
        name = form.cleaned_data["subcategory"].name
        return done(request, f"Saved “{name}”. Open budgets stay as they are.{kept_of(form)}", HOME)

    return form_page(request, form, save, FORM, {"title": "Edit recurring allocation", "period": None})


@page
def allocation_delete(request: UserRequest, pk: int) -> HttpResponse:
    row = _allocation(request, pk)
    return _delete(request, row, row.subcategory.name)


@require_POST
def allocation_pause(request: UserRequest, pk: int) -> HttpResponse:
    """Pause, or resume when ``active`` is posted."""
    row = _allocation(request, pk)
    is_active = "active" in request.POST
    try:
        services.set_recurring_allocation_active(user=request.user, allocation_id=pk, is_active=is_active)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(HOME)
    return _paused(request, row.subcategory.name, is_active=is_active)


def _allocation(request: UserRequest, pk: int) -> RecurringBudgetAllocation:
    mine = RecurringBudgetAllocation.objects.for_user(request.user).select_related("subcategory")
    row: RecurringBudgetAllocation = get_object_or_404(mine, pk=pk)
    return row


def _delete(request: UserRequest, row: RecurringIncomeSource | RecurringBudgetAllocation, name: str) -> HttpResponse:
    if request.method == "POST":
        row.delete()
        return done(request, f"Deleted “{name}”. Budgets that it filled stay as they are.", HOME)
    text = f"New periods will no longer be filled with “{name}”. Budgets that it filled stay as they are."
    context = {"title": "Delete recurring item", "text": text, "period": None}
    return render(request, "budgets/budget/confirm.html", context)


def _paused(request: UserRequest, name: str, *, is_active: bool) -> HttpResponse:
    text = f"Resumed “{name}”." if is_active else f"Paused “{name}”. New periods are opened without it."
    return done(request, text, HOME)
