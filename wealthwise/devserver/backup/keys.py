"""The site's keys beside a backup, sealed with a passphrase: without them no second factor of a copy can be opened."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from wealthwise.devserver.backup.tools import BackupError

NAME: Final = "keys.sealed"
_COST: Final = 2**15  # 32 MB and some tenths of a second for each try


@dataclass(frozen=True)
class Keys:
    """SECRET_KEY, and those before it that may still have sealed something."""

    current: str
    fallbacks: list[str]


def _sealer(passphrase: str, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(keys: Keys, passphrase: str, folder: Path) -> None:
    salt = os.urandom(16)
    token = _sealer(passphrase, salt).encrypt(json.dumps(asdict(keys)).encode())
    path = folder / NAME
    path.write_text(json.dumps({"salt": base64.b64encode(salt).decode(), "keys": token.decode()}))
    path.chmod(0o600)


def unseal(passphrase: str, folder: Path) -> Keys:
    """Raises BackupError for a passphrase that is not the one."""
    found = json.loads((folder / NAME).read_text())
    try:
        opened = _sealer(passphrase, base64.b64decode(found["salt"])).decrypt(found["keys"].encode())
    except InvalidToken:
        raise BackupError(
            "The passphrase does not open the keys of this backup: nothing was changed. Set "
            "WEALTHWISE_BACKUP_PASSPHRASE to the one that it was made with."
        ) from None
    return Keys(**json.loads(opened))
