"""Sample data: explore with an invented household, and clear it again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.people.requests import UserRequest
from budgets.onboarding.services import is_untouched
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.locales import show_count
from wealthwise.demo import sample_data as demo


@require_safe
def sample_data(request: UserRequest) -> HttpResponse:
    """What sample data is, with the one button that applies: fill or clear."""
    user = request.user
    context = {"sample": demo.sample_of(user), "can_explore": is_untouched(user)}
    return render(request, "wealthwise/demo/sample_data.html", context)


@require_POST
def sample_explore(request: UserRequest) -> HttpResponse:
    user = request.user
    try:
        count = demo.build(user, today_of(user))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        if count:
            messages.success(request, f"Here is a year of sample data: {show_count(count)} transactions. Look around.")
    return redirect("dashboard")


@require_POST
def sample_clear(request: UserRequest) -> HttpResponse:
    cleared = demo.clear(request.user)
    if cleared.transactions:
        kept = cleared.accounts_kept
        count = show_count(cleared.transactions)
        text = f"The sample data is gone: {count} transactions, with their accounts, periods and plan."
        if kept:
            text += f" Accounts that stay, because you use them: {kept}."
        messages.success(request, text)
    return redirect("dashboard")
