"""Pages of the ledger: the list, and entering, changing and deleting transactions and transfers."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.models.cached_user import account_names
from accounts.people.once import once
from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from transactions.balances.notices import say_what_differs
from transactions.balances.reconciled import question_of
from transactions.bulk import services as bulk
from transactions.categories.targets import targets
from transactions.ledger import listing, services
from transactions.ledger.beginning import beginning_of, remember
from transactions.ledger.forms import BookingForm, EntryForm, TransferForm
from transactions.ledger.merging import ChangedMeanwhile
from transactions.models import Transaction
from transactions.rules.pages import filing_of
from transactions.search.filters import CURSOR, DIRECTIONS
from transactions.search.language import HELP
from transactions.search.views import filter_of
from wealthwise.core.errors import AskFirst, DomainError, NotFound
from wealthwise.core.forms import done, form_page, has_agreed, page, posted, way_back
from wealthwise.core.money import format_money

ENTRY = "transactions/ledger/entry.html"


@require_safe
@limited("searches", asking="q")
def transaction_list(request: UserRequest) -> HttpResponse:
    """The list; asked by htmx for more, only the next rows."""
    form, only_rows = filter_of(request, request.GET), bool(request.htmx)
    mine, cursor = Transaction.objects.for_user(request.user), request.GET.get(CURSOR, "")
    context = {"form": form, "listing": listing.build(mine, form, cursor=cursor, only_rows=only_rows)}
    if only_rows:
        response = render(request, "transactions/ledger/days.html", context)
    else:
        context |= {
            "is_first": CURSOR not in request.GET,
            "directions": DIRECTIONS.items(),
            "periods": [(pk, period.name) for pk, period in form.names.periods.items()],
            "targets": targets(form.names),
            "help": HELP,
        }
        response = render(request, "transactions/ledger/list.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@page
def add(request: UserRequest) -> HttpResponse:
    form = EntryForm(posted(request), user=request.user, initial=beginning_of(request))

    def save() -> HttpResponse:
        services.record_transaction(user=request.user, booking=form.booking(), agreed=has_agreed(request))
        return _added(request, form, "transactions:add")

    once_saved = once(request, save, way_back(request))
    return form_page(request, form, once_saved, ENTRY, _around(request, "Add transaction"))


@page
def transfer(request: UserRequest) -> HttpResponse:
    form = TransferForm(posted(request), user=request.user, initial=beginning_of(request))

    def save() -> HttpResponse:
        services.record_transfer(user=request.user, booking=form.booking(), agreed=has_agreed(request))
        return _added(request, form, "transactions:transfer")

    once_saved = once(request, save, way_back(request))
    return form_page(request, form, once_saved, ENTRY, _around(request, "Add transfer"))


@page
def edit(request: UserRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    if row.split_id and request.method != "POST":  # all of it is changed there
        return redirect(f"{reverse('transactions:split', args=[pk])}?{urlencode({'next': way_back(request)})}")
    form = form_of(request, row)

    def save() -> HttpResponse:
        updated = update(request, row, form)
        say_what_differs(request)
        tags = f"undo {updated.action_id}" if updated.action_id else ""
        messages.success(request, saved_in_words(request, form, updated.theirs), extra_tags=tags)
        return redirect(way_back(request))

    return form_page(
        request, form, save, ENTRY, _around(request, "Edit transfer" if row.transfer_id else "Edit transaction", row)
    )


@page
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """Ask on GET, delete on POST."""
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    back = way_back(request)
    context = {"row": row, "back": back, "question": question_of(request.user, row)}
    if request.method != "POST":
        return render(request, "transactions/ledger/delete.html", context)
    try:
        outcome = bulk.delete_one(user=request.user, row=row, agreed=has_agreed(request))
    except AskFirst as question:
        return render(request, "transactions/ledger/delete.html", context | {"question": str(question)}, status=409)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    say_what_differs(request)
    messages.success(request, outcome.sentence, extra_tags=f"undo {outcome.action_id}")
    return redirect(back)


def _around(request: UserRequest, title: str, row: Transaction | None = None) -> dict[str, Any]:
    around: dict[str, Any] = {"title": title, "row": row, "back": way_back(request), "partners": []}
    if row:
        around["filing"] = filing_of(request.user, row)
    if row and row.account_id and not row.transfer_id:
        open_ones = [account for account in account_names(request.user) if account.is_active]
        around["partners"] = [(one.id, one.name) for one in open_ones if one.id != row.account_id]
    return around


def _added(request: UserRequest, form: EntryForm | TransferForm, another: str) -> HttpResponse:
    remember(request, form)
    say_what_differs(request)
    again = f"{reverse(another)}?{urlencode({'date': form.cleaned_data['date'], 'next': way_back(request)})}"
    return done(request, saved_in_words(request, form), again if "another" in request.POST else way_back(request))


def form_of(request: UserRequest, row: Transaction, **options: Any) -> EntryForm | TransferForm:
    """The form that changes ``row``: of a transfer, both of its legs."""
    options |= {"user": request.user, "row": row}
    if not row.transfer_id:
        return EntryForm(posted(request), **options)
    legs = Transaction.objects.for_user(request.user).transfer_legs(row.transfer_id)
    return TransferForm(posted(request), other=legs.exclude(pk=row.pk).first(), **options)


def update(request: UserRequest, row: Transaction, form: EntryForm | TransferForm) -> services.Updated:
    """Write what a valid form says about ``row``. Raises as the services do; the form shows what others changed."""
    who: Any = {"user": request.user, "shown": form.cleaned_data["shown"], "agreed": has_agreed(request)}
    try:
        if isinstance(form, EntryForm):
            return services.update_transaction(**who, transaction_id=row.pk, booking=form.booking())
        if row.transfer_id is None:
            raise NotFound("That transfer is no longer there.")
        return services.update_transfer(**who, transfer_id=row.transfer_id, leg_id=row.pk, booking=form.booking())
    except ChangedMeanwhile as refusal:
        form.ask_again(refusal)
        raise


# What a part of a row is called where somebody else changed it.
PARTS = {"day": "date", "clock": "time", "into": "account", "subcategory": "category"}


def saved_in_words(request: UserRequest, form: BookingForm, theirs: Sequence[str] = ()) -> str:
    """``theirs`` are the parts that somebody else changed meanwhile, which stay."""
    amount = format_money(form.cleaned_data["amount"], request.user.currency)
    parts = ", ".join(dict.fromkeys(PARTS.get(name, name) for name in theirs))
    kept = f" Changed elsewhere meanwhile, and kept: {parts}." if parts else ""
    return f"Saved “{form.cleaned_data['description']}”, {amount}.{kept}"
