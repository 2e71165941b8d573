"""The actions of the list of users and of a user's page: each goes to the page that asks for a reason."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User
from wealthwise.console.access.guards import may
from wealthwise.console.people import services
from wealthwise.console.people.services import Action

PLACES = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]


def person_actions() -> list[Callable[..., Any]]:
    """One of each."""
    return [_asking(action) for action in (*services.ACTIONS.values(), services.EXPORT)]


def permitted(request: HttpRequest, actions: dict[str, Any]) -> dict[str, Any]:
    """Those of ``actions`` that this member of staff may do."""
    rights = {_name(action): action.permission for action in (*services.ACTIONS.values(), services.EXPORT)}
    return {name: found for name, found in actions.items() if may(request, rights[name])}


def _name(action: Action) -> str:
    return action.name.replace("-", "_")


def _asking(action: Action) -> Callable[..., Any]:
    single = action.single or action is services.EXPORT
    limit = 1 if single else services.MANY

    @admin.action(description=action.title, location=PLACES)
    def ask(modeladmin: Any, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        chosen = list(queryset.values_list("pk", flat=True)[: limit + 1])
        if len(chosen) > limit:
            messages.warning(request, "Choose one person." if single else f"Choose at most {limit} people.")
            return None
        return redirect(f"{reverse('admin:people', args=[action.name])}?{urlencode([('id', key) for key in chosen])}")

    ask.__name__ = _name(action)
    return ask
