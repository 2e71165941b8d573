"""Bulk changes from the list: one step, or two when they delete or reach beyond a page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from accounts.people.requests import UserRequest
from transactions.balances import reconciled
from transactions.balances.notices import say_what_differs
from transactions.bulk import sentences, services
from transactions.bulk.forms import BulkForm
from transactions.categories.kinds import turning
from transactions.categories.targets import ACCOUNT, SUBCATEGORY, targets
from transactions.models import Category
from transactions.models.cached_names import names_of
from transactions.search.filters import PAGE_SIZE
from wealthwise.core.errors import AskFirst, DomainError
from wealthwise.core.forms import has_agreed, way_back
from wealthwise.core.money import format_money


@require_POST
def change(request: UserRequest) -> HttpResponse:
    """Do it, or first ask: before a deletion, beyond one page, without a target, or when the number changed.

    A script that asks (htmx) gets no page: 204 when it is done, and 409 when it has to be asked, which takes the form.
    """
    form = BulkForm(request.POST, user=request.user, names=names_of(request.user))
    if not form.is_valid():
        messages.error(request, " ".join(str(text) for errors in form.errors.values() for text in errors))
        return redirect(way_back(request))
    turns = _turning(request, form)
    if _must_ask(form) or (turns and not form.cleaned_data["agreed"]):
        return HttpResponse(status=409) if request.htmx else _ask(request, form, turns=turns)
    try:
        outcome = _apply(request, form)
    except (services.Stale, AskFirst) as refusal:
        return HttpResponse(status=409) if request.htmx else _ask(request, form, notice=str(refusal), turns=turns)
    except services.NothingToDo as refusal:
        return _said(request, "warn", str(refusal))
    except DomainError as refusal:
        return _said(request, "bad", str(refusal))
    say_what_differs(request)
    return _said(request, "good", outcome.sentence, outcome.action_id)


@require_POST
def undo(request: UserRequest) -> HttpResponse:
    """Take the last bulk change back, if ``action`` still is the last."""
    try:
        number = int(request.POST.get("action", "")[:18])
        messages.success(request, services.undo(user=request.user, action_id=number))
        say_what_differs(request, unasked=True)
    except ValueError:
        messages.error(request, "There is nothing to undo.")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(way_back(request))


def _said(request: UserRequest, level: str, text: str, action_id: int | None = None) -> HttpResponse:
    """Tell what came of it: the script at once, else the next page."""
    if request.htmx:
        toast = {"text": text, "level": level} | ({"undo": action_id} if action_id else {})
        return trigger_client_event(HttpResponse(status=204), "toast", toast)
    tell = {"good": messages.success, "warn": messages.warning, "bad": messages.error}[level]
    tell(request, text, extra_tags=f"undo {action_id}" if action_id else "")
    return redirect(way_back(request))


def _must_ask(form: BulkForm) -> bool:
    data = form.cleaned_data
    if data["action"] == "move" and not data["target"]:
        return True
    return not data["confirmed"] and (data["action"] == "delete" or form.size_sent > PAGE_SIZE)


def _apply(request: UserRequest, form: BulkForm) -> services.Outcome:
    rows, seen = form.rows(), form.size_sent
    if form.cleaned_data["action"] == "delete":
        return services.delete(user=request.user, rows=rows, seen=seen, agreed=has_agreed(request))
    kind, number = form.destination
    if form.tagging:
        is_on = form.tagging == "on"
        return services.tag(user=request.user, rows=rows, tag_id=number, seen=seen, is_on=is_on)
    if kind == ACCOUNT:
        agreed = has_agreed(request)
        return services.move_account(user=request.user, rows=rows, account_id=number, seen=seen, agreed=agreed)
    return services.recategorise(user=request.user, rows=rows, subcategory_id=number, seen=seen)


def _turning(request: UserRequest, form: BulkForm) -> str:
    """What a move to a subcategory would turn from spending into income or back; empty when nothing."""
    kind, number = form.destination
    if form.cleaned_data["action"] != "move" or kind != SUBCATEGORY or number not in form.names.category_of:
        return ""
    to = Category.Kind.INCOME if number in form.names.of_kind("income") else Category.Kind.EXPENSE
    others = form.names.of_kind("expense" if to == Category.Kind.INCOME else "income")
    found = services.filed_under(form.rows(), others) if others else None
    return (
        turning(found.number, format_money(found.total, request.user.currency), to) if found and found.number else ""
    )


def _ask(request: UserRequest, form: BulkForm, *, notice: str = "", turns: str = "") -> HttpResponse:
    """The confirmation. It carries the number that matches now, and says so where that is not what was sent."""
    size = services.size_of(form.rows())
    if not notice and size.matched != form.size_sent:
        notice = sentences.stale(form.size_sent, size.matched)
    status, question = 409 if notice else 200, _question(request, form)
    context = {
        "form": form,
        "question": question,
        "targets": targets(form.names),
        "size": size,
        "what": sentences.transactions(size.matched),
        "sides": sentences.sides(size.transfers),
        "others": sentences.others(size.lone_legs),
        "notice": "" if notice == question else notice,
        "turns": turns,
        "back": way_back(request),
        "is_delete": form.cleaned_data["action"] == "delete",
    }
    return render(request, "transactions/bulk/confirm.html", context, status=status)


def _question(request: UserRequest, form: BulkForm) -> str:
    """What is asked where rows agree with the bank, and would go or go elsewhere."""
    data = form.cleaned_data
    if data["action"] == "delete":
        return reconciled.in_words(request.user, form.rows())
    kind, number = form.destination if data["target"] else ("", 0)
    return reconciled.in_words(request.user, form.rows(), target_id=number) if kind == ACCOUNT else ""
