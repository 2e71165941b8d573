"""A form that is sent twice acts once: by a double click, Back and Save, or a retry after a lost answer.

Each form that adds something carries a key, ``{{ form_key() }}``, made anew whenever it is shown.
"""

import hashlib
from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.models import FormReceipt, User
from accounts.people.requests import UserRequest
from wealthwise.core.errors import DomainError
from wealthwise.postgres.sql import value_of

FIELD: Final = "once"
ALREADY: Final = "That was saved already. Nothing was added twice."
# What says where to go afterwards, and not what to do.
_LEFT_OUT: Final = {FIELD, "csrfmiddlewaretoken", "next", "another"}

# By uq_form_receipt_key. Receipts that nobody can send again by mistake go as new ones come.
_RECEIVE: Final = """
    WITH old AS (
        DELETE FROM form_receipt WHERE user_id = %(user)s AND id IN (
            SELECT id FROM form_receipt WHERE user_id = %(user)s AND created_at < now() - interval '7 days'
            LIMIT 100 FOR UPDATE SKIP LOCKED)
    )
    INSERT INTO form_receipt (user_id, key, digest) VALUES (%(user)s, %(key)s, %(digest)s)
    ON CONFLICT (user_id, key) DO NOTHING RETURNING id
"""


class SentBefore(DomainError):
    """The form was sent before with something else in it, which may well be meant."""


def acted(request: UserRequest, action: Callable[[], object]) -> bool:
    """Run ``action``, unless this form did before; whether it ran. Raises SentBefore, and what ``action`` raises.

    The receipt is stored with what the action writes: refused, neither is. A form without a key always acts.
    """
    key = _key_of(request)
    if key is None:
        action()
        return True
    return do_once(request.user, key, _digest(request), lambda _: action())


def do_once(user: User, key: UUID, digest: str, action: Callable[[int], object]) -> bool:
    """Run ``action``, which is told the id of its receipt, unless it ran under ``key`` before; whether it ran.

    Raises SentBefore where ``digest`` is another one than then, and what ``action`` raises.
    """
    with transaction.atomic():
        receipt = value_of(_RECEIVE, user=user.pk, key=key, digest=digest)
        if receipt is not None:
            action(receipt)
            return True
    if FormReceipt.objects.filter(user=user, key=key, digest=digest).exists():
        return False
    raise SentBefore("This form was saved already, with something else in it. Save it once more to add this as well.")


def note_made(user: User, receipt: int, ids: Collection[int]) -> None:
    """Remember what came of what was sent."""
    FormReceipt.objects.filter(user=user, pk=receipt).update(made=list(ids))


def made_before(user: User, key: UUID) -> list[int]:
    """The ids of the rows that came of what was sent under ``key``."""
    return FormReceipt.objects.filter(user=user, key=key).values_list("made", flat=True).get() or []


def once(request: UserRequest, save: Callable[[], HttpResponse], to: str, *ids: int) -> Callable[[], HttpResponse]:
    """``save`` for a form page. Sent again, the form leads to ``to`` and says that it was saved already."""

    def saved() -> HttpResponse:
        answers: list[HttpResponse] = []
        if acted(request, lambda: answers.append(save())):
            return answers[0]
        messages.info(request, ALREADY)
        return redirect(to, *ids)

    return saved


def _key_of(request: UserRequest) -> UUID | None:
    try:
        return UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None


def _digest(request: UserRequest) -> str:
    typed = sorted((name, values) for name, values in request.POST.lists() if name not in _LEFT_OUT)
    files = [(file.name, file.size) for _, sent in sorted(request.FILES.lists()) for file in sent]
    return hashlib.sha256(repr((request.path, typed, files)).encode("utf-8", "surrogatepass")).hexdigest()
