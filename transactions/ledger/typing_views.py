"""What scripts ask for while somebody types: what a description brings along, and where one can go."""

from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.people.requests import UserRequest
from transactions.ledger.forms import wanted_of
from transactions.models.cached_names import names_of
from transactions.rules.completions import Completion, answer, complete
from transactions.search.links import list_url
from wealthwise.core.money import format_typed


@require_safe
def suggest(request: UserRequest) -> JsonResponse:
    """What goes with a description, and why, for the entry form's script; null where nobody can tell."""
    wanted = wanted_of(request.user, request.GET)
    found = answer(request.user, wanted) if wanted else Completion("")
    return JsonResponse(_as_json(found, request.user.currency))


@require_safe
def completions(request: UserRequest) -> JsonResponse:
    """Descriptions of the person's own history that hold what was typed, each with what goes with it."""
    wanted = wanted_of(request.user, request.GET)
    found = complete(request.user, wanted.description, wanted) if wanted else []
    return JsonResponse({"found": [_as_json(each, request.user.currency) for each in found]})


@require_safe
def places(request: UserRequest) -> JsonResponse:
    """Where the command palette leads beside the pages: accounts, categories, tags, saved filters. No statement while
    the names are cached.
    """
    names, here = names_of(request.user), reverse("transactions:list")
    accounts = [(name, reverse("account", args=[pk]), "Account") for pk, name in names.accounts.items()]
    categories = [(name, list_url(category=pk), "Category") for pk, name in names.categories.items()]
    inner = [
        (name, list_url(subcategory=pk), outer)
        for outer, members in names.grouped(with_archived=True)
        for pk, name in members
    ]
    tags = [(f"#{name}", list_url(tag=pk), "Tag") for pk, name in names.tags.items()]
    saved = [(one.name, f"{here}?{one.query}", "Saved filter") for one in names.saved.values()]
    return JsonResponse({"places": [*accounts, *categories, *inner, *tags, *saved]})


def _as_json(found: Completion, currency: str) -> dict[str, Any]:
    amount = found.amount
    return {
        "description": found.description,
        "uses": found.uses,
        "subcategory": found.subcategory_id,
        "account": found.account_id,
        "amount": None if amount is None else format_typed(abs(amount), currency),
        "direction": None if amount is None else "income" if amount > 0 else "expense",
        "reason": found.reason,
    }
