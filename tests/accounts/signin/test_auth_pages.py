"""Every page of the sign-in family renders in our frame and would pass the policy."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import User
from accounts.signin import tokens
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

PUBLIC = [
    "/auth/login/",
    "/auth/signup/",
    "/auth/inactive/",
    "/auth/confirm-email/",
    "/auth/confirm-email/x/",
    "/auth/password/reset/",
    "/auth/password/reset/done/",
    "/auth/password/reset/key/0-x/",
    "/auth/password/reset/key/done/",
]
SIGNED_IN = [
    "/auth/logout/",
    "/auth/email/",
    "/auth/password/change/",
    "/auth/reauthenticate/",
    "/auth/sessions/",
    "/auth/2fa/",
    "/auth/2fa/webauthn/",
    "/auth/2fa/webauthn/add/",
]
WITH_APP = [
    "/auth/2fa/",
    "/auth/2fa/totp/deactivate/",
    "/auth/2fa/recovery-codes/",
    "/auth/2fa/recovery-codes/generate/",
    "/auth/2fa/reauthenticate/",
]


def assert_ours(response: Any) -> None:
    """Our frame, one h1, and nothing that a policy without unsafe-inline would block."""
    assert response.status_code == 200
    html = response.content.decode()
    assert 'class="brand"' in html
    assert len(re.findall(r"<h1", html)) == 1
    assert not re.search(r"<h1[^>]*>\s*</h1>", html)
    assert not re.search(r"\sstyle=|<style|\son\w+=", html)
    for attributes in re.findall(r"<script([^>]*)>", html):
        assert "src=" in attributes or 'type="application/json"' in attributes
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def reauthenticated(client: Client, path: str) -> Any:
    """GET, giving the password again where it is wanted."""
    response = client.get(path)
    if response.status_code == 302 and "reauthenticate" in response.url:
        client.post(response.url.replace("/2fa/", "/"), {"password": PASSWORD})
        response = client.get(path)
    return response


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages(client: Client, path: str) -> None:
    assert_ours(client.get(path))


def test_pages_of_a_valid_link(client: Client, owner: User) -> None:
    owner.emailaddress_set.update(verified=False)
    token = tokens.issue_verification(user=owner, email=owner.email)
    assert_ours(client.get(reverse("account_confirm_email", args=[token])))
    assert_ours(client.get(f"/auth/password/reset/key/0-{tokens.issue_reset(user=owner)}/", follow=True))


@pytest.mark.parametrize("path", SIGNED_IN)
def test_pages_of_a_person(owner_client: Client, path: str) -> None:
    assert_ours(reauthenticated(owner_client, path))


@pytest.mark.parametrize("path", SIGNED_IN)
def test_they_want_a_person(client: Client, path: str) -> None:
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("path", WITH_APP)
def test_pages_of_somebody_with_an_app(owner: User, owner_client: Client, path: str) -> None:
    TOTP.activate(owner, generate_totp_secret())
    RecoveryCodes.activate(owner)
    assert_ours(reauthenticated(owner_client, path))


def test_recovery_codes_download_as_text(owner: User, owner_client: Client) -> None:
    TOTP.activate(owner, generate_totp_secret())
    RecoveryCodes.activate(owner)
    response = reauthenticated(owner_client, "/auth/2fa/recovery-codes/download/")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert len(response.content.split()) >= 10


def test_the_page_for_the_code(client: Client, owner: User) -> None:
    TOTP.activate(owner, generate_totp_secret())
    assert_ours(client.post("/auth/login/", {"login": "owner", "password": PASSWORD}, follow=True))


def test_pages_of_a_key(owner: User, owner_client: Client) -> None:
    key = Authenticator.objects.create(
        user=owner, type="webauthn", data={"name": "Phone", "credential": {"clientExtensionResults": {}}}
    )
    for path in ("", f"keys/{key.pk}/edit/", f"keys/{key.pk}/remove/"):
        response = reauthenticated(owner_client, f"/auth/2fa/webauthn/{path}")
        assert_ours(response)


def test_a_pending_change_of_address(owner: User, owner_client: Client) -> None:
    owner.emailaddress_set.create(email="new@example.com", verified=False, primary=False)
    response = owner_client.get("/auth/email/")
    assert_ours(response)
    assert b"Waiting for <strong>new@example.com</strong>" in response.content


def test_no_page_is_forgotten() -> None:
    """Every allauth address is in a list here, or answers no page."""
    known = {
        "account_login", "account_signup", "account_inactive", "account_email_verification_sent",
        "account_confirm_email", "account_reset_password", "account_reset_password_done",
        "account_reset_password_from_key", "account_reset_password_from_key_done",
        "account_logout", "account_email", "account_change_password", "account_reauthenticate",
        "usersessions_list", "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp",
        "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_edit_webauthn",
        "mfa_remove_webauthn", "mfa_reauthenticate_webauthn", "mfa_login_webauthn",
    }  # fmt: skip
    not_reachable = {"account_set_password", "account_confirm_login_code"}  # everybody has a password
    names = {
        name
        for name in get_resolver().reverse_dict
        if isinstance(name, str) and name.startswith(("account_", "mfa_", "usersessions_"))
    }
    assert names == known | not_reachable
