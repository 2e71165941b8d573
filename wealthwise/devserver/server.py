"""The embedded PostgreSQL and Valkey of a checkout: where they listen, who keeps them running.

Both run under one supervisor process (`supervisor.py`), started on demand. Whoever needs them holds a lease:
an open connection to the supervisor's control socket, which the kernel closes even when its holder is killed.
Without leases the supervisor shuts both servers down. Everything lives under `<root>/.data/`, listens on
private Unix sockets only, and two checkouts never share anything.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wealthwise.devserver.layout import (
    DATABASE,
    PORT,
    POSTGRES,
    SERVICES,
    USER,
    VALKEY,
    WEB_USER,
    Layout,
    ServerError,
    try_lock,
)  # fmt: skip
from wealthwise.devserver.restarts import RestartBudget

__all__ = [
    "HOME", "Lease", "ServerError", "Status", "Urls", "ensure", "ensure_from_environment", "status", "stop", "urls",
]  # fmt: skip

START_TIMEOUT = 600.0  # seconds; a crashed database may recover for minutes, and what cannot start says so at once
STOP_TIMEOUT = 45.0  # seconds; longer than the supervisor gives PostgreSQL before it kills it
CODE_ROOT = Path(__file__).resolve().parents[2]
# Whoever runs this checkout keeps `.data` in it, or elsewhere: the tests do, and so can a site of a read-only one.
HOME = Path(os.environ.get("WEALTHWISE_HOME") or CODE_ROOT).resolve()
STOPPED = "The embedded database and cache were stopped."

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Urls:
    """Addresses of the embedded servers, in the form of DATABASE_URL and CACHE_URL; ``web_url`` is that of pages."""

    database_url: str
    web_url: str
    cache_url: str


@dataclass(frozen=True)
class Status:
    """What the supervisor of a checkout says of itself."""

    running: bool
    pid: int | None = None
    persistent: bool = False
    leases: int = 0
    services: tuple[str, ...] = ()


class Lease:
    """Keeps the servers running while it is open; the end of the process closes it too."""

    def __init__(self, layout: Layout, connection: socket.socket, services: Set[str]) -> None:
        self._layout, self._connection, self._services = layout, connection, services
        self._wake: socket.socket | None = None
        self.over = ""  # a sentence, once the servers were stopped on purpose

    def keep(self) -> Lease:
        """Notice when the supervisor is gone, and take up again, for as long as the lease is open.

        Somebody who stops the servers says so before, and then they stay stopped.
        """
        self._wake, ours = socket.socketpair()
        self._thread = threading.Thread(target=self._watch, args=(ours,), name="lease", daemon=True)
        self._thread.start()
        return self

    def close(self, *, wait: bool = False) -> None:
        """Give the lease back; with `wait`, and when it was the last, return after the servers have ended."""
        if self._wake is not None:
            self._wake.close()
            self._thread.join()
            self._wake = None
        if wait and self._connection.fileno() >= 0:
            _end_and_wait(self._layout, self._connection, "finish")
        self._connection.close()

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self, wake: socket.socket) -> None:
        budget = RestartBudget()
        with wake:
            while True:
                taken = time.monotonic()
                if wake in select.select([wake, self._connection], [], [])[0]:
                    return
                if self._said_goodbye():
                    self.over = STOPPED
                    logger.warning(STOPPED)
                    return
                logger.warning("The supervisor of the embedded servers is gone; they are started again.")
                if not self._take_again(wake, budget, time.monotonic() - taken):
                    return

    def _said_goodbye(self) -> bool:
        try:
            return bool(self._connection.recv(4096))
        except OSError:
            return False

    def _take_again(self, wake: socket.socket, budget: RestartBudget, held: float) -> bool:
        """True with a new lease, False when it is not wanted any more."""
        delay = budget.delay_after(held)
        while not select.select([wake], [], [], delay)[0]:
            try:
                renewed = ensure(self._layout.root, services=self._services)
            except (ServerError, OSError) as error:
                logger.error("The embedded servers cannot be started again yet. %s", error)
                delay = budget.delay_after(0.0)
                continue
            self._connection.close()
            self._connection = renewed._connection
            logger.warning("The embedded servers are there again.")
            return True
        return False


def urls(root: str | os.PathLike[str]) -> Urls:
    """Addresses of the servers of `root`; starts nothing.

    The socket folder stands in the path of the database URL, the form django-environ turns into HOST unharmed:
    it lowercases a host. The port is explicit so that PGPORT in the environment changes nothing.
    """
    layout = Layout.of(root)
    folder = quote(str(layout.sockets))
    return Urls(
        database_url=f"postgres://{USER}@:{PORT}/{folder}/{DATABASE}",
        web_url=f"postgres://{WEB_USER}@:{PORT}/{folder}/{DATABASE}",
        cache_url=f"unix://{quote(str(layout.valkey_socket))}?db=0",
    )


def ensure_from_environment(root: str | os.PathLike[str], environ: Mapping[str, str]) -> Lease | None:
    """Start what DATABASE_URL and CACHE_URL do not replace; None when they replace both."""
    replaced = {POSTGRES: "DATABASE_URL", VALKEY: "CACHE_URL"}
    needed = frozenset(service for service, variable in replaced.items() if not environ.get(variable))
    return ensure(root, services=needed) if needed else None


def ensure(
    root: str | os.PathLike[str],
    *,
    services: Set[str] = SERVICES,
    persist: bool = False,
    timeout: float = START_TIMEOUT,
) -> Lease:
    """Return a lease once `services` of `root` accept connections, starting them when needed.

    `persist` keeps them running after the last lease, until `stop`. Raises ServerError, with the end of the
    logs, when they cannot start within `timeout` seconds.
    """
    layout = Layout.of(root)
    layout.prepare()
    deadline = time.monotonic() + timeout
    request = {"do": "lease", "services": sorted(services), "persist": persist}
    while (left := deadline - time.monotonic()) > 0:
        connection = _connect(layout, left)
        if connection is None:
            _launch(layout, deadline)
            continue
        answer = _ask_for_lease(connection, request)
        if answer is None:
            continue
        if "error" in answer:
            raise ServerError(str(answer["error"]))
        connection.settimeout(None)
        return Lease(layout, connection, services)
    raise ServerError(f"The embedded servers were not ready after {timeout:.0f} s.\n{layout.log_tail()}")


def stop(root: str | os.PathLike[str]) -> bool:
    """Shut the servers down whoever uses them, and wait for it; False when none were running."""
    layout = Layout.of(root)
    if not layout.data.exists() or (connection := _connect(layout, STOP_TIMEOUT)) is None:
        return False
    with contextlib.closing(connection):
        _end_and_wait(layout, connection, "stop")
    return True


def stop_if_unused(root: str | os.PathLike[str]) -> None:
    """Shut the servers down now when nobody holds a lease, rather than after the supervisor's linger."""
    layout = Layout.of(root)
    if layout.data.exists() and (connection := _connect(layout, STOP_TIMEOUT)) is not None:
        Lease(layout, connection, SERVICES).close(wait=True)


def status(root: str | os.PathLike[str]) -> Status:
    """Who uses the servers of `root` now; starts nothing."""
    layout = Layout.of(root)
    if not layout.data.exists() or (connection := _connect(layout, 5)) is None:
        return Status(running=False)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        if (answer := _ask(connection, {"do": "status"})) is not None:
            return Status(running=True, **{**answer, "services": tuple(answer["services"])})
    return Status(running=False)


@contextlib.contextmanager
def _locked(path: Path, deadline: float) -> Iterator[None]:
    with path.open("a") as file:
        while not try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise ServerError(f"Another process holds {path}; it did not let go in time.")
            time.sleep(0.02)
        yield


def _connect(layout: Layout, timeout: float) -> socket.socket | None:
    """A connection to the control socket, or None when no supervisor listens."""
    layout.check_owner()
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    try:
        connection.connect(str(layout.control))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


def _ask(connection: socket.socket, request: dict[str, Any]) -> dict[str, Any] | None:
    """One question, one line of answer; None when the supervisor hangs up instead."""
    connection.sendall(json.dumps(request).encode() + b"\n")
    received = b""
    while not received.endswith(b"\n"):
        if not (chunk := connection.recv(65536)):
            return None
        received += chunk
    answer: dict[str, Any] = json.loads(received)
    return answer


def _ask_for_lease(connection: socket.socket, request: dict[str, Any]) -> dict[str, Any] | None:
    """The answer; None when the supervisor was ending or too slow. Only a granted lease stays open."""
    answer = None
    try:
        answer = _ask(connection, request)
    except OSError:
        return None
    finally:
        if answer is None or "error" in answer:
            connection.close()
    return answer


def _launch(layout: Layout, deadline: float) -> None:
    """Start a supervisor unless one listens; the lock makes commands that start together share one."""
    with _locked(layout.data / "start.lock", deadline):
        if (connection := _connect(layout, 5)) is not None:
            connection.close()
            return
        notice_read, notice_write = os.pipe()
        with open(notice_read, "rb", buffering=0) as notice:
            try:
                _spawn_supervisor(layout, notice_write)
            finally:
                os.close(notice_write)
            select.select([notice], [], [], max(0.0, deadline - time.monotonic()))
            heard = notice.read(4096) if select.select([notice], [], [], 0)[0] else b"too late"
        if heard != b"listening":
            reason = heard.decode(errors="replace")
            raise ServerError(f"The embedded servers did not start. {reason}\n{layout.log_tail()}")


def _spawn_supervisor(layout: Layout, notice: int) -> None:
    """Run the supervisor in a session of its own, so that Ctrl-C at the terminal does not reach it."""
    paths = [str(CODE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    with layout.log("supervisor").open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", "wealthwise.devserver.supervisor", str(layout.root), str(notice)],
            cwd=layout.data,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[notice],
            start_new_session=True,
            check=False,
        )


def _end_and_wait(layout: Layout, connection: socket.socket, wish: str) -> None:
    """Ask for the end; unless others keep the servers, return after both and the supervisor have ended."""
    connection.settimeout(STOP_TIMEOUT)
    answer = None
    with contextlib.suppress(OSError):  # it may be ending already
        answer = _ask(connection, {"do": wish})
    if answer is not None and "kept" in answer:
        return
    deadline = time.monotonic() + STOP_TIMEOUT
    with contextlib.suppress(FileNotFoundError), _locked(layout.supervisor_lock, deadline):
        pass  # the supervisor's until it and both servers have ended
    if answer is not None and sys.platform == "linux":
        _wait_for_exit(int(answer["ending"]), deadline)


def _wait_for_exit(pid: int, deadline: float) -> None:
    """The lock goes a moment before the process does. A pidfd also tells of one that nobody has reaped yet."""
    # An error: it is gone, or the kernel is older than pidfds.
    with contextlib.suppress(OSError), open(os.pidfd_open(pid), "rb", buffering=0) as process:
        select.select([process], [], [], max(0.0, deadline - time.monotonic()))
