"""The step between columns and rows: which of the person's categories those of a file are."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.people.requests import UserRequest
from transactions.importing import readings
from transactions.importing.filing import categories
from transactions.importing.filing.forms import NamesForm
from transactions.importing.preview import read
from transactions.models import ImportBatch
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import form_page, page, posted

TEMPLATE = "transactions/importing/categories.html"


@page
def name_categories(request: UserRequest, pk: int) -> HttpResponse:
    """Ask for the categories of a staged CSV that nobody was asked about yet, and show those that are known."""
    mine = readings.with_file(ImportBatch.objects.for_user(request.user))
    batch = get_object_or_404(mine, pk=pk)
    if readings.size_of(batch) is None or batch.kind != "csv":
        return redirect("transactions:import_check", pk=pk)
    try:
        found = categories.named_in(request.user, read(batch).rows)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("transactions:import_configure", pk=pk)
    asked = found[: categories.MOST_ASKED]
    form = NamesForm(posted(request), user=request.user, asked=asked)

    def keep() -> HttpResponse:
        totals: dict[str, Decimal] = {each.name: each.total for each in asked}
        categories.remember(user=request.user, chosen=form.chosen(), totals=totals)
        is_more = any(not each.is_known for each in found[categories.MOST_ASKED :])
        return redirect(f"transactions:import_{'categories' if is_more else 'check'}", pk=pk)

    context: dict[str, Any] = {"batch": batch, "asked": asked, "more": len(found) - len(asked)}
    return form_page(request, form, keep, TEMPLATE, context)
