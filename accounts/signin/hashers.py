"""Passwords as the Flask application stored them: carried as they are, verified, and replaced at the first sign-in.

While there are some, the time of a sign-in must not tell who came over: each takes a digest of every kind there is.
"""

import base64
import binascii
import hashlib
import re
import threading
from typing import Any, Final

from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher
from django.utils.crypto import constant_time_compare, get_random_string

from wealthwise.postgres.sql import rows_of

_SCRYPT: Final = re.compile(r"scrypt:([0-9]{1,8}):([0-9]{1,3}):([0-9]{1,3})")
_PBKDF2: Final = re.compile(r"pbkdf2:(sha1|sha256|sha512):([0-9]{1,8})")
MOST_MEMORY: Final = 256 * 1024 * 1024
COLUMN_LENGTH: Final = 128
_METHODS: Final = (
    """SELECT DISTINCT split_part(password, '$', 2) FROM "user" WHERE password ~ '^flask[$]' ORDER BY 1"""
)

# A digest takes 100 MB while it is made, and a process has many threads.
_DIGESTS_AT_ONCE: Final = threading.BoundedSemaphore(4)


class Argon2Hasher(Argon2PasswordHasher):
    """Django's, for a few at once."""

    def encode(self, *args: Any, **options: Any) -> str:
        with _DIGESTS_AT_ONCE:
            return super().encode(*args, **options)

    def verify(self, *args: Any, **options: Any) -> bool:
        with _DIGESTS_AT_ONCE:
            return super().verify(*args, **options)


class FlaskPasswordHasher(BasePasswordHasher):
    """``flask$METHOD$SALT$DIGEST``: Werkzeug's scrypt and PBKDF2. Never preferred, so a sign-in stores a new hash.

    The digest is base64 where Werkzeug writes hexadecimal: its scrypt hashes would not fit the column.
    """

    algorithm = "flask"

    def encode(self, password: str, salt: str) -> str:
        method = "pbkdf2:sha256:600000"
        return f"{self.algorithm}${method}${salt}${_base64(_digest(method, password, salt))}"

    def salt(self) -> str:
        return get_random_string(16)

    def verify(self, password: str, encoded: str) -> bool:
        _, method, salt, digest = encoded.split("$", 3)
        return constant_time_compare(_base64(_digest(method, password, salt)), digest)

    def safe_summary(self, encoded: str) -> Any:
        _, method, salt, _ = encoded.split("$", 3)
        return {"algorithm": self.algorithm, "method": method, "salt": f"{salt[:2]}…"}

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Every sign-in with such a hash ends with a new one; there is nothing to slow down meanwhile."""


def carried(stored: str | None) -> str | None:
    """What the password column takes for a hash of Werkzeug; None for one that cannot be verified here."""
    method, _, rest = (stored or "").partition("$")
    salt, _, digest = rest.partition("$")
    try:
        encoded = f"{FlaskPasswordHasher.algorithm}${method}${salt}${_base64(binascii.unhexlify(digest))}"
        _digest(method, "", salt)
    except (ValueError, MemoryError):
        return None
    return encoded if digest and salt and len(encoded) <= COLUMN_LENGTH else None


def methods_in_use() -> list[str]:
    """Kinds of digests that people still have; one scan of idx_user_legacy_password, which is empty in the end."""
    return [method for (method,) in rows_of(_METHODS)]


def method_of(encoded: str) -> str:
    """The kind of a digest of the old application; "" for any other."""
    return encoded.split("$", 2)[1] if encoded.startswith(f"{FlaskPasswordHasher.algorithm}$") else ""


def make_up_for(password: str, *, done: str) -> None:
    """Work as for a password of each kind that is in use, but the one that was ``done``."""
    for method in methods_in_use():
        if method != done:
            _digest(method, password, "0" * 16)


def _digest(method: str, password: str, salt: str) -> bytes:
    """Raises ValueError for a method that Werkzeug does not have, or one that asks for too much memory."""
    if match := _SCRYPT.fullmatch(method):
        n, r, p = (int(number) for number in match.groups())
        memory = 132 * n * r * p
        if memory > MOST_MEMORY:
            raise ValueError("too much memory")
        return hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=memory)
    if match := _PBKDF2.fullmatch(method):
        return hashlib.pbkdf2_hmac(match[1], password.encode(), salt.encode(), int(match[2]))
    raise ValueError("unknown method")


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode().rstrip("=")
