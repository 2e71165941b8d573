"""The signed-in user as a request needs them, cached: their settings, and what their accounts are called.

Every page asks who is asking, in which time zone and currency; the answer changes a few times a year. What is
declared as withheld is not cached: the password. A session is proven by a digest of it, which is cached.

Whether what is cached still holds is decided by the person's row: its generation grows with each change of it. So
nobody whose password was changed, who was suspended or erased, comes back with a cache that was away meanwhile.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Func, JSONField, OuterRef, Subquery
from django.utils.crypto import salted_hmac

from wealthwise.core.caching import CachedFact
from wealthwise.postgres.sql import value_of


@dataclass(frozen=True, slots=True)
class AccountName:
    """``reconciled_to`` and ``anchored_on`` are those of the account."""

    id: int
    name: str
    is_active: bool
    anchored_on: date
    reconciled_to: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """Columns of the user by attribute name, the digest that proves a session, and the accounts by name.

    The uuid is text: what is cached has no types of its own.
    The digest is made with SECRET_KEY; ``secret`` tells which, for the time in which it is being changed.
    """

    columns: dict[str, Any]
    session_digest: str
    secret: str
    accounts: tuple[AccountName, ...]


def _load(user_id: int) -> Person | None:
    """One statement: the user by key, their accounts by account_owner_key."""
    parts = ("id", "name", "is_active", "anchored_on", "reconciled_to")
    known = Func(*parts, function="jsonb_build_array", output_field=JSONField())
    accounts = (
        apps.get_model("accounts", "Account")
        .objects.filter(user_id=OuterRef("pk"))
        .order_by()
        .values("user_id")
        .annotate(known=ArrayAgg(known))
        .values("known")
    )
    user = get_user_model().objects.filter(pk=user_id).annotate(known_accounts=Subquery(accounts)).first()
    if user is None:
        return None
    names = sorted((_account_name(known) for known in user.known_accounts or []), key=lambda a: a.name.casefold())
    withheld = user.columns.withheld
    columns = {f.attname: getattr(user, f.attname) for f in user._meta.concrete_fields if f.name not in withheld}
    columns["uuid"] = str(user.uuid)
    return Person(columns, user.get_session_auth_hash(), _secret(), tuple(names))


def _account_name(known: list[Any]) -> AccountName:
    """Of an array in JSON, where days are text."""
    number, name, is_active, anchored_on, reconciled_to = known
    reconciled = date.fromisoformat(reconciled_to) if reconciled_to else None
    return AccountName(number, name, is_active, date.fromisoformat(anchored_on), reconciled)


def _secret() -> str:
    return salted_hmac("accounts.person", "", algorithm="sha256").hexdigest()[:16]


SETTINGS = CachedFact("settings", _load, kind=lambda: Person | None, version=6)
_read: ContextVar[tuple[int, int] | None] = ContextVar("generation read with the session", default=None)
_GENERATION = 'SELECT generation FROM "user" WHERE id = %(user)s'


def person(user_id: int) -> Any:
    """The user, from the cache when they are there; the password is read when it is asked for. None when gone."""
    found = SETTINGS.get(user_id, holds=lambda known: known is not None and _is_of_now(user_id, known))
    if found is None:
        return None
    columns = found.columns | {"uuid": UUID(found.columns["uuid"])}
    user: Any = get_user_model().from_db(DEFAULT_DB_ALIAS, list(columns), list(columns.values()))
    user.account_names = found.accounts
    if found.secret == _secret():
        user.session_digest = found.session_digest
    return user


def generation_was_read(found: tuple[int, int] | None) -> None:
    """Whose generation the session of this request was read with, and which it is; None when it was not."""
    _read.set(found)


def _is_of_now(user_id: int, known: Person) -> bool:
    """Whether the row is still the one that was cached; by its key, or as it was read with the session just now."""
    read = _read.get()
    _read.set(None)  # of one question: what comes later in a request may have changed the row
    now = read[1] if read and read[0] == user_id else value_of(_GENERATION, user=user_id)
    return bool(now == known.columns["generation"])


def account_names(user: Any) -> tuple[AccountName, ...]:
    """The accounts of a user by name, closed ones included; no statement when they came from the cache."""
    known: tuple[AccountName, ...] | None = user.__dict__.get("account_names")
    if known is None:
        found = SETTINGS.get(user.pk)
        known = found.accounts if found else ()
    return known
