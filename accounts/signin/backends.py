"""Sign-in is allauth's; who a session belongs to comes from the cache."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models.cached_user import person


class CachedUserBackend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> Any:
        """The user of a session, None when they are gone or not active."""
        found = person(int(user_id))
        return found if found is not None and self.user_can_authenticate(found) else None
