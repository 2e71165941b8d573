"""A site of its own, moved to a PostgreSQL of the system and back: `python -m tests.torture.moving [--rows 20000]`.

Debian's is enough: `apt-get install postgresql-15`. The role that it is moved to is no superuser. Every table is
compared by a sum over all that stands in it, and `check_summaries` runs on each stage.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tests.packages import ROOT
from tests.torture.site import LEFT_OUT
from wealthwise.devserver import server
from wealthwise.devserver.identity import identities
from wealthwise.devserver.layout import DATABASE, Layout

PORT, ROLE = 5433, "site"
# Filled while a dump is loaded, and the record of that.
REFRESHED = {"user_spending_summary", "view_refresh"}
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') ORDER BY relname
"""


@contextmanager
def system_server(folder: Path, programs: Path) -> Iterator[str]:
    """A cluster of the system's PostgreSQL in ``folder``; the address of an empty database of a plain role."""
    identity = next(found for found in identities() if found.can_use(programs / "postgres", folder))
    os.chown(folder, identity.uid, identity.gid)
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    cluster = folder / "cluster"
    begin = [str(programs / "initdb"), f"--pgdata={cluster}", "--username=owner", "--auth=trust", "--encoding=UTF8"]
    if identity.popen([*begin, "--locale=C.UTF-8"], death_signal=signal.SIGKILL, **quiet).wait():
        raise SystemExit(f"{programs}/initdb failed.")
    options = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": folder,
        "max_locks_per_transaction": 256,
    }
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    process = identity.popen(
        [str(programs / "postgres"), "-D", str(cluster), *settings], death_signal=signal.SIGINT, **quiet
    )
    try:
        with closing(connected(f"host={folder} port={PORT} user=owner dbname=postgres")) as owner:
            owner.execute(f"CREATE ROLE {ROLE} LOGIN")
            owner.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
            say(f"The system's server: {owner.execute('SHOW server_version').fetchall()[0][0]}")
        yield f"postgres://{ROLE}@:{PORT}/{quote(str(folder))}/{DATABASE}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def connected(address: str) -> "psycopg.Connection[Any]":
    until = time.monotonic() + 60
    while True:
        try:
            return psycopg.connect(address, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def sums(address: str) -> dict[str, Any]:
    with closing(connected(address)) as found:
        return {
            name: found.execute(f'SELECT count(*), sum(hashtextextended(t::text, 0)) FROM "{name}" t').fetchone()
            for (name,) in found.execute(_TABLES).fetchall()
        }


def manage(home: Path, *words: str, database: str = "") -> None:
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    given = {"DATABASE_URL": database} if database else {}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**kept, **given, "WEALTHWISE_HOME": str(home), "LOG_FORMAT": "plain"},
        capture_output=True,
        text=True,
        check=False,
    )
    where = "the system's server" if database else "the embedded server"
    say(f"{words[0]:<16} at {where:<20} {time.monotonic() - began:7.1f} s")
    if done.returncode:
        raise SystemExit(f"{done.stdout[-2000:]}{done.stderr[-2000:]}")


def moved(folder: Path, programs: Path, rows: int) -> None:
    homes = [folder / "first", folder / "second"]
    files = [folder / "out.dump", folder / "back.dump"]
    addresses = [f"host={Layout.of(home).sockets} user=wealthwise dbname={DATABASE}" for home in homes]
    outside = folder / "system"
    outside.mkdir()
    server.ensure(homes[0], persist=True).close()
    manage(homes[0], "migrate", "--verbosity", "0")
    manage(homes[0], "seed", "--users", str(max(rows // 100, 1)), "--transactions", str(rows))
    manage(homes[0], "refresh_views")
    begun = sums(addresses[0])
    manage(homes[0], "dump", str(files[0]))
    with system_server(outside, programs) as database:
        there = f"host={outside} port={PORT} user={ROLE} dbname={DATABASE}"
        manage(homes[0], "load", str(files[0]), database=database)
        manage(homes[0], "check_summaries", database=database)
        outside_sums = sums(there)
        manage(homes[0], "dump", str(files[1]), database=database)
    server.ensure(homes[1], persist=True).close()
    manage(homes[1], "load", str(files[1]))
    manage(homes[1], "check_summaries")
    manage(homes[1], "plan", "--check")
    back = sums(addresses[1])
    differing = {name for name in begun if not begun[name] == outside_sums[name] == back[name]}
    say(f"{len(begun)} tables, {begun['transaction'][0]:,} transactions, {files[0].stat().st_size / 1e6:,.1f} MB.")
    say(f"Tables that differ: {', '.join(sorted(differing - REFRESHED)) or 'none'}.")
    if differing - REFRESHED or {*begun} != {*outside_sums} - {"pg_stat_statements"}:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=Path, help="folder of initdb and postgres; default: Debian's newest")
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    found = [options.programs] if options.programs else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise SystemExit("There is no PostgreSQL of the system: apt-get install postgresql-15, or name --programs.")
    with tempfile.TemporaryDirectory(prefix="moving-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            moved(folder, found[-1], options.rows)
        finally:
            for home in ("first", "second"):
                server.stop(folder / home)


if __name__ == "__main__":
    main()
