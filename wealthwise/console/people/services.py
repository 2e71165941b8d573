"""What staff may do about a person. Each verb does its work and writes its log entry in one database transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction

from accounts.models import ApiToken, EmailVerification, PasswordResetToken, User
from accounts.people import services
from accounts.signin import tokens
from wealthwise.console.access import audit
from wealthwise.core.errors import DomainError

MANY = 50  # users that one action may be about


class Refused(DomainError):
    """The action is not for this person."""


@dataclass(frozen=True, slots=True)
class Action:
    """One verb: ``run`` changes a user and says what was before and what is after."""

    name: str
    title: str
    permission: str
    explanation: str
    run: Callable[[User], tuple[dict[str, Any], dict[str, Any]]]
    dangerous: bool = False
    single: bool = False


def perform(*, action: Action, actor: User, person_id: int, reason: str) -> User:
    """Do it to one user, whose row is locked meanwhile. Raises Refused and the domain errors of services."""
    with transaction.atomic():
        person = User.objects.select_for_update().filter(pk=person_id).first()
        if person is None:
            raise Refused("That person is gone already.")
        refuse_unfit(action=action, actor=actor, person=person)
        before, after = action.run(person)
        audit.record(actor=actor, action=action.name, person=person, reason=reason, before=before, after=after)
    return person


def refuse_unfit(*, action: Action, actor: User, person: User) -> None:
    """Nobody locks out themselves, and staff do not take each other's rights: that is a superuser's decision."""
    if not action.dangerous:
        return
    if actor.pk == person.pk:
        raise Refused("That is you: somebody else has to do it.")
    if (person.is_staff or person.is_superuser) and not actor.is_superuser:
        raise Refused(f"{person.username} belongs to the staff: only a superuser may do that.")


def _verify_email(person: User) -> tuple[dict[str, Any], dict[str, Any]]:
    address = EmailAddress.objects.filter(user=person, email=person.email).first()
    before = {"verified": bool(address and address.verified)}
    try:
        with transaction.atomic():
            EmailAddress.objects.filter(user=person, primary=True).exclude(email=person.email).update(primary=False)
            EmailAddress.objects.update_or_create(
                user=person, email=person.email, defaults={"verified": True, "primary": True}
            )
    except IntegrityError as error:
        raise Refused("Somebody else has verified that address.") from error
    EmailVerification.objects.filter(user=person, email=person.email, verified_at=None).delete()
    return before, {"verified": True}


def _send_reset(person: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """The mail leaves after the commit: its link would otherwise be dead when the transaction fails."""
    if not person.is_active:
        raise Refused("A suspended person cannot sign in: restore them first.")
    before = {"open links": PasswordResetToken.objects.filter(user=person, used_at=None).count()}
    token = tokens.issue_reset(user=person)
    transaction.on_commit(lambda: _mail_reset(person, token))
    return before, {"open links": 1, "mailed": True}


def _mail_reset(person: User, token: str) -> None:
    adapter = get_adapter()
    link = adapter.get_reset_password_from_key_url(token)
    adapter.send_password_reset_mail(person, person.email, {"password_reset_url": link})


def _end_sessions(person: User) -> tuple[dict[str, Any], dict[str, Any]]:
    sessions = list(UserSession.objects.filter(user=person))
    for session in sessions:
        session.end()
    tokens, _ = ApiToken.objects.filter(user=person).delete()
    return {"sessions": len(sessions), "tokens": tokens}, {"sessions": 0, "tokens": 0}


def _suspend(person: User) -> tuple[dict[str, Any], dict[str, Any]]:
    before = {"active": person.is_active}
    person.is_active = False
    person.save(update_fields=["is_active"])
    ended, _ = _end_sessions(person)
    return before | ended, {"active": False, "sessions": 0, "tokens": 0}


def _restore(person: User) -> tuple[dict[str, Any], dict[str, Any]]:
    before = {"active": person.is_active}
    person.is_active = True
    person.save(update_fields=["is_active"])
    return before, {"active": True}


def _erase(person: User) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {"active": person.is_active, "accounts": person.accounts.count()}
    ended, _ = _end_sessions(person)
    key = person.pk
    services.erase_user(user=person)
    person.pk = key  # the log and the answer still speak of who it was
    return before | ended, {"erased": True}


ACTIONS = {
    action.name: action
    for action in (
        Action(
            "verify-email",
            "Verify email address",
            "verify_email",
            "Marks the address as verified, as if its owner had followed the link. Make sure that it is theirs.",
            _verify_email,
        ),
        Action(
            "send-reset",
            "Send password reset",
            "send_reset",
            "Mails a link that lives one hour to the person's own address; earlier links stop working.",
            _send_reset,
        ),
        Action(
            "end-sessions",
            "End sessions",
            "end_sessions",
            "Signs the person out everywhere, and ends the tokens of their programs. They can sign in again.",
            _end_sessions,
        ),
        Action(
            "suspend",
            "Suspend",
            "suspend_user",
            "Signs the person out everywhere, ends their tokens, and lets them in no more until restored. Data stays.",
            _suspend,
            dangerous=True,
        ),
        Action("restore", "Restore", "suspend_user", "Lets a suspended person sign in again.", _restore),
        Action(
            "erase",
            "Erase person and data",
            "erase_user",
            "Deletes the person and everything of theirs. Nothing can be brought back, except from a backup.",
            _erase,
            dangerous=True,
            single=True,
        ),
    )
}


def _no_change(person: User) -> tuple[dict[str, Any], dict[str, Any]]:
    return {}, {"exported": True}


EXPORT = Action(
    "export",
    "Export data",
    "export_user",
    "Gives you everything of this person as a file, for a request of theirs. Keep it only while you need it.",
    _no_change,
)
