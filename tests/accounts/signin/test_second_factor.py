"""Authenticator app, recovery codes, passkeys, and staff who must have one of them."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def code_of(secret: str) -> str:
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def secret(owner: User) -> str:
    """The owner has an authenticator app and recovery codes."""
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    RecoveryCodes.activate(owner)
    return secret


def after_password(client: Client) -> Any:
    return client.post("/auth/login/", {"login": "owner", "password": PASSWORD})


def confirmed(client: Client, path: str) -> Any:
    """GET a page that wants the password again, and give it."""
    response = client.get(path)
    return client.post(response.url, {"password": PASSWORD}, follow=True)


def test_the_app_is_set_up_by_scanning(
    owner_client: Client, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    page = confirmed(owner_client, "/auth/2fa/totp/activate/")
    assert b'src="data:image/svg+xml' in page.content
    secret = page.context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        response = owner_client.post("/auth/2fa/totp/activate/", {"code": code_of(secret)})
    assert response.url == "/auth/2fa/recovery-codes/"
    types = set(Authenticator.objects.filter(user=owner).values_list("type", flat=True))
    assert types == {"totp", "recovery_codes"}
    assert {tuple(message.to) for message in mail.outbox} == {("owner@example.com",)}


def test_a_wrong_code_sets_up_nothing(owner_client: Client, owner: User) -> None:
    confirmed(owner_client, "/auth/2fa/totp/activate/")
    owner_client.post("/auth/2fa/totp/activate/", {"code": "000000"})
    assert not Authenticator.objects.exists()


def test_sign_in_then_wants_the_code(client: Client, owner: User, secret: str) -> None:
    assert after_password(client).url == "/auth/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    client.post("/auth/2fa/authenticate/", {"code": "000000"})
    assert "_auth_user_id" not in client.session
    response = client.post("/auth/2fa/authenticate/", {"code": code_of(secret)})
    assert response.url == "/dashboard/"
    assert client.session["_auth_user_id"] == str(owner.pk)


def test_a_recovery_code_works_once(client: Client, owner: User, secret: str) -> None:
    code = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
    after_password(client)
    client.post("/auth/2fa/authenticate/", {"code": code})
    assert client.session["_auth_user_id"] == str(owner.pk)
    again = Client()
    after_password(again)
    again.post("/auth/2fa/authenticate/", {"code": code})
    assert "_auth_user_id" not in again.session


def test_codes_are_limited(client: Client, owner: User, secret: str) -> None:
    after_password(client)
    for _ in range(5):
        client.post("/auth/2fa/authenticate/", {"code": "000000"})
    client.post("/auth/2fa/authenticate/", {"code": code_of(secret)})
    assert "_auth_user_id" not in client.session


def test_a_reset_password_does_not_skip_the_second_factor(client: Client, owner: User, secret: str) -> None:
    from accounts.signin import tokens

    path = f"/auth/password/reset/key/0-{tokens.issue_reset(user=owner)}/"
    new = "Quite-Different-77"
    client.post(client.get(path).url, {"password1": new, "password2": new})
    assert client.post("/auth/login/", {"login": "owner", "password": new}).url == "/auth/2fa/authenticate/"


@pytest.mark.parametrize(
    "path",
    ["totp/activate/", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "webauthn/add/"],
)
def test_changing_factors_wants_the_password_again(path: str, owner_client: Client, secret: str) -> None:
    response = owner_client.get(f"/auth/2fa/{path}")
    assert response.status_code == 302
    assert response.url != "/auth/2fa/"


def test_passkeys_belong_to_the_configured_site(owner_client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://money.example:8443"
    page = confirmed(owner_client, "/auth/2fa/webauthn/add/")
    options = page.context["js_data"]["creation_options"]["publicKey"]
    assert options["rp"] == {"id": "money.example", "name": "WealthWise"}


def test_a_passkey_sign_in_begins_without_a_name(client: Client) -> None:
    response = client.get("/auth/2fa/webauthn/login/", headers={"accept": "application/json"})
    options = json.loads(response.content)["request_options"]["publicKey"]
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials")


def test_strangers_keys_are_out_of_reach(owner: User, stranger_client: Client) -> None:
    key = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Mine", "credential": {}})
    confirmed(stranger_client, "/auth/2fa/webauthn/add/")
    for action in ("edit", "remove"):
        assert stranger_client.get(f"/auth/2fa/webauthn/keys/{key.pk}/{action}/").status_code == 404
        assert stranger_client.post(f"/auth/2fa/webauthn/keys/{key.pk}/{action}/").status_code == 404
    assert Authenticator.objects.get().pk == key.pk


# Staff


def test_staff_get_in_without_when_nothing_asks_for_it(staff_client: Client) -> None:
    assert staff_client.get("/console/").status_code == 200


def test_staff_are_sent_to_set_up_their_factor(staff_client: Client, settings: Any) -> None:
    settings.STAFF_REQUIRE_MFA = True
    for path in ("/console/", "/console/accounts/user/"):
        assert staff_client.get(path).url == "/auth/2fa/"
    assert staff_client.get("/accounts/").status_code == 200


def test_staff_with_a_factor_get_in(staff: User, staff_client: Client, settings: Any) -> None:
    settings.STAFF_REQUIRE_MFA = True
    TOTP.activate(staff, generate_totp_secret())
    assert staff_client.get("/console/").status_code == 200


def test_recovery_codes_are_shown(owner: User, owner_client: Client, secret: str) -> None:
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    page = confirmed(owner_client, "/auth/2fa/recovery-codes/").content.decode()
    assert [code for code in codes if code not in page] == []


def test_somebody_with_a_second_factor_can_change_their_address(
    owner: User, owner_client: Client, secret: str
) -> None:
    asked = owner_client.post("/auth/email/", {"action_add": "1", "email": "new@example.com"})
    assert asked.url.startswith("/auth/reauthenticate/")
    owner_client.post(asked.url, {"password": PASSWORD})
    assert mail.outbox[-1].to == ["new@example.com"]


def test_passkeys_are_numbered_for_each_person(owner: User, stranger: User) -> None:
    from allauth.mfa.models import Authenticator

    from accounts.signin.adapter import MFAAdapter

    kind = Authenticator.Type.WEBAUTHN
    for _ in range(2):
        Authenticator.objects.create(user=stranger, type=kind, data={})
    assert MFAAdapter().generate_authenticator_name(owner, kind) == "Key 1"
    assert MFAAdapter().generate_authenticator_name(stranger, kind) == "Key 3"
