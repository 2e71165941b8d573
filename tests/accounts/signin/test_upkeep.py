"""Tokens and sessions whose time is over go; the others stay. Erasing ends every session."""

import io
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import EmailVerification, PasswordResetToken, User, WebSession
from accounts.signin import tokens
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def purged() -> str:
    out = io.StringIO()
    call_command("purge_tokens", stdout=out)
    return out.getvalue()


def signed_in(name: str = "owner") -> Client:
    client = Client()
    client.post("/auth/login/", {"login": name, "password": PASSWORD})
    return client


def test_what_is_over_goes(owner: User, stranger: User) -> None:
    tokens.spend_verification(token=tokens.issue_verification(user=owner, email=owner.email))
    tokens.spend_reset(token=tokens.issue_reset(user=owner))
    over = {"created_at": timezone.now() - timedelta(days=3), "expires_at": timezone.now() - timedelta(seconds=1)}
    EmailVerification.objects.update(**over)
    PasswordResetToken.objects.update(**over)
    kept = tokens.issue_verification(user=stranger, email=stranger.email), tokens.issue_reset(user=stranger)
    assert purged() == (
        "Deleted: 1 address verifications, 1 password resets, 0 sessions, 0 entries of ended sessions, "
        "0 counts of tries, 0 devices.\n"
    )
    assert tokens.open_verification(token=kept[0])
    assert tokens.open_reset(token=kept[1])


def test_a_second_run_finds_nothing(owner: User) -> None:
    assert purged() == purged()


def test_sessions_that_are_over_go_with_their_entries(owner: User, stranger: User) -> None:
    old, current = signed_in(), signed_in("stranger")
    key = old.session.session_key
    WebSession.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert "1 sessions, 1 entries" in purged()
    assert list(UserSession.objects.values_list("user__username", flat=True)) == ["stranger"]
    assert current.get("/accounts/").status_code == 200


def test_deleting_the_account_signs_out_everywhere(owner: User, django_capture_on_commit_callbacks: object) -> None:
    here, elsewhere = signed_in(), signed_in()
    assert elsewhere.get("/accounts/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        here.post("/accounts/settings/delete/", {"password": PASSWORD, "phrase": "delete my account"})
    assert not User.objects.exists()
    assert not UserSession.objects.exists()
    assert not WebSession.objects.filter(session_key=elsewhere.session.session_key).exists()
    assert elsewhere.get("/accounts/").url == "/auth/login/?next=/accounts/"
