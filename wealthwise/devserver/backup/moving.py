"""A whole database out to one file, and from one into an empty database, on any PostgreSQL from 15 on.

The triggers of the ledger come after the rows, so balances and summaries arrive as they were, added up by nobody.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final, cast

from wealthwise.devserver.backup import tools
from wealthwise.devserver.backup.tools import BackupError, Hear
from wealthwise.devserver.cluster import major
from wealthwise.postgres.sql import value_of

type Advance = Callable[[int], None]

OLDEST: Final = 15
_OPTIONAL: Final = "pg_stat_statements"  # of the server, not of the site; creating it takes a superuser
_COUNTED: Final = re.compile(rb"ALTER [A-Z ]+ \S+ ALTER COLUMN \S+ SET \(pg_attver='?\d+'?\);")
_TABLES = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_ANYTHING = """
SELECT c.relname FROM pg_class c
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'S') AND c.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname LIMIT 1
"""


def tables(connection: Any) -> int:
    """How many there are to be dumped, partitions each for itself."""
    return int(value_of(_TABLES, on=connection))


def dump(connection: Any, file: Path, advance: Advance) -> None:
    """Write the database into ``file``, which has its name only when it is whole."""
    _refuse_newer(connection)
    target, password = tools.address(connection.get_connection_params())
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        tools.run(
            "pg_dump",
            f"--dbname={target}",
            "--format=custom",
            f"--file={unfinished}",
            "--no-password",
            "--verbose",
            hear=_counting("dumping contents of table", advance),
            password=password,
        )
        _contents(unfinished)
        unfinished.rename(file)
    except OSError as error:
        raise BackupError(f"{unfinished} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    tools.made_durable(file.absolute().parent)


def load(connection: Any, file: Path, advance: Advance) -> None:
    """Bring all of ``file`` into an empty database, or nothing of it."""
    _refuse_newer(connection)
    if (found := value_of(_ANYTHING, on=connection)) is not None:
        raise BackupError(
            f"The database is not empty: it has {found} already, and nothing is loaded beside or over other data. "
            "Make an empty one (CREATE DATABASE ...) and name it in DATABASE_URL; for the embedded server, stop the "
            "site and put its .data/postgres aside. Nothing was changed."
        )
    contents = [line for line in _contents(file) if _OPTIONAL not in line]
    target, password = tools.address(connection.get_connection_params())
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
        chosen.write("\n".join(contents))
        chosen.flush()
        _pipe(chosen.name, file, target, password, advance, old=_release(connection) < 17)


def data_of(file: Path) -> int:
    """How many tables of the dump have rows to be loaded."""
    return sum(" TABLE DATA " in line for line in _contents(file))


def _contents(file: Path) -> list[str]:
    """The dump's own list. Raises BackupError for what is no whole dump of a site."""
    lines: list[str] = []
    tools.run("pg_restore", "--list", str(file), hear=lines.append)
    for kind, what in (("TABLE", "tables"), ("TABLE DATA", "rows")):
        if not any(f" {kind} public django_migrations " in line for line in lines):
            raise BackupError(
                f"{file} has no {what} of a WealthWise site. Rows without their tables would meet triggers that add "
                "them up again, so a dump is loaded whole: make it with `manage.py dump`, or pg_dump --format=custom "
                "without --data-only and --schema-only. Nothing was changed."
            )
    return lines


def _pipe(chosen: str, file: Path, target: str, password: str, advance: Advance, *, old: bool) -> None:
    """From pg_restore to psql, in one transaction that ends with the first error."""
    reading = ["pg_restore", "--file=-", f"--use-list={chosen}", "--no-owner", "--no-privileges", str(file)]
    options = ["--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    writing = ["psql", *options, "--output=/dev/null", f"--dbname={target}"]
    with (
        tools.started(reading, stderr=subprocess.PIPE) as source,
        tools.started(writing, password=password, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as sink,
    ):
        said = [_collected(source), _collected(sink)]
        lines, into = cast(IO[bytes], source.stdout), cast(IO[bytes], sink.stdin)
        try:
            for line in _statements(lines, advance, old=old):
                into.write(line)
            if source.wait() != 0:
                sink.kill()  # before the end of its input, at which it would commit
            into.close()
        except BrokenPipeError:  # it has ended and says why
            source.kill()
            with contextlib.suppress(BrokenPipeError):
                into.close()
        ended = sink.wait(), source.wait()
        if ended != (0, 0):
            words = "".join(heard() for heard in said)
            raise BackupError(f"The dump could not be loaded, and the database is empty as before.\n{words[-2000:]}")


def _statements(source: Iterable[bytes], advance: Advance, *, old: bool) -> Iterator[bytes]:
    """The dump's lines, without what stands before its rows and is of one server alone.

    Servers before 17 do not know one of the settings; Debian's count the versions of each column in an option of it.
    """
    is_head = True
    for line in source:
        if line.startswith(b"COPY public."):
            is_head = False
            advance(1)
        is_foreign = (old and line.strip() == b"SET transaction_timeout = 0;") or _COUNTED.fullmatch(line.strip())
        if not (is_head and is_foreign):
            yield line


def _collected(process: subprocess.Popen[bytes]) -> Callable[[], str]:
    """Reads its errors beside other work; the function waits for their end and gives the text."""
    parts: list[bytes] = []
    thread = threading.Thread(target=lambda: parts.extend(cast(IO[bytes], process.stderr)), daemon=True)
    thread.start()

    def text() -> str:
        thread.join(10)
        return b"".join(parts).decode(errors="replace")

    return text


def _counting(sign: str, advance: Advance) -> Hear:
    def hear(line: str) -> None:
        if sign in line:
            advance(1)

    return hear


def _release(connection: Any) -> int:
    connection.ensure_connection()
    return int(connection.pg_version) // 10000


def _refuse_newer(connection: Any) -> None:
    if not OLDEST <= (found := _release(connection)) <= int(major()):
        raise BackupError(
            f"The server is PostgreSQL {found}; the tools at hand know {OLDEST} to {major()}. Use the pg_dump and "
            f"pg_restore of PostgreSQL {found}."
        )
