"""Possible transfers: two rows that fit are offered, and a user decides."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Account
from accounts.people.requests import UserRequest
from transactions.balances.notices import say_what_differs
from transactions.models import Transaction, TransferRefusal
from transactions.pairing import hints
from transactions.transfers import services
from wealthwise.core.errors import DomainError, NotFound
from wealthwise.core.forms import done, way_back

HOME = "transactions:possible_transfers"
# The value of ?days=, and its words.
SPANS = ((90, "3 months"), (hints.YEAR, "1 year"), (1830, "5 years"))


SAID = {
    "made": "It is a transfer now, and counts neither as spending nor as income.",
    "refused": "Left as they are. These two are not offered again.",
}


class SpanForm(forms.Form):
    days = forms.TypedChoiceField(choices=SPANS, coerce=int, required=False)
    made = forms.UUIDField(required=False)
    refused = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    row = forms.IntegerField(required=False, min_value=1, max_value=2**62)


class PairForm(forms.Form):
    out = forms.IntegerField(min_value=1, max_value=2**62)
    into = forms.IntegerField(min_value=1, max_value=2**62)


class UndoForm(forms.Form):
    """What to undo: a transfer that was made, with ``keep`` as the only side that stays, or a refusal."""

    transfer = forms.UUIDField(required=False)
    refusal = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    is_none = forms.BooleanField(required=False)
    keep = forms.IntegerField(required=False, min_value=1, max_value=2**62)


@require_safe
def possible_transfers(request: UserRequest) -> HttpResponse:
    """The pairs of some time, or that of one ``row`` of the list."""
    form = SpanForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    days = asked.get("days") or hints.YEAR
    row = Transaction.objects.for_user(request.user).filter(pk=asked["row"]).first() if asked.get("row") else None
    found = hints.find_of_row(request.user, row.pk, row.booked_on) if row else hints.find(request.user, days=days)
    context = {
        "row": row,
        "pairs": found.pairs,
        "total": found.total,
        "spans": SPANS,
        "days": days,
        **_just_decided(request, asked),
    }
    return render(request, "transactions/transfers/possible.html", context)


def _just_decided(request: UserRequest, asked: dict[str, Any]) -> dict[str, Any]:
    """What the URL says was decided, as far as it still stands and can be undone."""
    made, refused = asked.get("made"), asked.get("refused")
    if made and not Transaction.objects.for_user(request.user).transfer_legs(made).exists():
        made = None
    if refused and not TransferRefusal.objects.for_user(request.user).filter(pk=refused).exists():
        refused = None
    return {"made": made, "refused": refused}


@require_POST
def make(request: UserRequest) -> HttpResponse:
    return _decided(request, "made", services.make_transfer)


@require_POST
def refuse(request: UserRequest) -> HttpResponse:
    return _decided(request, "refused", services.refuse_pair)


def _decided(request: UserRequest, word: str, decide: Callable[..., Any]) -> HttpResponse:
    """Do what was pressed and show it with its undo: in place of the pair for htmx, else above the list."""
    form = PairForm(request.POST)
    refusal, key = "These two are no longer there.", None
    if form.is_valid():
        try:
            key = decide(user=request.user, out_id=form.cleaned_data["out"], into_id=form.cleaned_data["into"])
        except DomainError as reason:
            refusal = str(reason)
    if request.htmx:
        context = {"made": None, "refused": None, "refusal": refusal, word: key}
        return render(request, "transactions/transfers/answer.html", context)
    if key is None:
        messages.error(request, refusal)
        return redirect(way_back(request, HOME))
    if "next" in request.POST:
        return done(request, SAID[word], way_back(request, HOME))
    return redirect(f"{reverse(HOME)}?{urlencode({word: key})}")


@require_POST
def give_other_side(request: UserRequest, pk: int) -> HttpResponse:
    """Make one row a transfer to or from the ``account`` that is chosen on its page."""
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    chosen = request.POST.get("account", "")
    number = int(chosen[:9]) if chosen.isascii() and chosen.isdecimal() else 0
    account = Account.objects.for_user(request.user).active().filter(pk=number).first()
    try:
        if account is None:
            raise NotFound("Choose one of your open accounts.")
        services.give_other_side(user=request.user, row_id=row.pk, account=account)
    except DomainError as reason:
        messages.error(request, str(reason))
        return redirect("transactions:edit", pk)
    say_what_differs(request, unasked=True)
    way = "to" if row.amount < 0 else "from"
    return done(request, f"“{row.description}” is a transfer {way} {account.name} now.", way_back(request))


@require_POST
def undo(request: UserRequest) -> HttpResponse:
    form = UndoForm(request.POST)
    try:
        if form.is_valid() and (key := form.cleaned_data["transfer"]) and (keep := form.cleaned_data["keep"]):
            services.take_other_side(user=request.user, transfer_id=key, keep_id=keep)
            messages.success(request, "It is no transfer any more, and the other side is gone.")
            say_what_differs(request, unasked=True)
        elif form.is_valid() and (key := form.cleaned_data["transfer"]):
            services.split_transfer(user=request.user, transfer_id=key, is_none=form.cleaned_data["is_none"])
            messages.success(request, "It is two transactions again.")
        elif form.is_valid() and (refusal := form.cleaned_data["refusal"]):
            services.forget_refusal(user=request.user, refusal_id=refusal)
            messages.success(request, "The two are offered again.")
    except DomainError as reason:
        messages.error(request, str(reason))
    return redirect(way_back(request, HOME))
