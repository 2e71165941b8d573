"""The measured site: a kept database on the configured server, and the real web server on a port of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from bench.scratch import ROOT
from wealthwise.devserver import server

PASSWORD = "Bench-Crowd-2026!"  # noqa: S105  of people that exist only in the measured database
LOG = server.HOME / ".data" / "logs" / "bench.log"
HUGE, NEEDED = 100_000_000, 60  # rows, and GB that they take with indexes and a load's scratch space
CACHE = 1  # number of the embedded cache's database: 0 is the site's own


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def name_of(users: int, rows: int) -> str:
    return f"bench_{users}_{rows}"


@contextmanager
def database(users: int, rows: int, *, fresh: bool) -> Iterator[dict[str, Any]]:
    """Connection arguments of the seeded database, and Django configured for it; its servers run meanwhile."""
    lease = server.ensure_from_environment(server.HOME, os.environ)
    try:
        _configure(name_of(users, rows))
        arguments = _arguments()
        with closing(psycopg.connect(**{**arguments, "dbname": "postgres"}, autocommit=True)) as administrator:
            _make(administrator, arguments["dbname"], rows, fresh=fresh)
            _seed(administrator, arguments["dbname"], users, rows)
        yield arguments
    finally:
        if lease is not None:
            lease.close()


def _configure(name: str) -> None:
    """Everything that is started from here uses the measured database and a cache of its own."""
    urls = server.urls(server.HOME)
    given, _, options = os.environ.get("DATABASE_URL", urls.database_url).partition("?")
    os.environ["DATABASE_URL"] = f"{given.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")
    os.environ.setdefault("CACHE_URL", urls.cache_url.replace("db=0", f"db={CACHE}"))
    # Each client has a network address of its own, as users have: sign-ins are limited per address.
    os.environ["TRUSTED_PROXY_COUNT"] = "1"
    os.environ["WEALTHWISE_DEBUG"] = "0"
    os.environ["WEALTHWISE_HEAVY_PAGES"] = "0"  # a few people ask for as much as many do
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthwise.settings")
    import django

    django.setup()


def _arguments() -> dict[str, Any]:
    from django.db import connection

    known = connection.get_connection_params()
    kept = ("host", "port", "user", "password", "sslmode", "dbname")
    return {key: known[key] for key in kept if known.get(key)}


def _make(administrator: "psycopg.Connection[Any]", name: str, rows: int, *, fresh: bool) -> None:
    if fresh:
        administrator.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    if not administrator.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        refuse_small_disk(rows)
        administrator.execute(f"CREATE DATABASE {name}")


def refuse_small_disk(rows: int) -> None:
    """SystemExit when a database is to be made that would fill the disk."""
    free = shutil.disk_usage(ROOT).free // 10**9
    if rows >= HUGE and free < NEEDED:
        raise SystemExit(f"{rows:,} rows need {NEEDED} GB, and {free} GB are free. Nothing was made.")


def _seed(administrator: "psycopg.Connection[Any]", name: str, users: int, rows: int) -> None:
    """Fill it unless its comment says that this is done; a run that was ended goes on where it was."""
    found = administrator.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    manage("migrate", "--verbosity", "0")
    if found and found[0] == "seeded":
        return
    manage("seed", "--users", str(users), "--transactions", str(rows), "--password", PASSWORD)
    with closing(psycopg.connect(**_arguments(), autocommit=True)) as connection:
        connection.execute("VACUUM (ANALYZE)")  # the visibility map, as autovacuum would have left it
    administrator.execute(f"COMMENT ON DATABASE {name} IS 'seeded'")


def manage(*words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)


@contextmanager
def served(port: int) -> Iterator[int]:
    """The site at ``port``; yields the pid of `manage.py serve`, which ends with the block."""
    _forget_cached()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with LOG.open("w") as log:  # every request has a line there, as in production
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(process, port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _forget_cached() -> None:
    """What another measured database left in the cache; a cache that was given is nobody else's to empty."""
    if os.environ["CACHE_URL"].endswith(f"db={CACHE}"):
        from django_redis import get_redis_connection

        get_redis_connection("default").flushdb()


def _wait(process: "subprocess.Popen[bytes]", port: int, seconds: int = 90) -> None:
    for _ in range(seconds * 10):
        if process.poll() is not None:
            raise SystemExit(f"The site did not start; the reason is in {LOG}.")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit(f"The site did not answer at port {port} within {seconds} seconds.")


def memory(pid: int) -> dict[str, int]:
    """Resident MB of the web server's processes now, and at their peak; empty where /proc is not there."""
    found: dict[str, int] = {"now": 0, "peak": 0}
    for child in _descendants(pid):
        with suppress(OSError):
            text = Path(f"/proc/{child}/status").read_text()
            lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
            found["now"] += int(lines["VmRSS"].split()[0]) // 1024
            found["peak"] += int(lines["VmHWM"].split()[0]) // 1024
    return found if found["now"] else {}


def _descendants(pid: int) -> Iterator[int]:
    for path in Path("/proc").glob(f"{pid}/task/*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from _descendants(child)
