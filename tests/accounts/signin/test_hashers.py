"""Passwords of the old application: verified as they are, replaced at the first sign-in."""

import hashlib

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.signin.hashers import COLUMN_LENGTH, FlaskPasswordHasher, carried
from tests.factories import make_user
from wealthwise import settings as project

HASHER = "accounts.signin.hashers.FlaskPasswordHasher"
BOTH = ["django.contrib.auth.hashers.MD5PasswordHasher", HASHER]
PASSWORD = "Old-Password-2024!"


def scrypt(password: str = PASSWORD, salt: str = "q" * 16, n: int = 1024) -> str:
    """As Werkzeug's generate_password_hash writes it."""
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=8, p=1, maxmem=132 * n * 8)
    return f"scrypt:{n}:8:1${salt}${digest.hex()}"


def pbkdf2(password: str = PASSWORD, name: str = "sha256", salt: str = "q" * 16) -> str:
    return f"pbkdf2:{name}:1000${salt}${hashlib.pbkdf2_hmac(name, password.encode(), salt.encode(), 1000).hex()}"


@pytest.mark.parametrize("stored", [scrypt(), pbkdf2(), pbkdf2(name="sha1"), pbkdf2(name="sha512")])
def test_what_werkzeug_stored_is_verified(stored: str, settings: object) -> None:
    settings.PASSWORD_HASHERS = BOTH
    encoded = carried(stored)
    assert encoded is not None
    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD + " ", encoded)
    assert identify_hasher(encoded).must_update(encoded)
    assert "q" * 16 not in str(FlaskPasswordHasher().safe_summary(encoded))


def test_the_largest_default_of_werkzeug_fits_the_column() -> None:
    encoded = carried(scrypt(n=32768))
    assert encoded is not None
    assert len(encoded) <= COLUMN_LENGTH
    assert FlaskPasswordHasher().verify(PASSWORD, encoded)


@pytest.mark.parametrize(
    "stored",
    [None, "", "plain", "md5$a$00", "sha256$salt$" + "00" * 32, "scrypt:32768:8:1$$00", "scrypt:32768:8:1$salt$xyz",
     "scrypt:99999999:8:1$salt$00", "scrypt:3:8:1$salt$00", "pbkdf2:md5:1000$salt$00", "pbkdf2:sha256:0$salt$00",
     "pbkdf2:sha256:1000$salt$", "scrypt:1024:8:1$" + "s" * 100 + "$" + "00" * 64],
)  # fmt: skip
def test_what_cannot_be_verified_is_not_carried(stored: str | None) -> None:
    assert carried(stored) is None


@given(st.text(max_size=80) | st.text("scryptpbkdf2:sha256$0123456789abcdef", max_size=80))
def test_no_text_raises(stored: str) -> None:
    assert carried(stored) is None or len(carried(stored) or "") <= COLUMN_LENGTH


def test_it_is_known_to_the_project_and_never_preferred() -> None:
    assert project.PASSWORD_HASHERS.index(HASHER) > 0


@pytest.mark.django_db
def test_the_first_sign_in_replaces_the_hash(client: Client, settings: object) -> None:
    settings.PASSWORD_HASHERS = BOTH
    user = make_user("thandi")
    user.password = carried(scrypt()) or ""
    user.save(update_fields=["password"])
    client.post("/auth/login/", {"login": "thandi", "password": "Wrong-Password-1!"})
    user.refresh_from_db()
    assert user.password.startswith("flask$")
    assert "_auth_user_id" not in client.session
    client.post("/auth/login/", {"login": "thandi", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(user.pk)
    user.refresh_from_db()
    assert user.password.startswith("md5$")
    assert user.check_password(PASSWORD)


def test_its_own_encoding_is_verified_too() -> None:
    hasher = FlaskPasswordHasher()
    assert hasher.verify(PASSWORD, hasher.encode(PASSWORD, hasher.salt()))
