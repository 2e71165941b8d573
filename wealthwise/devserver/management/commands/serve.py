"""`manage.py serve`: the whole site from one command, and no process left when it ends."""

import contextlib
import hashlib
import ipaddress
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from transactions.jobs.turns import close_lost
from wealthwise.devserver import server
from wealthwise.devserver.identity import end_with_parent
from wealthwise.devserver.layout import cannot_keep
from wealthwise.devserver.restarts import RestartBudget
from wealthwise.devserver.webserver import BACKLOG

START_TIMEOUT = 60  # seconds until the first page
STOP_TIMEOUT = 12  # seconds granian has to end; its own limit for a worker is 5
MOST_ENDS = 12  # of a web server in a row, over two minutes and a half
SILENT_FOR = 60_000  # milliseconds in which a client takes nothing of its answer, or is not there at all
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
        parser.add_argument(
            "--no-scheduler",
            dest="scheduler",
            action="store_false",
            default=settings.SCHEDULES,
            help="leave regular work to cron, or to a scheduler elsewhere",
        )
        parser.add_argument("--demo", action="store_true", help="with a household's sample data and its sign-in")

    def handle(self, *args: Any, **options: Any) -> None:
        settings.WORKERS = options["workers"]  # whose connections the checks count
        try:
            _end_on_signals()
            with (
                _listening(options["host"], options["port"]) as listener,
                _static_files() as static_files_are_ready,
                _servers() as lease,
            ):
                self._prepare(demo=options["demo"])
                static_files_are_ready()
                options["port"] = listener.getsockname()[1]  # 0 takes any that is free
                with SchedulerProcess(wanted=options["scheduler"]) as scheduler:
                    self._serve(listener, lease, scheduler, options)
        except Ended:
            self.stdout.write("\nStopped.")
        except server.ServerError as error:
            raise CommandError(str(error)) from error

    def _prepare(self, *, demo: bool) -> None:
        self.check(databases=["default"])
        self._migrate()
        if demo:
            call_command("demo_data")
        close_lost()  # jobs that waited when the site ended go on
        connections.close_all()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connections["default"])
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            self.stdout.write(f"Applying {len(pending)} database migrations ...")
            call_command("migrate", interactive=False, verbosity=0)

    def _serve(
        self,
        listener: socket.socket,
        lease: server.Lease | None,
        scheduler: "SchedulerProcess",
        options: dict[str, Any],
    ) -> None:
        """Until it is told to end. A web server that dies comes back; what is sent meanwhile waits for it."""
        budget = RestartBudget()
        while budget.ends < MOST_ENDS:
            began = time.monotonic()
            with _web_server(listener, options) as process:
                if not _has_answered(process, options["host"], options["port"]):
                    raise CommandError("The web server did not answer; its messages are above.")
                if budget.ends == 0:
                    self._announce(options)
                code = _wait(process, lease, scheduler)
            delay = budget.delay_after(time.monotonic() - began)
            self.stderr.write(f"The web server ended by itself, with code {code}. It starts again in {delay:.1f} s.")
            time.sleep(delay)
        raise CommandError(f"The web server keeps ending: {MOST_ENDS} times in a row. Its messages are above.")

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
def _servers() -> Iterator[server.Lease | None]:
    """Hold the embedded servers, and leave only after they have ended, unless others use them too."""
    try:
        lease = server.ensure_from_environment(server.HOME, os.environ)
    except Ended:
        server.stop_if_unused(server.HOME)
        raise
    try:
        yield lease.keep() if lease else None
    finally:
        connections.close_all()
        if lease is not None:
            lease.close(wait=True)


@contextlib.contextmanager
def _web_server(listener: socket.socket, options: dict[str, Any]) -> "Iterator[subprocess.Popen[bytes]]":
    command = [sys.executable, "-m", "wealthwise.devserver.webserver", str(listener.fileno()), str(options["workers"])]
    # Mailed links lead to this port, unless the address of the site is given.
    defaults = {"SITE_URL": f"http://localhost:{options['port']}"}
    with _child(command, signal.SIGTERM, defaults, pass_fds=[listener.fileno()]) as process:
        yield process


class SchedulerProcess:
    """The scheduler beside the web server, started again when it ends by itself."""

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self.budget, self.began, self.due = RestartBudget(), 0.0, 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.ending = contextlib.ExitStack()

    def __enter__(self) -> "SchedulerProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.close()

    def tend(self) -> None:
        """Start it where it does not run and its time has come."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self.ending.close()
            self.process, self.due = None, now + self.budget.delay_after(now - self.began)
        if self.wanted and self.process is None and now >= self.due:
            command = [sys.executable, "manage.py", "scheduler"]
            self.process, self.began = self.ending.enter_context(_child(command, signal.SIGTERM)), now


def _wait(process: "subprocess.Popen[bytes]", lease: server.Lease | None, scheduler: SchedulerProcess) -> int:
    """The code of the process when it ends. Raises CommandError when the servers were stopped under the site."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.5)
        scheduler.tend()
        if lease is not None and lease.over:
            raise CommandError(f"{lease.over} So the site ends too; start it again when they may run.")


@contextlib.contextmanager
def _child(
    command: list[str],
    death_signal: signal.Signals,
    defaults: dict[str, str] | None = None,
    pass_fds: Sequence[int] = (),
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
        pass_fds=pass_fds,
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


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The site's own port from now on. Nobody can share it in silence; who comes early waits for the first page."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except OSError as error:
        raise CommandError(f"There is no address {host} to listen at: {error.strerror}.") from error
    with listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as error:
            raise CommandError(
                f"Port {port} of {host} cannot be used ({error.strerror}). Choose another, "
                f"for example: make demo PORT={port + 1}"
            ) from error
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each client's connection inherits these
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if sys.platform == "linux":
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_FOR)
        yield listener


def _reachable(host: str) -> str:
    """Where to reach a server that listens on `host`, which may mean every address."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            return "127.0.0.1" if address.version == 4 else "::1"
    return host


def _has_answered(process: "subprocess.Popen[bytes]", host: str, port: int) -> bool:
    """True once a page comes back, whatever its status; that request also loads the application."""
    deadline = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((_reachable(host), port), 10) as asking:
            asking.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            while process.poll() is None and time.monotonic() < deadline:
                if select.select([asking], [], [], 0.1)[0]:
                    if asking.recv(1):
                        return True
                    break
    return False


@contextlib.contextmanager
def _static_files() -> Iterator[Callable[[], None]]:
    """Collect static files beside the database's start; the function given waits for the end of that.

    Only when a source file, or the setting that says how they are stored, changed: compressing takes seconds.
    """
    stamp, fingerprint = Path(settings.STATIC_ROOT).with_suffix(".stamp"), _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint and Path(settings.STATIC_ROOT).exists():
        yield lambda: None
        return
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(cannot_keep(server.HOME, error)) from error
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
