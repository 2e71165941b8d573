"""Sessions in the database, read together with what tells whether the cached person still holds: one statement a page.

The same statement ends a session that is older than its person wants, or was not used for as long. A session that
is read for its own request counts as used, once a minute.
"""

from datetime import timedelta
from typing import Any, Final, override

from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import url_str_to_user_pk
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.db import DatabaseError, transaction
from django.utils import timezone
from psycopg.errors import UniqueViolation

from accounts.models import WebSession
from accounts.models.cached_user import generation_was_read
from wealthwise.core.http.again import harmless
from wealthwise.postgres.sql import first_row

# By uq_web_session_key and the primary key of the person. The read sees the session as it was before.
_READ: Final = """
WITH seen AS (
    UPDATE web_session s SET seen_at = %(now)s FROM "user" u
    WHERE %(own)s AND s.session_key = %(key)s AND u.id = s.user_id
      AND s.seen_at < %(now)s - interval '1 minute' AND s.seen_at > %(now)s - make_interval(mins => u.idle_minutes)
)
SELECT s.session_data, s.user_id, u.generation
FROM web_session s LEFT JOIN "user" u ON u.id = s.user_id
WHERE s.session_key = %(key)s AND s.expire_date > %(now)s
  AND (u.session_days IS NULL OR s.created_at > %(now)s - make_interval(days => u.session_days))
  AND (u.idle_minutes IS NULL OR s.seen_at > %(now)s - make_interval(mins => u.idle_minutes))
"""


VISITING: Final = timedelta(hours=2)  # that a session of somebody who is not signed in lasts: an address may be in it


def _whose(data: dict[str, Any]) -> int | None:
    """Who is signed in, or on the way to it: with the password only, or with an address that is not confirmed."""
    if user_id := data.get(SESSION_KEY) or data.get(_AUTHENTICATION_METHODS_USER_SESSION_KEY):
        return int(user_id)
    waiting = (data.get(LOGIN_SESSION_KEY) or {}).get("user_pk")
    return int(url_str_to_user_pk(waiting)) if waiting else None  # type: ignore[no-untyped-call]  # of allauth


class SessionStore(db.SessionStore):
    """``is_own`` says that the session is the one of the request: see `wealthwise.core.http.sessions`."""

    is_own = False

    @classmethod
    def get_model_class(cls) -> Any:
        return WebSession

    def load(self) -> dict[str, Any]:
        """The session by its key, empty when it is gone, has expired or is over by the limits of its person."""
        generation_was_read(None)
        with harmless():
            row = first_row(_READ, key=self.session_key, now=timezone.now(), own=self.is_own)
        if row is None:
            self._session_key = None
            return {}
        text, user_id, generation = row
        if user_id is not None:
            generation_was_read((user_id, generation))
        data: dict[str, Any] = self.decode(text)
        return data

    @override
    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError for a session that has ended meanwhile, or cannot be stored: it stays ended."""
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # as in its base
        expires = self.get_expiry_date()
        stored = {
            "user_id": _whose(data),
            "session_data": self.encode(data),
            "expire_date": expires if SESSION_KEY in data else min(expires, timezone.now() + VISITING),
        }
        try:
            with transaction.atomic():
                if must_create:
                    begun = {"created_at": timezone.now(), "seen_at": timezone.now()}
                    WebSession.objects.create(session_key=self.session_key, **stored, **begun)
                elif not WebSession.objects.filter(session_key=self.session_key).update(**stored):
                    raise UpdateError
        except DatabaseError as error:
            raise (CreateError if isinstance(error.__cause__, UniqueViolation) else UpdateError) from error
        return None
