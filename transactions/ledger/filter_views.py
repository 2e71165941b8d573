"""What can be done with a filtered list: save the filter under a name, and download what it finds."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.people.requests import PersonRequest
from transactions.ledger import list_csv
from transactions.models import Transaction
from transactions.search.views import _filter
from wealthwise.core.downloads import csv_response
from wealthwise.core.limits import limited


@require_safe
@limited("lists")
def download(request: PersonRequest) -> HttpResponseBase:
    """What the filter finds as CSV. A filter with a mistake in it goes back to the list, which says it."""
    form = _filter(request, request.GET)
    if not form.is_understood:
        return redirect(f"{reverse('transactions:list')}?{request.GET.urlencode()}")
    mine = Transaction.objects.for_user(request.user)
    return csv_response(list_csv.filename(form), list_csv.HEADER, list_csv.lines(mine, form))
