"""Pages of a person's rules: their list and order, adding and changing them, and what they do to the history."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.people.once import once
from accounts.people.requests import UserRequest
from transactions.bulk import services as bulk
from transactions.categories.kinds import TurnsKind
from transactions.models import Rule, Transaction
from transactions.rules import pages, services
from transactions.rules.forms import ApplyForm, RuleForm
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, has_agreed, page, posted, way_back
from wealthwise.core.two_tabs import edit_page, kept_of

HOME = "transactions:rules"
FORM = "transactions/rules/form.html"
APPLY = "transactions/rules/apply.html"


@require_safe
def rules(request: UserRequest) -> HttpResponse:
    return render(request, "transactions/rules/list.html", {"rules": pages.listed(request.user)})


@page
def rule_add(request: UserRequest) -> HttpResponse:
    """A new rule; with ``row``, the one that comes to mind for that transaction. What it would change comes next."""
    number = request.GET.get("row", "")
    mine = Transaction.objects.for_user(request.user).without_transfers()
    row = mine.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    form = RuleForm(posted(request), user=request.user, initial=RuleForm.initial_of(row) if row else {})

    def save() -> HttpResponse:
        rule = services.add_rule(user=request.user, terms=form.terms())
        messages.success(request, "Saved the rule.")
        return redirect(_preview_of(rule.pk, way_back(request, HOME)))

    context = {"title": "Add rule", "rule": None, "back": way_back(request, HOME)}
    return form_page(request, form, once(request, save, HOME), FORM, context)


@edit_page
def rule_edit(request: UserRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(Rule.objects.for_user(request.user), pk=pk)
    form = RuleForm(posted(request), user=request.user, rule=rule, of_row=True)

    def save() -> HttpResponse:
        services.update_rule(user=request.user, rule_id=pk, terms=form.terms())
        messages.success(request, f"Saved the rule.{kept_of(form)}")
        return redirect(_preview_of(pk, way_back(request, HOME)))

    context = {"title": "Edit rule", "rule": rule, "back": way_back(request, HOME)}
    return form_page(request, form, save, FORM, context)


@require_POST
def rule_delete(request: UserRequest, pk: int) -> HttpResponse:
    get_object_or_404(Rule.objects.for_user(request.user), pk=pk)
    services.delete_rule(user=request.user, rule_id=pk)
    return done(request, "Deleted the rule. What it filed stays where it is.", HOME)


@require_POST
def rule_move(request: UserRequest, pk: int) -> HttpResponse:
    get_object_or_404(Rule.objects.for_user(request.user), pk=pk)
    to = request.POST.get("to", "")
    if to in ("first", "up", "down", "last"):
        try:
            services.move_rule(user=request.user, rule_id=pk, to=to)
        except DomainError as refusal:
            messages.error(request, str(refusal))
    return redirect(f"{reverse(HOME)}#rule-{pk}")


@page
def rules_apply(request: UserRequest) -> HttpResponse:
    """What the rules would change in the history, and changing it."""
    form = ApplyForm(request.POST if request.method == "POST" else request.GET)
    asked = form.cleaned_data if form.is_valid() else {"rule": None, "page": None, "seen": None}
    if request.method == "POST" and asked["seen"] is not None:
        try:
            return _applied(request, asked["rule"], asked["seen"])
        except (bulk.Stale, TurnsKind) as refusal:
            context = pages.apply_context(request.user, asked, notice=str(refusal))
            return render(request, APPLY, context | {"back": way_back(request, HOME)}, status=409)
    return render(request, APPLY, pages.apply_context(request.user, asked) | {"back": way_back(request, HOME)})


def _applied(request: UserRequest, rule_id: int | None, seen: int) -> HttpResponse:
    back = redirect(way_back(request, HOME))
    try:
        agreed = has_agreed(request)
        outcome = services.apply_rules(user=request.user, seen=seen, rule_id=rule_id, agreed=agreed)
    except (bulk.NothingToDo, bulk.TooMany) as refusal:
        messages.warning(request, str(refusal))
        return back
    messages.success(request, outcome.sentence, extra_tags=f"undo {outcome.action_id}")
    return back


def _preview_of(rule_id: int, back: str) -> str:
    asked: dict[str, Any] = {"rule": rule_id, "next": back}
    return f"{reverse('transactions:rules_apply')}?{urlencode(asked)}"
