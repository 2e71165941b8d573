"""The process that owns the embedded servers: `python -m wealthwise.devserver.supervisor ROOT NOTICE_FD`.

It has one thread and one loop: the kernel ties a child's death signal to the thread that started it. Requests
are one JSON line on the control socket: lease, finish (a lease that waits for the end), stop, status.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from wealthwise.devserver.children import Service, Valkey, rotate_log
from wealthwise.devserver.cluster import Postgres
from wealthwise.devserver.layout import POSTGRES, VALKEY, Layout, ServerError, try_lock
from wealthwise.devserver.restarts import RestartBudget

LINGER = 2.5  # seconds without a lease, so that one command after the other finds the servers running
LOCK_TIMEOUT = 50.0  # seconds; a predecessor may be shutting down
# What a start may meet: a full disk, a folder that was taken away, a server that ends.
FAULTS = (ServerError, OSError, subprocess.SubprocessError, psycopg.Error)
KINDS: dict[str, type[Service]] = {POSTGRES: Postgres, VALKEY: Valkey}


@dataclass
class Watched:
    """A service that somebody needs: running, or to be tried again at ``due``."""

    service: Service | None
    since: float
    budget: RestartBudget = field(default_factory=RestartBudget)
    due: float = 0.0


class Ending(Exception):
    """The supervisor was told to end while it waited for a server."""


def say(text: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} [{os.getpid()}] {text}\n")
    sys.stdout.flush()


class Supervisor:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.kept: dict[str, Watched] = {}
        self.connections: dict[socket.socket, bool] = {}  # does it hold a lease?
        self.persistent = False
        self.ending = False
        self.idle_since = time.monotonic()
        self.selector = selectors.DefaultSelector()

    def listen_to_signals(self) -> None:
        self.wake_read, self.wake_write = socket.socketpair()
        for end in (self.wake_read, self.wake_write):
            end.settimeout(0)
        signal.set_wakeup_fd(self.wake_write.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.selector.register(self.wake_read, selectors.EVENT_READ)

    def _on_signal(self, number: int, _frame: object) -> None:
        self.ending = True

    def pause(self) -> None:
        time.sleep(0.02)
        if self.ending:
            raise Ending

    def take_lock(self) -> None:
        """Held until this process has ended, after both servers: one supervisor for a checkout at any time."""
        self.lock = self.layout.supervisor_lock.open("a")
        deadline = time.monotonic() + LOCK_TIMEOUT
        while not try_lock(self.lock.fileno()):
            if time.monotonic() > deadline:
                raise ServerError(f"An earlier supervisor still holds {self.layout.supervisor_lock}.")
            self.pause()

    def listen(self) -> None:
        self.layout.prepare()
        self.layout.control.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.layout.control))
        self.listener.listen(128)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def run(self) -> None:
        try:
            while not self.ending and self._wanted():
                for key, _ in self.selector.select(timeout=self._until_next_try()):
                    self._attend(key.fileobj)
                self._revive()
                for name in ("supervisor", *KINDS):
                    rotate_log(self.layout, name)
            self._say_goodbye()
        except Ending:
            self._say_goodbye()
        finally:
            self.shut_down()

    def shut_down(self) -> None:
        """New clients first: they find no socket, start a successor, and it waits for the lock."""
        self.ending = True
        self.layout.control.unlink(missing_ok=True)
        self.listener.close()
        for name, kept in self.kept.items():
            if kept.service is not None:
                kept.service.stop()
                say(f"{name} stopped")
        if self.layout.sockets.parent != self.layout.data:
            with contextlib.suppress(OSError):
                self.layout.sockets.rmdir()

    def _say_goodbye(self) -> None:
        """Tell whoever holds a lease that this end is meant: they take up again after any other."""
        for connection, holds in self.connections.items():
            if holds:
                with contextlib.suppress(OSError):
                    connection.send(b'{"over": true}\n', socket.MSG_DONTWAIT)

    def _attend(self, source: Any) -> None:
        if source is self.wake_read:
            with contextlib.suppress(BlockingIOError):
                self.wake_read.recv(4096)
        elif source is self.listener:
            connection, _ = self.listener.accept()
            self.connections[connection] = False
            self.selector.register(connection, selectors.EVENT_READ)
        elif source in self.connections:
            self._hear(source)

    def _hear(self, connection: socket.socket) -> None:
        """Messages are far shorter than a socket buffer, so one read is one request."""
        try:
            received = connection.recv(65536)
            request = json.loads(received) if received else None
        except (OSError, ValueError):
            request = None
        if request is None:
            self._hang_up(connection)
            return
        answer = self._obey(connection, request)
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps(answer).encode() + b"\n")

    def _hang_up(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        connection.close()
        if self.connections.pop(connection):
            self.idle_since = time.monotonic()

    def _drop_closed(self) -> None:
        """Notice leases that ended just before a request: the loop may not have come to them yet."""
        for connection in list(self.connections):
            try:
                closed = not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                closed = False
            except OSError:
                closed = True
            if closed:
                self._hang_up(connection)

    def _obey(self, connection: socket.socket, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "lease":
            return self._lease(connection, request)
        if request["do"] == "status":
            held = {
                "pid": os.getpid(),
                "persistent": self.persistent,
                "leases": sum(self.connections.values()),
            }
            return {**held, "services": sorted(name for name in self.kept if self._runs(name))}
        if request["do"] == "finish":
            self.connections[connection] = False
            self._drop_closed()
            if self.persistent or any(self.connections.values()):
                return {"kept": True}
        self.ending = True
        return {"ending": os.getpid()}

    def _lease(self, connection: socket.socket, request: dict[str, Any]) -> dict[str, Any]:
        try:
            for name in request["services"]:
                if not self._runs(name):
                    self._start(name)
        except FAULTS as error:
            return {"error": str(error)}
        self.connections[connection] = True
        self.persistent = self.persistent or bool(request.get("persist"))
        return {"ready": True}

    def _runs(self, name: str) -> bool:
        return name in self.kept and self.kept[name].service is not None

    def _start(self, name: str) -> None:
        began = time.monotonic()
        service = KINDS[name](self.layout)
        try:
            service.start(self.pause)
        except BaseException:
            service.stop()
            raise
        kept = self.kept.setdefault(name, Watched(service, began))
        kept.service, kept.since = service, time.monotonic()
        say(f"{name} ready after {time.monotonic() - began:.2f} s")

    def _revive(self) -> None:
        """Start what died again, each by its own budget: a cache that dies over and over ends no database."""
        for name, kept in self.kept.items():
            if kept.service is not None and kept.service.ended:
                delay = kept.budget.delay_after(time.monotonic() - kept.since)
                kept.service, kept.due = None, time.monotonic() + delay
                say(f"{name} ended unexpectedly; it is started again after {delay:.1f} s")
            if kept.service is None and time.monotonic() >= kept.due:
                try:
                    self._start(name)
                except FAULTS as error:
                    delay = kept.budget.delay_after(0.0)
                    kept.due = time.monotonic() + delay
                    say(f"{error}\n{name} is tried again after {delay:.1f} s")

    def _until_next_try(self) -> float:
        """Seconds that the loop may sleep; a request, a signal and the end of a server wake it."""
        waiting = [kept.due - time.monotonic() for kept in self.kept.values() if kept.service is None]
        return max(0.0, min([0.5 if self._idle() else 5.0, *waiting]))

    def _idle(self) -> bool:
        return not self.persistent and not any(self.connections.values())

    def _wanted(self) -> bool:
        """Somebody needs the servers, or did a moment ago, and the data folder has not been removed."""
        if self._idle() and time.monotonic() - self.idle_since > LINGER:
            return False
        try:
            return os.path.samestat(os.fstat(self.lock.fileno()), self.layout.supervisor_lock.stat())
        except FileNotFoundError:
            return False


def main(root: str, notice: int) -> None:
    if os.fork():
        os._exit(0)  # the client waits for this one; the supervisor is no child of anybody's
    os.umask(0o077)
    os.set_inheritable(notice, False)
    supervisor = Supervisor(Layout.of(root))
    supervisor.listen_to_signals()
    try:
        supervisor.take_lock()
        supervisor.listen()
        os.write(notice, b"listening")
    except (Ending, OSError, ServerError) as error:
        os.write(notice, str(error).encode() or b"It was told to end.")
        raise SystemExit(1) from error
    finally:
        os.close(notice)
    supervisor.run()
    os._exit(0)  # a plain return closes the lock first and takes its time after that


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
