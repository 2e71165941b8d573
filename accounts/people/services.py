"""Writes about users and their accounts."""

import secrets
from collections.abc import Collection, Iterator
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ApiToken, PasswordResetToken, User, WebSession, username_base
from accounts.models.cached_user import SETTINGS
from accounts.people import hooks
from accounts.people.choices import TERMS_VERSION
from wealthwise.core.errors import DomainError

USERNAME_LENGTH: Final = 20
NEIGHBOURS: Final = 99


class EmailTaken(DomainError):
    """Another user has the address. Sign-up must not say so: see SignupForm."""


class UsernameTaken(DomainError):
    """Another user has the name. Said to users who are signed in only, ten times an hour."""


def create_user(*, email: str, password: str, first_name: str, last_name: str, username: str = "") -> User:
    """Add a user who accepts the current terms; the address still has to be verified.

    A wished username that is taken gets a number, as does one made from the address: an error would tell
    that the account exists. Two sign-ups that choose the same name at once: the unique index refuses
    the second, which goes on with its next candidate. Raises EmailTaken.
    """
    person = User(
        email=email.strip().lower(),
        first_name=first_name,
        last_name=last_name,
        password=make_password(password),
        terms_version=TERMS_VERSION,
        terms_accepted_at=timezone.now(),
    )
    for candidate in free_usernames(username.lower() or username_base(email)):
        person.username = candidate
        if _inserted(person):
            return person
    raise AssertionError("free_usernames never ends")


def _inserted(person: User) -> bool:
    """Insert; False when the username was taken meanwhile."""
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if broken == "idx_user_email":
            raise EmailTaken("That email address is in use.") from error
        if broken != "idx_user_username":
            raise
        return False
    return True


def free_usernames(base: str) -> Iterator[str]:
    """Endless candidates: `base`, then base2 to base99 as far as free (one query), then random numbers."""
    near = [base, *(f"{base[: USERNAME_LENGTH - 2]}{number}" for number in range(2, NEIGHBOURS + 1))]
    taken = set(User.objects.filter(username__in=near).values_list("username", flat=True))
    yield from (name for name in near if name not in taken)
    while True:
        yield f"{base[: USERNAME_LENGTH - 6]}{secrets.randbelow(10**6):06}"


@transaction.atomic
def set_password(*, user: User, password: str) -> None:
    """Change the password. Every session made with the old one ends, since its hash no longer matches; tokens too."""
    user.set_password(password)
    user.save(update_fields=["password"])
    ApiToken.objects.for_user(user).delete()
    PasswordResetToken.objects.filter(user=user, used_at=None).delete()


@transaction.atomic
def save_settings(*, user: User, before: User, fields: Collection[str]) -> None:
    """Store the settings. With a new limit on doing nothing, each session counts as used just now."""
    user.save(update_fields=fields)
    if user.idle_minutes != before.idle_minutes:
        WebSession.objects.for_user(user).update(seen_at=timezone.now())


@transaction.atomic
def change_username(*, user: User, username: str) -> None:
    """Take another name to sign in with. Raises UsernameTaken; the unique index decides, also between two at once."""
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(username=username.lower())
    except IntegrityError as error:
        raise UsernameTaken("That username is taken.") from error
    SETTINGS.changed(user.pk)
    user.username = username.lower()


@transaction.atomic
def erase_user(*, user: User) -> None:
    """Delete a user, everything of theirs, and every session; nothing can be brought back.

    One DELETE: the database cascades through the domain tables and sessions; Django deletes allauth's rows first.
    """
    user.delete()
    for follow in hooks.after_erasure:
        transaction.on_commit(follow, robust=True)
