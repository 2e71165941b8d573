"""The site that is tortured: `manage.py serve` with a folder of its own, and its processes by what they do."""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from tests.packages import ROOT
from wealthwise.devserver import server
from wealthwise.devserver.layout import DATABASE, PORT, USER, Layout

SMALL = 6 << 30  # bytes of a file system that may be filled, as nobody keeps anything else there
LEFT_OUT = {"DATABASE_URL", "CACHE_URL", "DJANGO_SETTINGS_MODULE", "WEALTHWISE_POOL"}


class Site:
    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.home, self.options = folder / "home", options
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        self.environ = {
            **kept,
            "WEALTHWISE_HOME": str(self.home),
            "WEALTHWISE_WORKERS": str(options.workers),
            "LOG_FORMAT": "json",
            "PYTHONUNBUFFERED": "1",
        }
        self.layout = Layout.of(self.home)
        room = os.statvfs(folder)
        self.has_small_disk = room.f_blocks * room.f_frsize < SMALL
        self.log = folder / "site.log"

    def __enter__(self) -> Self:
        command = [sys.executable, "manage.py", "serve", "--port", "0"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log)
        while not (found := re.search(r"WealthWise runs at http://127\.0\.0\.1:(\d+)/", self.log.read_text())):
            if self.process.poll() is not None:
                raise SystemExit(f"The site did not start.\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)
        self.port = int(found[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(120)
        server.stop(self.home)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *words]

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*words), cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False
        )

    def connect(self) -> "psycopg.Connection[Any]":
        where = {"host": str(self.layout.sockets), "port": PORT, "user": USER, "dbname": DATABASE}
        return psycopg.connect(**where, autocommit=True, connect_timeout=30)  # type: ignore[arg-type]

    def is_ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def becomes_ready(self, seconds: float = 120) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.is_ready():
                return True
            time.sleep(0.5)
        return False

    def processes(self) -> dict[str, list[int]]:
        """Pids of the supervisor, PostgreSQL, Valkey, the web server and its workers, as far as they run."""
        web = _children(self.process.pid)
        supervisor = server.status(self.home).pid
        below = _children(supervisor) if supervisor else []
        return {
            "web worker": [pid for parent in web for pid in _children(parent)],
            "web server": web,
            "PostgreSQL": [pid for pid in below if "/bin/postgres" in _words(pid)],
            "Valkey": [pid for pid in below if "valkey-server" in _words(pid)],
            "supervisor": [supervisor] if supervisor else [],
        }

    def left_behind(self) -> list[str]:
        """Processes of the site that are there although it has ended."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if int(entry.name) != os.getpid() and os.fsencode(f"WEALTHWISE_HOME={self.home}\0") in environ:
                found.append(f"{entry.name} {_words(int(entry.name))[:60]}")
        return found


def _children(pid: int) -> list[int]:
    try:
        texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(word) for text in texts for word in text.split()]


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
