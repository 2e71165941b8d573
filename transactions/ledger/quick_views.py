"""Adding a transaction from whatever page one is on: the add form as a fragment for the dialog.

The dialog is a comfort of the script: without it, and without htmx, every "Add" leads to the full page.
"""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from accounts.people.requests import PersonRequest
from transactions.ledger import services
from transactions.ledger.forms import EntryForm
from transactions.ledger.views import beginning_of, remember, say_saved
from wealthwise.core.forms import attempt, posted
from wealthwise.core.money import format_money

IDS = "quick_%s"  # the page below may show the same form


@require_http_methods(["GET", "HEAD", "POST"])
def quick_add(request: PersonRequest) -> HttpResponse:
    """The form; posted, 204 when saved, a fresh form when another is wanted, 422 with the form when refused."""
    if not request.htmx:
        return redirect("transactions:add")
    form = EntryForm(posted(request), user=request.user, initial=beginning_of(request), auto_id=IDS)
    if request.method == "POST" and attempt(
        form, lambda: services.record_transaction(user=request.user, booking=form.booking())
    ):
        remember(request, form)
        return _another(request, form) if "another" in request.POST else _done(request, form)
    return render(request, "transactions/quick.html", {"form": form}, status=422 if form.errors else 200)


def _done(request: PersonRequest, form: EntryForm) -> HttpResponse:
    """The page is loaded anew by the script and shows the message then."""
    say_saved(request, form)
    return trigger_client_event(HttpResponse(status=204), "quick-add-saved")


def _another(request: PersonRequest, form: EntryForm) -> HttpResponse:
    data = form.cleaned_data
    said = f"Saved “{data['description']}”, {format_money(data['amount'], request.user.currency)}."
    kept = beginning_of(request) | {"direction": data["direction"]}
    fresh = EntryForm(user=request.user, initial=kept, auto_id=IDS)
    response = render(request, "transactions/quick.html", {"form": fresh, "said": said})
    return trigger_client_event(response, "quick-add-kept")
