"""Mailed tokens: stored as a hash, one open per user, used once, gone in time."""

import hashlib
import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import EmailVerification, PasswordResetToken
from accounts.signin import tokens

pytestmark = pytest.mark.django_db


def issue(kind: str, user: Any) -> str:
    if kind == "reset":
        return tokens.issue_reset(user=user)
    return tokens.issue_verification(user=user, email="new@example.com")


def opened(kind: str, token: str) -> Any:
    return tokens.open_reset(token=token) if kind == "reset" else tokens.open_verification(token=token)


def spend(kind: str, token: str) -> None:
    if kind == "reset":
        tokens.spend_reset(token=token)
    else:
        tokens.spend_verification(token=token)


MODELS = {"reset": PasswordResetToken, "verification": EmailVerification}
KINDS = pytest.mark.parametrize("kind", MODELS)
LIVES = [("reset", timedelta(hours=1)), ("verification", timedelta(hours=24))]


@KINDS
def test_only_the_sha256_of_a_token_is_stored(kind: str, owner: Any) -> None:
    token = issue(kind, owner)
    row = MODELS[kind].objects.get()
    assert len(token) >= 43  # 32 bytes in base64
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in {str(value) for value in vars(row).values()}


@KINDS
def test_a_new_token_replaces_the_unused_one(kind: str, owner: Any, stranger: Any) -> None:
    other = issue(kind, stranger)
    first, second = issue(kind, owner), issue(kind, owner)
    assert opened(kind, first) is None
    assert opened(kind, second).user == owner
    assert opened(kind, other).user == stranger
    assert MODELS[kind].objects.count() == 2


@KINDS
def test_a_token_is_used_once(kind: str, owner: Any) -> None:
    token = issue(kind, owner)
    spend(kind, token)
    assert opened(kind, token) is None
    with pytest.raises(tokens.LinkNotValid, match="no longer valid"):
        spend(kind, token)


@KINDS
def test_used_tokens_stay_as_history(kind: str, owner: Any) -> None:
    spend(kind, issue(kind, owner))
    issue(kind, owner)
    assert MODELS[kind].objects.filter(user=owner).count() == 2


@pytest.mark.parametrize(("kind", "life"), LIVES)
def test_a_token_works_until_its_end_and_not_after(kind: str, life: timedelta, owner: Any) -> None:
    token = issue(kind, owner)
    end = MODELS[kind].objects.get().expires_at
    assert abs(end - timezone.now() - life) < timedelta(seconds=10)
    with time_machine.travel(end - timedelta(seconds=1), tick=False):
        assert opened(kind, token) is not None
    with time_machine.travel(end, tick=False):
        assert opened(kind, token) is None
        with pytest.raises(tokens.LinkNotValid):
            spend(kind, token)


@pytest.mark.parametrize("token", ["", "x", "0" * 64])
@KINDS
def test_unknown_tokens_open_nothing(kind: str, token: str, owner: Any) -> None:
    issue(kind, owner)
    assert opened(kind, token) is None


def test_a_reset_of_somebody_deactivated_opens_nothing(owner: Any) -> None:
    token = tokens.issue_reset(user=owner)
    owner.is_active = False
    owner.save()
    assert tokens.open_reset(token=token) is None


@pytest.mark.django_db(transaction=True)
@KINDS
def test_simultaneous_requests_leave_one_open_token(kind: str, owner: Any) -> None:
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def ask() -> None:
        try:
            start.wait()
            issue(kind, owner)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert MODELS[kind].objects.count() == 1
