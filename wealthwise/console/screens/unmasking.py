"""Amounts and texts are hidden in the console until somebody says why they need them.

A reason opens one user's rows to one member of staff, in that session, for a quarter of an hour. The log has who,
whom, when and why. Without it the columns are not even read from the database.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.models import User
from wealthwise.console.access import audit
from wealthwise.console.access.frame import page
from wealthwise.console.access.guards import actor_of, may, needs
from wealthwise.console.access.reason import ReasonForm

MASK: Final = "•••••"
OPEN_FOR: Final = timedelta(minutes=15)
_KEY = "unmasked"


def open_people(request: HttpRequest) -> list[int]:
    """Ids of the users whose amounts this session may see now; none once the right to unmask was taken away."""
    if not may(request, "unmask"):
        return []
    now = timezone.now().timestamp()
    return [int(key) for key, until in request.session.get(_KEY, {}).items() if until > now]


def open_person(request: HttpRequest, user_id: int) -> None:
    now = timezone.now()
    kept = {key: until for key, until in request.session.get(_KEY, {}).items() if until > now.timestamp()}
    request.session[_KEY] = {**kept, str(user_id): (now + OPEN_FOR).timestamp()}


def with_mask(queryset: QuerySet[Any], request: HttpRequest, masked: Collection[str]) -> QuerySet[Any]:
    """Rows that know whether they are open; while nobody is, the masked columns stay in the database."""
    people = open_people(request)
    is_open = Q(user_id__in=people) if people else Value(False)
    read = queryset if people else queryset.defer(*masked)
    rows: QuerySet[Any] = read.annotate(is_open=ExpressionWrapper(is_open, output_field=BooleanField()))
    return rows


@require_http_methods(["GET", "POST"])
@needs("unmask")
def unmask(request: HttpRequest, user_id: int) -> HttpResponse:
    person = get_object_or_404(User, pk=user_id)
    form = ReasonForm(request.POST or None)
    back = _back(request, person)
    if request.method == "POST" and form.is_valid():
        minutes = OPEN_FOR.total_seconds() // 60
        audit.record(
            actor=actor_of(request),
            action="unmask",
            person=person,
            reason=form.cleaned_data["reason"],
            before={"masked": person.pk not in open_people(request)},
            after={"masked": False, "minutes": int(minutes)},
        )
        open_person(request, person.pk)
        return redirect(back)
    return page(request, "ops/unmask.html", "Show amounts and texts", person=person, form=form, back=back)


def _back(request: HttpRequest, person: User) -> str:
    """Where the user was, or their transactions."""
    given = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(given, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return given
    return reverse("admin:transactions_transaction_changelist") + f"?q={person.username}"
