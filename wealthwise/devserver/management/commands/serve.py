"""`manage.py serve`: the whole site from one command, and no process left when it ends."""

import contextlib
import hashlib
import http.client
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from wealthwise.devserver import server
from wealthwise.devserver.identity import end_with_parent

START_TIMEOUT = 60  # seconds until the first page
STOP_TIMEOUT = 12  # seconds granian has to end; its own limit for a worker is 5
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal. Like KeyboardInterrupt, no `except Exception` swallows it."""


class Command(BaseCommand):
    help = "Starts the database and the cache unless given, applies migrations, and serves the site."
    requires_system_checks = []  # run in `handle`, once the database is there

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=settings.WORKERS)
        parser.add_argument("--demo", action="store_true", help="with a household's sample data and its sign-in")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _end_on_signals()
            _refuse_busy_port(options["host"], options["port"])
            with _static_files() as static_files_are_ready, _servers():
                self._prepare(demo=options["demo"])
                static_files_are_ready()
                self._serve(options)
        except Ended:
            self.stdout.write("\nStopped.")
        except server.ServerError as error:
            raise CommandError(str(error)) from error

    def _prepare(self, *, demo: bool) -> None:
        self.check()
        self._migrate()
        if demo:
            call_command("demo_data")
        connections.close_all()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connections["default"])
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            self.stdout.write(f"Applying {len(pending)} database migrations ...")
            call_command("migrate", interactive=False, verbosity=0)

    def _serve(self, options: dict[str, Any]) -> None:
        with _granian(options["host"], options["port"], options["workers"]) as process:
            _wait_for_answer(process, options["host"], options["port"])
            self._announce(options)
            code = process.wait()
        raise CommandError(f"The web server ended by itself, with code {code}.")

    def _announce(self, options: dict[str, Any]) -> None:
        host, port = _reachable(options["host"]), options["port"]
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(self.style.SUCCESS(f"WealthWise runs at http://{shown}:{port}/"))
        if options["demo"]:
            from wealthwise.demo.sample_data import DEMO_PASSWORD  # not needed without --demo

            self.stdout.write(f"Sign in with {settings.DEMO_EMAIL} and the password {DEMO_PASSWORD}")
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()


def _end_on_signals() -> None:
    for number in ENDINGS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup keeps its promise
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    """Once: what follows is an orderly end, which a second Ctrl-C must not cut short."""
    for other in ENDINGS:
        signal.signal(other, signal.SIG_IGN)
    raise Ended


@contextlib.contextmanager
def _servers() -> Iterator[None]:
    """Hold the embedded servers, and leave only after they have ended, unless others use them too."""
    try:
        lease = server.ensure_from_environment(settings.BASE_DIR, os.environ)
    except Ended:
        server.stop_if_unused(settings.BASE_DIR)
        raise
    try:
        yield
    finally:
        connections.close_all()
        if lease is not None:
            lease.close(wait=True)


@contextlib.contextmanager
def _granian(host: str, port: int, workers: int) -> "Iterator[subprocess.Popen[bytes]]":
    options = ["--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(workers)]
    # Without a thread count and a kill timeout, a SIGTERM during the start leaves workers hanging.
    options += ["--blocking-threads", "4", "--workers-kill-timeout", "5", "--log-level", "warning"]
    command = [sys.executable, "-m", "granian", *options, "--no-access-log", "wealthwise.wsgi:application"]
    # Mailed links lead to this port, unless the address of the site is given.
    with _child(command, signal.SIGTERM, {"SITE_URL": f"http://localhost:{port}"}) as process:
        yield process


@contextlib.contextmanager
def _child(
    command: list[str], death_signal: signal.Signals, defaults: dict[str, str] | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process in a session of its own: Ctrl-C reaches this command only, which then ends the whole session.

    ``defaults`` are settings for its environment where that has none.
    """
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env={**(defaults or {}), **os.environ},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=end_with_parent(death_signal),
    )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _refuse_busy_port(host: str, port: int) -> None:
    """Granian shares a port with whoever allows it, so a second server would go unnoticed."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CommandError(
                f"Port {port} of {host} cannot be used ({error.strerror}). Choose another, "
                f"for example: make demo PORT={port + 1}"
            ) from error


def _reachable(host: str) -> str:
    """Where to reach a server that listens on `host`, which may mean every address."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            return "127.0.0.1" if address.version == 4 else "::1"
    return host


def _wait_for_answer(process: "subprocess.Popen[bytes]", host: str, port: int) -> None:
    """Return once a page comes back, whatever its status; that request also loads the application."""
    deadline = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(_reachable(host), port, timeout=10)
        try:
            connection.request("GET", "/")
            connection.getresponse()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise CommandError("The web server did not answer; its messages are above.")


@contextlib.contextmanager
def _static_files() -> Iterator[Callable[[], None]]:
    """Collect static files beside the database's start; the function given waits for the end of that.

    Only when a source file, or the setting that says how they are stored, changed: compressing takes seconds.
    """
    stamp, fingerprint = Path(settings.STATIC_ROOT).with_suffix(".stamp"), _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint and Path(settings.STATIC_ROOT).exists():
        yield lambda: None
        return
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    with _child(command, signal.SIGKILL) as process:

        def wait() -> None:
            if process.wait():
                raise CommandError("The static files could not be collected; the reason is above.")
            stamp.write_text(fingerprint)

        yield wait


def _static_fingerprint() -> str:
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            digest.update(f"{storage.path(path)}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
