"""Every page of the sign-in family renders in our frame and would pass the policy."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from allauth.account import app_settings as account_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.template import engines
from django.template.backends.jinja2 import Template as JinjaTemplate
from django.template.loader import get_template
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from jinja2 import TemplateNotFound

import accounts.signin
from accounts.models import User
from accounts.signin import tokens
from tests.factories import PASSWORD, signed_in

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


def test_a_key_can_confirm_who_one_is(owner: User, owner_client: Client) -> None:
    Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Phone", "credential": {}})
    with patch("allauth.mfa.webauthn.views.auth.begin_authentication", return_value={"publicKey": {"a": "<b>"}}):
        response = owner_client.get("/auth/2fa/webauthn/reauthenticate/")
    assert_ours(response)
    assert '{"request_options": {"publicKey": {"a": "\\u003cb\\u003e"}}}' in response.text
    assert "Use your password" in response.text


def test_who_has_no_password_can_set_one(owner: User, owner_client: Client) -> None:
    owner.set_unusable_password()
    owner.save()
    client = signed_in(owner)
    assert_ours(client.get("/auth/password/set/"))
    assert client.post("/auth/password/set/", {"password1": "Long-Enough-2026!x", "password2": "x"}).status_code == 200
    owner.refresh_from_db()
    assert not owner.has_usable_password()
    assert owner_client.get("/auth/password/set/").status_code == 302


# Pages of the library that no page of this site leads into, and the setting that says so.
UNREACHABLE = {"account/confirm_login_code.html": account_settings.LOGIN_BY_CODE_ENABLED}
# What forms of the library show beside their fields.
PIECES = {"account/password_reset_help_text.html"}


def views(patterns: list[Any]) -> Iterator[Any]:
    """The class of each view whose address is below one of ``patterns``."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif hasattr(pattern.callback, "view_class"):
            yield pattern.callback.view_class


def library_templates() -> set[str]:
    """Every template that a view of allauth, or one of ours made of it, would render."""
    found = {
        value
        for view in views(get_resolver().url_patterns)
        if any(base.__module__.startswith("allauth.") for base in view.__mro__)
        for name in dir(view)
        if name.startswith("template_name") and isinstance(value := getattr(view, name), str) and "." in value
    }
    return found - set(UNREACHABLE) | PIECES


def foreign_templates() -> list[str]:
    """Those of them that are not ours in Jinja2."""
    ours = Path(accounts.signin.__file__).parent / "templates"
    return sorted(
        name
        for name in library_templates()
        if not isinstance(found := get_template(name), JinjaTemplate)
        or not Path(found.template.filename).is_relative_to(ours)
    )


def test_every_page_of_the_library_is_ours() -> None:
    assert len(library_templates()) > 25
    assert not any(UNREACHABLE.values())
    assert foreign_templates() == []


def test_a_page_of_the_library_that_is_forgotten_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    env = engines["jinja2"].env
    load = env.loader.get_source
    gone = "mfa/recovery_codes/download.txt"

    def get_source(environment: Any, name: str) -> Any:
        if name == gone:
            raise TemplateNotFound(name)
        return load(environment, name)

    monkeypatch.setattr(env, "cache", {})
    monkeypatch.setattr(env.loader, "get_source", get_source)
    assert foreign_templates() == [gone]
