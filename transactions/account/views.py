"""The page of one account: its balance over time and what was booked last."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.people.requests import PersonRequest
from transactions.account import page


@require_safe
def account(request: PersonRequest, account_id: int) -> HttpResponse:
    shown = get_object_or_404(Account.objects.for_user(request.user), pk=account_id)
    shown.user = request.user  # known already: not a statement of its own
    context = page.context(shown, span=request.GET.get("span", ""), here=request.get_full_path())
    return render(request, "transactions/account.html", context)
