"""Adding a transaction from whatever page one is on: the form of the dialog that every page has.

The dialog is a comfort of the script: without it, and without htmx, every "Add" leads to the full page.
"""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from accounts.people.once import ALREADY, acted
from accounts.people.requests import UserRequest
from transactions.balances.notices import say_what_differs
from transactions.ledger import services
from transactions.ledger.beginning import beginning_of, remember
from transactions.ledger.forms import EntryForm, TransferForm
from transactions.ledger.views import saved_in_words
from wealthwise.core.forms import form_page, has_agreed, page

WHOLE, REST = "transactions/ledger/quick_whole.html", "transactions/ledger/quick_rest.html"
IDS = "quick_%s"  # the page below may show the same form
BEGUN = {"copy", "direction", "subcategory"}  # what an address says that stands in the head of the form


@page
def quick_add(request: UserRequest) -> HttpResponse:
    """The form without its head, which the page has; whole where the address begins it, and with what was refused.

    Posted: 204 when saved, a fresh form when another is wanted, 422 with the form when refused.
    """
    if not request.htmx:
        return redirect("transactions:add")
    begun = beginning_of(request)
    kind = request.POST.get("direction", str(begun.get("direction", "expense")))
    forms = _forms(request, begun, kind)
    form = forms["form"]

    def save() -> HttpResponse:
        is_new = acted(request, lambda: _book(request, form))
        say_what_differs(request)
        remember(request, form)
        said = saved_in_words(request, form) if is_new else ALREADY
        if "another" in request.POST:
            return _another(request, form, kind, said)
        saved = trigger_client_event(HttpResponse(status=204), "quick-add-saved")
        return trigger_client_event(saved, "toast", {"text": said, "level": "good"})

    template = WHOLE if request.method == "POST" or BEGUN & request.GET.keys() else REST
    return form_page(request, form, save, template, forms | {"said": "", "chosen": kind})


def _forms(request: UserRequest, begun: dict[str, Any], kind: str) -> dict[str, Any]:
    """Both forms that share the dialog; ``form`` is the one that is asked for, bound when it was sent."""
    typed = _typed(request, kind) if request.method == "POST" else None
    options: dict[str, Any] = {"user": request.user, "initial": begun, "auto_id": IDS}
    is_transfer = kind == "transfer"
    transfer = TransferForm(typed if is_transfer else None, **options)
    entry = EntryForm(None if is_transfer else typed, **options)
    return {"entry": entry, "transfer": transfer, "form": transfer if is_transfer else entry}


def _typed(request: UserRequest, kind: str) -> QueryDict:
    """What was sent; a transfer needs no description."""
    typed = request.POST.copy()
    if kind == "transfer" and not typed.get("description", "").strip():
        typed["description"] = "Transfer"
    return typed


def _book(request: UserRequest, form: EntryForm | TransferForm) -> None:
    agreed = has_agreed(request)
    if isinstance(form, TransferForm):
        services.record_transfer(user=request.user, booking=form.booking(), agreed=agreed)
    else:
        services.record_transaction(user=request.user, booking=form.booking(), agreed=agreed)


def _another(request: UserRequest, form: EntryForm | TransferForm, kind: str, said: str) -> HttpResponse:
    """A fresh form, on the day of the last one while the dialog stays open."""
    kept = beginning_of(request) | {"direction": kind, "date": form.cleaned_data["date"]}
    options: dict[str, Any] = {"user": request.user, "initial": kept, "auto_id": IDS}
    entry, transfer = EntryForm(**options), TransferForm(**options)
    fresh = transfer if kind == "transfer" else entry
    context = {"form": fresh, "entry": entry, "transfer": transfer, "chosen": kind, "said": said}
    return trigger_client_event(render(request, WHOLE, context), "quick-add-kept")
