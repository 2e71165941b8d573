"""What a page says once rows that agreed with the bank have changed."""

from django.contrib import messages

from accounts.people.requests import UserRequest
from transactions.balances.balance_at import disagreements
from transactions.balances.reconciled import reconciled_accounts
from wealthwise.core.forms import has_agreed


def say_what_differs(request: UserRequest, *, unasked: bool = False) -> None:
    """Which accounts no longer agree with their bank, after a change that the user agreed to or that asks nothing."""
    if has_agreed(request) or (unasked and reconciled_accounts(request.user)):
        for sentence in disagreements(request.user):
            messages.warning(request, sentence)
