"""Sessions in the database, read together with what tells whether the cached person still holds: one statement a page.

Whose session it is stands inside of it, where SQL cannot look. The cache remembers the user of a session, by a digest
of its key, and the session is asked for together with the generation of that user. A wrong or missing hint costs the
second statement and nothing else: what counts is the user whom the session names.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models.cached_user import generation_was_read
from wealthwise.postgres.sql import first_row

_READ = """
SELECT s.session_data, (SELECT u.generation FROM "user" u WHERE u.id = %(user)s)
FROM django_session s WHERE s.session_key = %(key)s AND s.expire_date > %(now)s
"""


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        """The session by its key, empty when it is gone or has expired."""
        generation_was_read(None)
        name = (
            f"session-user:{salted_hmac('accounts.sessions', self.session_key or '', algorithm='sha256').hexdigest()}"
        )
        expected = cache.get(name)
        row = first_row(_READ, user=expected, key=self.session_key, now=timezone.now())
        if row is None:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(row[0])
        if SESSION_KEY in data:
            user_id = int(data[SESSION_KEY])
            if user_id != expected:
                cache.set(name, user_id, settings.SESSION_COOKIE_AGE)
            elif row[1] is not None:
                generation_was_read((user_id, row[1]))
        return data
