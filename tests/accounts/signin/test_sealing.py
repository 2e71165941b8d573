"""Second factors are encrypted in the database; older ones go on working, and keys rotate."""

import io
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.signin import sealing
from tests.accounts.signin.test_second_factor import after_password, code_of


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again(text: str) -> None:
    stored = sealing.seal(text)
    assert sealing.unseal(stored) == text
    assert stored.startswith("sealed:")
    assert len(text) < 4 or text not in stored
    assert sealing.is_current(stored)


def test_the_same_text_never_looks_the_same() -> None:
    assert sealing.seal("JBSWY3DP") != sealing.seal("JBSWY3DP")


def test_what_was_in_the_clear_is_read() -> None:
    assert sealing.unseal("JBSWY3DP") == "JBSWY3DP"
    assert not sealing.is_current("JBSWY3DP")


def test_keys_rotate(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old", []
    stored = sealing.seal("JBSWY3DP")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old"]
    assert sealing.unseal(stored) == "JBSWY3DP"
    assert not sealing.is_current(stored)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FALLBACKS"):
        sealing.unseal(stored)


def test_a_forged_text_does_not_open() -> None:
    stored = sealing.seal("JBSWY3DP")
    with pytest.raises(ImproperlyConfigured):
        sealing.unseal(stored[:-6] + "AAAAAA")


@pytest.fixture
def secret(owner: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    RecoveryCodes.activate(owner)
    return secret


def stored(kind: str, key: str) -> str:
    value: str = Authenticator.objects.get(type=kind).data[key]
    return value


def test_the_database_has_neither_the_secret_nor_the_seed(owner: User, secret: str, client: Client) -> None:
    assert stored("totp", "secret").startswith("sealed:")
    assert stored("recovery_codes", "seed").startswith("sealed:")
    assert secret not in repr(list(Authenticator.objects.values_list("data", flat=True)))
    after_password(client)
    assert client.post("/auth/2fa/authenticate/", {"code": code_of(secret)}).url == "/dashboard/"


def test_a_factor_from_before_still_signs_in_and_can_be_sealed(owner: User, client: Client) -> None:
    secret = generate_totp_secret()
    Authenticator.objects.create(user=owner, type="totp", data={"secret": secret})
    Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Mine", "credential": {}})
    out = io.StringIO()
    call_command("seal_factors", stdout=out)
    assert out.getvalue() == "Sealed 1 factors with the current key.\n"
    assert stored("totp", "secret").startswith("sealed:")
    after_password(client)
    assert client.post("/auth/2fa/authenticate/", {"code": code_of(secret)}).url == "/dashboard/"


def test_a_plain_factor_signs_in_unsealed(owner: User, client: Client) -> None:
    secret = generate_totp_secret()
    Authenticator.objects.create(user=owner, type="totp", data={"secret": secret})
    after_password(client)
    assert client.post("/auth/2fa/authenticate/", {"code": code_of(secret)}).url == "/dashboard/"


def test_sealing_twice_changes_nothing(owner: User, secret: str) -> None:
    before = stored("totp", "secret")
    call_command("seal_factors", stdout=io.StringIO())
    assert stored("totp", "secret") == before


def test_used_recovery_codes_stay_used(owner: User, secret: str, settings: Any) -> None:
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes"))
    first = codes.get_unused_codes()[0]
    assert codes.validate_code(first)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "next", [settings.SECRET_KEY]
    call_command("seal_factors", stdout=io.StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    left = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    assert (len(left), first in left) == (9, False)
