"""Encryption of the second factors' secrets in the database: a copy of the database alone opens no account.

The key is derived from SECRET_KEY. Those derived from SECRET_KEY_FALLBACKS still open what they sealed, so
the key can be rotated; ``seal_factors`` seals everything with the newest. What was stored before there was
encryption is read as it is.
"""

import base64
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MARK: Final = "sealed:"


@lru_cache(maxsize=4)
def _keys(*secrets: str) -> MultiFernet:
    """Seals with the first secret, opens with any of them."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"wealthwise.accounts.sealing").derive(secret.encode())


def _current() -> MultiFernet:
    return _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def seal(text: str) -> str:
    return MARK + _current().encrypt(text.encode()).decode()


def unseal(stored: str) -> str:
    """The text of what ``seal`` gave, or ``stored`` itself when it was never sealed.

    Raises ImproperlyConfigured when no key fits: an empty secret instead would accept codes that anybody
    can compute.
    """
    if not stored.startswith(MARK):
        return stored
    try:
        return _current().decrypt(stored.removeprefix(MARK).encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured("SECRET_KEY was changed: put the old one into SECRET_KEY_FALLBACKS.") from None


def is_current(stored: str) -> bool:
    """Whether it is sealed, and with the newest key."""
    try:
        _keys(settings.SECRET_KEY).decrypt(stored.removeprefix(MARK).encode())
    except InvalidToken:
        return False
    return stored.startswith(MARK)
