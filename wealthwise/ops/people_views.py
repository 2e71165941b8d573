"""The page that asks before something is done about people, and does it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import User
from wealthwise.errors import DomainError
from wealthwise.ops import people
from wealthwise.ops.guards import actor_of, demand
from wealthwise.ops.people import Action
from wealthwise.ops.views import page


class ReasonForm(forms.Form):
    """Why it is done; for an erasure also the username, typed."""

    reason = forms.CharField(
        max_length=300,
        min_length=5,
        label="Reason",
        help_text="Kept in the log with your name. A ticket number is enough; no amounts and no addresses.",
    )
    confirmation = forms.CharField(max_length=20, label="Type the username to confirm")

    def __init__(self, *args: Any, typed: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed = typed
        if not typed:
            del self.fields["confirmation"]

    def clean_confirmation(self) -> str:
        given: str = self.cleaned_data["confirmation"].strip().lower()
        if given != self.typed:
            raise forms.ValidationError(f"Type {self.typed}, the username of who is to be erased.")
        return given


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, action: str) -> HttpResponseBase:
    """Ask for a reason, then do it for each of the people named by ``id``."""
    if action == "export":
        return _export(request)
    chosen = people.ACTIONS.get(action)
    if chosen is None:
        raise Http404
    demand(request, chosen.permission)
    persons = _persons(request, 1 if chosen.single else people.MANY)
    form = ReasonForm(request.POST or None, typed=persons[0].username if chosen.single else "")
    if request.method == "POST" and form.is_valid():
        return _perform(request, chosen, persons, form.cleaned_data["reason"])
    return page(
        request, "ops/people.html", chosen.title, action=chosen, persons=persons, form=form, back=_back(persons)
    )


def _persons(request: HttpRequest, limit: int) -> list[User]:
    """The people named in the address; 404 without any, for more than the action takes, and for strangers' ids."""
    given = (request.POST if request.method == "POST" else request.GET).getlist("id")
    if not 0 < len(given) <= limit or not all(number.isdecimal() and len(number) < 10 for number in given):
        raise Http404
    found = list(User.objects.filter(pk__in=given).order_by("username"))
    if len(found) != len(set(given)):
        raise Http404
    return found


def _perform(request: HttpRequest, action: Action, persons: list[User], reason: str) -> HttpResponse:
    done = 0
    for person in persons:
        try:
            people.perform(action=action, actor=actor_of(request), person_id=person.pk, reason=reason)
            done += 1
        except DomainError as error:
            messages.error(request, f"{person.username}: {error}")
    if done:
        messages.success(request, f"{action.title}: done for {done} of {len(persons)}.")
    return redirect("admin:accounts_user_changelist") if action.single and done else redirect(_back(persons))


def _back(persons: list[User]) -> str:
    if len(persons) == 1:
        return reverse("admin:accounts_user_change", args=[persons[0].pk])
    return reverse("admin:accounts_user_changelist")


def _export(request: HttpRequest) -> HttpResponseBase:
    """Hand out a person's data, with a reason and an entry in the log."""
    demand(request, "export_user")
    person = _persons(request, 1)[0]
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = people.export(actor=actor_of(request), person=person, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            messages.error(request, f"{person.username}: {refusal}")
            return redirect(_back([person]))
        return FileResponse(file, as_attachment=True, filename=f"{person.uuid}.json", content_type="application/json")
    return page(
        request, "ops/people.html", people.EXPORT.title, action=people.EXPORT, persons=[person], form=form,
        back=_back([person]),
    )  # fmt: skip
