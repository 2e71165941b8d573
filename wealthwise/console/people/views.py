"""The page that asks before something is done about users, and does it."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from transactions.jobs.views import file_of, has_file
from wealthwise.console.access.frame import page
from wealthwise.console.access.guards import actor_of, demand
from wealthwise.console.access.reason import ReasonForm
from wealthwise.console.people import exports, services
from wealthwise.console.people.services import Action
from wealthwise.core.errors import DomainError


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, action: str) -> HttpResponseBase:
    """Ask for a reason, then do it for each of the users named by ``id``."""
    if action == "export":
        return _export(request)
    chosen = services.ACTIONS.get(action)
    if chosen is None:
        raise Http404
    demand(request, chosen.permission)
    persons = _persons(request, 1 if chosen.single else services.MANY)
    form = ReasonForm(request.POST or None, typed=persons[0].username if chosen.single else "")
    if request.method == "POST" and form.is_valid():
        return _perform(request, chosen, persons, form.cleaned_data["reason"])
    return page(
        request, "ops/people.html", chosen.title, action=chosen, persons=persons, form=form, back=_back(persons)
    )


def _persons(request: HttpRequest, limit: int) -> list[User]:
    """The users named in the address; 404 without any, for more than the action takes, and for strangers' ids."""
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
            services.perform(action=action, actor=actor_of(request), person_id=person.pk, reason=reason)
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
    """Hand out a user's data, with a reason and an entry in the log; of many rows, when a job has made the file."""
    demand(request, "export_user")
    person = _persons(request, 1)[0]
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = exports.export(actor=actor_of(request), person=person, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            messages.error(request, f"{person.username}: {refusal}")
            return redirect(_back([person]))
        if file is None:
            return redirect(f"{reverse('admin:people', args=['export'])}?id={person.pk}")
        return FileResponse(
            file, as_attachment=True, filename=exports.name_of(person), content_type="application/json"
        )
    job = exports.latest(actor=actor_of(request), person=person)
    return page(
        request, "ops/people.html", services.EXPORT.title, action=services.EXPORT, persons=[person], form=form,
        back=_back([person]), job=job, has_file=job is not None and has_file(job),
    )  # fmt: skip


@require_safe
@never_cache
def exported(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """The file that a job made of a person's data, for who asked for it."""
    demand(request, "export_user")
    person = get_object_or_404(User, pk=person_id)
    job = exports.latest(actor=actor_of(request), person=person)
    if job is None or not has_file(job):
        raise Http404
    return file_of(job)
