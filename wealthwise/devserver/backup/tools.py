"""The wheel's own programs for copies of a database, run to their end; and what a copy can be refused for."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from wealthwise.devserver.cluster import environment, programs
from wealthwise.devserver.identity import end_with_parent
from wealthwise.devserver.layout import DATABASE, PORT, USER, Layout, try_lock

type Hear = Callable[[str], None]

_TAIL = 12  # lines of a program that failed


class BackupError(Exception):
    """The copy cannot be made or used; the message says why, and what to do. Nothing half is left in its place."""


def run(program: str, *arguments: str, hear: Hear | None = None, password: str = "") -> None:
    """Run it to its end, telling ``hear`` each line. Raises BackupError with its last words when it fails."""
    last: deque[str] = deque(maxlen=_TAIL)
    with started([program, *arguments], password=password, stderr=subprocess.STDOUT) as process:
        for line in cast(IO[bytes], process.stdout):
            text = line.decode(errors="replace").rstrip()
            last.append(text)
            if hear is not None:
                hear(text)
        if process.wait() != 0:
            raise BackupError("\n".join([f"{program} failed:", *last]))


@contextmanager
def started(
    command: Sequence[str], *, password: str = "", stderr: Any = None, stdin: Any = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """The program with its output to be read. It ends with the block, and with this process."""
    process = subprocess.Popen(
        [str(programs() / command[0]), *command[1:]],
        env={**environment(), **({"PGPASSWORD": password} if password else {})},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def embedded(layout: Layout, database: str = DATABASE) -> str:
    """How libpq reaches the embedded server of ``layout`` as its owner."""
    return make_conninfo(host=str(layout.sockets), port=PORT, user=USER, dbname=database)


def keep_no_log(server: psycopg.Connection[Any]) -> None:
    """From the next reading of its settings on, the server hands its log of writes over to no folder."""
    for name in ("archive_command", "archive_library", '"basic_archive"."archive_directory"'):
        server.execute(f"ALTER SYSTEM RESET {name}")


def address(parameters: Mapping[str, Any]) -> tuple[str, str]:
    """How libpq reaches where Django's connection leads, and the password, which is no word for a command line."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    kept = {name: value for name, value in parameters.items() if name in known and value is not None}
    password = str(kept.pop("password", "") or "")
    return make_conninfo(**kept), password


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One at a time works in ``folder``. Raises BackupError when another does."""
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not try_lock(file):
            raise BackupError(f"Another backup or restore works in {folder}; try again when it is done.")
        yield
    finally:
        os.close(file)


def made_durable(path: Path) -> None:
    """What a file holds, or what was made and renamed in a folder, is there after a power cut."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
