"""Whom PostgreSQL runs as, since it refuses root, and how a child process ends together with its parent."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A preexec function: the child gets `death_signal` when this process ends, even by SIGKILL.

    The parent is the thread that starts the child, so start children from the main thread. Elsewhere than on
    Linux it does nothing, and the next start deals with what was left.
    """
    parent = os.getpid()

    def prepare() -> None:
        if sys.platform != "linux":
            return
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it ended between fork and prctl: no signal would ever come
            os._exit(1)

    return prepare


@dataclass(frozen=True)
class Identity:
    """The user PostgreSQL runs as: `uid` and `gid` own its files, `inner` is how a user namespace shows them."""

    uid: int
    gid: int
    inner: int | None = None

    def popen(self, args: list[str], *, death_signal: signal.Signals, **options: Any) -> subprocess.Popen[bytes]:
        end = end_with_parent(death_signal)

        def prepare() -> None:
            if self.inner is not None:
                _enter_namespace(self.inner, self.uid, self.gid)
            end()  # last: a change of credentials clears it

        if self.inner is None and self.uid != os.geteuid():
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.Popen(args, cwd="/", stdin=subprocess.DEVNULL, preexec_fn=prepare, **options)

    def can_use(self, program: Path, folder: Path) -> bool:
        """Try it: does the system allow the identity, and does it reach the program and the folder?"""
        script = 'test -w "$2" && "$1" --version'
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        args = ["/bin/sh", "-c", script, "sh", str(program), str(folder)]
        try:
            return self.popen(args, death_signal=signal.SIGKILL, **quiet).wait(timeout=20) == 0
        except (OSError, subprocess.SubprocessError):
            return False


def _enter_namespace(inner: int, uid: int, gid: int) -> None:
    """Become `inner` in a new user namespace; outside, and on disk, the process stays uid:gid."""
    os.unshare(os.CLONE_NEWUSER)
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{inner} {uid} 1"),
        ("gid_map", f"{inner} {gid} 1"),
    ):
        Path("/proc/self", name).write_text(line)


def identities() -> list[Identity]:
    """Whom to try, best first. PostgreSQL refuses root, and initdb a user id without a name."""
    uid, gid = os.geteuid(), os.getegid()
    users = {entry.pw_uid: entry for entry in pwd.getpwall()}
    if uid != 0 and uid in users:
        return [Identity(uid, gid)]
    named = min((number for number in users if 0 < number < 65534), default=1000)
    found = [Identity(uid, gid, inner=named)]
    if uid == 0:
        found += [Identity(user.pw_uid, user.pw_gid) for user in users.values() if user.pw_name == "nobody"]
    return found
