"""Adding a transaction from whatever page one is on: the add form as a fragment for the dialog.

The dialog is a comfort of the script: without it, and without htmx, every "Add" leads to the full page.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from accounts.people.once import ALREADY, acted
from accounts.people.requests import UserRequest
from transactions.balances.notices import say_what_differs
from transactions.ledger import services
from transactions.ledger.forms import EntryForm
from transactions.ledger.views import beginning_of, remember, saved_in_words
from wealthwise.core.forms import form_page, has_agreed, page, posted

TEMPLATE = "transactions/ledger/quick.html"
IDS = "quick_%s"  # the page below may show the same form


@page
def quick_add(request: UserRequest) -> HttpResponse:
    """The form; posted, 204 when saved, a fresh form when another is wanted, 422 with the form when refused."""
    if not request.htmx:
        return redirect("transactions:add")
    form = EntryForm(posted(request), user=request.user, initial=beginning_of(request), auto_id=IDS)

    def save() -> HttpResponse:
        def book() -> None:
            services.record_transaction(user=request.user, booking=form.booking(), agreed=has_agreed(request))

        is_new = acted(request, book)
        say_what_differs(request)
        remember(request, form)
        said = saved_in_words(request, form) if is_new else ALREADY
        if "another" in request.POST:
            return _another(request, form, said)
        messages.success(request, said)  # the script loads the page anew, which shows it
        return trigger_client_event(HttpResponse(status=204), "quick-add-saved")

    return form_page(request, form, save, TEMPLATE, {"said": ""})


def _another(request: UserRequest, form: EntryForm, said: str) -> HttpResponse:
    kept = beginning_of(request) | {"direction": form.cleaned_data["direction"]}
    fresh = EntryForm(user=request.user, initial=kept, auto_id=IDS)
    return trigger_client_event(render(request, TEMPLATE, {"form": fresh, "said": said}), "quick-add-kept")
