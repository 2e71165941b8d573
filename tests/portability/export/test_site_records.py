"""An export tells everything that is kept about a person, and an import takes none of it over."""

import json
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from accounts.models import ApiToken, KnownDevice, User
from tests.console.conftest import member
from tests.factories import PASSWORD
from tests.portability.export.households import export
from transactions.models import SavedFilter
from wealthwise.api.tokens.services import make_token
from wealthwise.console.models import ConsoleLog
from wealthwise.console.people import services as console
from wealthwise.portability.export.services import restore

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(owner: User, stranger: User) -> dict[str, Any]:
    """The owner signs in, has a factor and a filter, and staff did something; so did and have others."""
    staff = member("operator")
    for user in (stranger, owner):
        agent = {"user-agent": f"Firefox of {user.username}"}
        Client().post("/auth/login/", {"login": user.username, "password": PASSWORD}, headers=agent)
        secret = generate_totp_secret()
        TOTP.activate(user, secret)
        RecoveryCodes.activate(user)
        SavedFilter.objects.create(user=user, name="Shops", query=f"q={user.username}")
        reason = f"Ticket of {user.username}"
        console.perform(action=console.ACTIONS["end-sessions"], actor=staff, person_id=user.pk, reason=reason)
        Client().post("/auth/login/", {"login": user.username, "password": PASSWORD}, headers=agent)
        make_token(user=user, name=f"Script of {user.username}", scope="read", days=30)
    told: dict[str, Any] = json.loads(export(owner))
    return told


def test_everything_that_is_kept_is_told(owner: User, known: dict[str, Any]) -> None:
    records = known["site_records"]
    assert [record["record"] for record in records] == [
        "email_address", "known_device", "second_factor", "second_factor", "saved_filter", "staff_action",
        "api_token",
    ]  # fmt: skip
    by_kind = {record["record"]: record for record in records}
    assert by_kind["email_address"] == {"record": "email_address", "email": "owner@example.com", "verified": True}
    assert (by_kind["saved_filter"]["name"], by_kind["saved_filter"]["query"]) == ("Shops", "q=owner")
    action = by_kind["staff_action"]
    assert (action["action"], action["reason"]) == ("end-sessions", "Ticket of owner")
    before, after = {"sessions": 1, "tokens": 0}, {"sessions": 0, "tokens": 0}
    assert (action["before"], action["after"]) == (before, after)
    assert (by_kind["api_token"]["name"], by_kind["api_token"]["scope"]) == ("Script of owner", "read")
    assert action["at"].startswith("20")


def test_neither_staff_nor_secrets_nor_others_are_in_it(owner: User, known: dict[str, Any]) -> None:
    text = json.dumps(known)
    entry = ConsoleLog.objects.first()
    assert entry is not None
    device = KnownDevice.objects.get(user=owner)
    token = ApiToken.objects.get(user=owner)
    for secret in (
        token.token_hash,
        "stranger",
        entry.actor,
        str(entry.actor_uuid),
        device.token_hash,
        owner.password,
        "sealed:",
    ):
        assert secret not in text


def test_sessions_are_told_with_where_they_are(owner: User) -> None:
    Client().post("/auth/login/", {"login": "owner", "password": PASSWORD}, headers={"user-agent": "Firefox"})
    (session,) = [record for record in json.loads(export(owner))["site_records"] if record["record"] == "session"]
    assert (session["address"], session["browser"]) == ("127.0.0.1", "Firefox")


def test_an_import_takes_none_of_it_over(owner: User, stranger: User, known: dict[str, Any]) -> None:
    empty = User.objects.create(username="empty", email="empty@example.com")
    before = ConsoleLog.objects.count(), SavedFilter.objects.count(), KnownDevice.objects.count()
    known["site_records"].append({"record": "staff_action", "user_id": stranger.pk, "anything": ["else"]})
    assert restore(user=empty, chunks=lambda: [json.dumps(known).encode()]) == {}
    assert (ConsoleLog.objects.count(), SavedFilter.objects.count(), KnownDevice.objects.count()) == before
    empty.refresh_from_db()
    assert (empty.username, empty.email) == ("empty", "empty@example.com")
