"""Where the embedded servers of a checkout keep their data, logs and sockets, and who may own those folders."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

POSTGRES, VALKEY = "postgres", "valkey"
SERVICES = frozenset({POSTGRES, VALKEY})
DATABASE = USER = "wealthwise"
WEB_USER = "wealthwise_web"  # of pages: reads and writes rows, and owns nothing
PORT = 5432  # only names the socket file: there is no TCP listener
SOCKET_PATH_LIMIT = 103  # bytes; sun_path holds 108 on Linux and 104 on macOS, with the final zero


class ServerError(RuntimeError):
    """The embedded servers cannot be used; the message is meant for the user at the terminal."""


@dataclass(frozen=True)
class Layout:
    """Every path the servers of one checkout use; computing them touches nothing."""

    root: Path

    @classmethod
    def of(cls, root: str | os.PathLike[str]) -> Layout:
        return cls(Path(root).resolve())

    @property
    def data(self) -> Path:
        return self.root / ".data"

    @property
    def cluster_home(self) -> Path:
        return self.data / "postgres"

    @property
    def operators_file(self) -> Path:
        """Settings of PostgreSQL that whoever runs the site wants otherwise."""
        return self.root / "postgresql.conf"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def supervisor_lock(self) -> Path:
        return self.data / "supervisor.lock"

    @cached_property
    def sockets(self) -> Path:
        """`.data/run`, or a short folder under /tmp where that path is too long for a socket address."""
        near = self.data / "run"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
            return near
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(f"/tmp/wealthwise-{os.geteuid()}-{digest}")  # noqa: S108 - check_owner refuses a planted one

    @property
    def control(self) -> Path:
        return self.sockets / "control.sock"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Create the folders, each private to this user; ServerError where one is somebody else's."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in (self.data, self.logs, self.sockets):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ServerError(cannot_keep(self.root, error)) from error
        self.check_owner()

    def check_owner(self) -> None:
        """Refuse folders that another user could have planted: a socket there would be theirs."""
        for folder in (self.data, self.sockets):
            if not os.path.lexists(folder):
                continue
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in self._trusted_owners(folder):
                raise ServerError(
                    f"{folder} belongs to user id {found.st_uid}, not to you (user id {os.geteuid()}). "
                    "Run the command as its owner, or remove the folder."
                )
        if self.sockets.exists() and self.sockets.stat().st_mode & 0o077:
            raise ServerError(f"{self.sockets} must be open to its owner only: chmod 700 {self.sockets}")

    def _trusted_owners(self, folder: Path) -> set[int]:
        """This user; and where root had to run PostgreSQL as somebody else, that user has the sockets."""
        owners = {os.geteuid()}
        if os.geteuid() == 0 and folder == self.sockets and self.cluster_home.exists():
            owners.add(self.cluster_home.stat().st_uid)
        return owners

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of each log, for an error message."""
        parts = []
        for name in ("supervisor", POSTGRES, VALKEY):
            with contextlib.suppress(OSError):
                text = self.log(name).read_text(errors="replace").splitlines()[-lines:]
                if text:
                    parts.append("\n".join([f"--- {self.log(name)}", *text]))
        return "\n".join(parts)


def cannot_keep(root: Path, error: OSError) -> str:
    """The sentence for a folder that cannot be written, such as a read-only checkout."""
    return (
        f"WealthWise cannot keep its files in {root / '.data'} ({error.strerror}). "
        "Set WEALTHWISE_HOME to a folder of yours, for example: WEALTHWISE_HOME=~/wealthwise make serve"
    )


def try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
