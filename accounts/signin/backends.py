"""Sign-in is allauth's; who a session belongs to comes from the cache."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User
from accounts.models.cached_user import person
from accounts.signin import hashers


class CachedUserBackend(AuthenticationBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:  # type: ignore[override]  # as allauth
        """Takes the same hashing for everybody: who is not there, who came from the old application, who is new."""
        self.legacy = ""
        found = super().authenticate(request, **credentials)
        if password := credentials.get("password"):
            hashers.make_up_for(password, done=self.legacy)
        return found

    def _check_password(self, user: User | None, password: str) -> Any:  # type: ignore[override]  # ours is the only model
        before = user.password if user else ""
        self.legacy = hashers.method_of(before)
        found = super()._check_password(user, password)
        if self.legacy and user and user.password == before:  # else the right one was hashed anew
            make_password(password)
        return found

    def get_user(self, user_id: Any) -> Any:
        """The user of a session, None when they are gone or not active."""
        found = person(int(user_id))
        return found if found is not None and self.user_can_authenticate(found) else None
