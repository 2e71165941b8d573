"""A backup of the embedded server while people write: a base copy that is verified, and the log from then on."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import psycopg

from wealthwise.devserver.backup import bases, keys, tools
from wealthwise.devserver.backup.bases import BackupFacts, Base
from wealthwise.devserver.backup.keys import Keys
from wealthwise.devserver.backup.tools import BackupError
from wealthwise.devserver.layout import Layout

type Told = Callable[[int, int], None]
"""Takes how many kilobytes are copied, and of how many."""

ARCHIVE_WAIT: Final = 120.0  # seconds for the server to write a segment of the log
_PROGRESS: Final = re.compile(r"(\d+)/(\d+) kB")


def take(*, layout: Layout, folder: Path, keep: int, secrets: Keys, passphrase: str, told: Told) -> Base:
    """Make a copy, verify it, give it its name, and delete what is older than the newest ``keep``.

    An empty ``passphrase`` leaves the keys out. Whenever it is cut short, nothing that looks whole is left.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if layout.data in (folder, *folder.parents):
        raise BackupError(f"{folder} is inside of {layout.data}, and would be lost with it. Choose another folder.")
    with tools.alone(folder), closing(_connected(layout)) as server:
        bases.clear_unfinished(folder)
        wal = _archive_into(server, layout, folder)
        _prove(server, wal)
        unfinished = folder / bases.stamped(bases.UNFINISHED)
        unfinished.mkdir(mode=0o700)
        copy = unfinished / "copy"
        _copy(layout, copy, told)
        facts = BackupFacts(
            finished_at=server.execute("SELECT clock_timestamp()").fetchall()[0][0].astimezone(UTC).isoformat(),
            version=server.execute("SHOW server_version").fetchall()[0][0],
            bytes=sum(path.stat().st_size for path in copy.iterdir()),
            first_segment=bases.first_segment(copy),
            wal=wal.name,
            has_keys=bool(passphrase),
        )
        if passphrase:
            keys.seal(secrets, passphrase, unfinished)
        bases.note(unfinished, facts)
        Base(unfinished, facts).verify()
        for path in (*unfinished.iterdir(), unfinished):  # pg_basebackup has seen to its own
            tools.made_durable(path)
        made = unfinished.rename(folder / bases.stamped("base"))
        tools.made_durable(folder)
        bases.drop_older(folder, keep, current_wal=wal)
        return Base(made, facts)


def end_log(layout: Layout) -> None:
    """Keep no more writes: else each quarter of an hour takes 16 MB in the folder of the last copy, for ever."""
    with closing(_connected(layout)) as server:
        tools.keep_no_log(server)
        server.execute("SELECT pg_reload_conf()")


def _connected(layout: Layout) -> psycopg.Connection[Any]:
    return psycopg.connect(tools.embedded(layout), autocommit=True, connect_timeout=10)


def _archive_into(server: psycopg.Connection[Any], layout: Layout, folder: Path) -> Path:
    """Where the log goes: as it does already, or to a new folder from now on."""
    statement = "SELECT current_setting('archive_library'), current_setting('basic_archive.archive_directory', true)"
    ((library, directory),) = server.execute(statement).fetchall()
    if library and directory and Path(directory).parent == folder and Path(directory).is_dir():
        return Path(directory)
    wal = folder / bases.stamped("wal")
    wal.mkdir(mode=0o700)
    if os.geteuid() == 0:
        owner = layout.cluster_home.stat()
        os.chown(wal, owner.st_uid, owner.st_gid)
    settings = {
        "archive_command": "",
        "archive_library": "basic_archive",
        "basic_archive.archive_directory": str(wal),
    }
    for name, value in settings.items():
        server.execute(
            psycopg.sql.SQL("ALTER SYSTEM SET {} = {}").format(
                psycopg.sql.SQL(".").join(map(psycopg.sql.Identifier, name.split("."))), psycopg.sql.Literal(value)
            )
        )
    server.execute("SELECT pg_reload_conf()")
    return wal


def _prove(server: psycopg.Connection[Any], wal: Path) -> None:
    """Have the server close a segment and wait until it lies in the folder. Raises BackupError when it does not."""
    server.execute("SELECT pg_create_restore_point('backup')")  # something to write down
    ((name,),) = server.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
    deadline = time.monotonic() + ARCHIVE_WAIT
    while not (wal / name).exists():
        if time.monotonic() > deadline:
            raise BackupError(
                f"The server did not write its log into {wal} within {ARCHIVE_WAIT:.0f} s, so there would be no way "
                "back to a moment: the folder must be reachable for the user that PostgreSQL runs as, and have room. "
                "Its log says what it met. No backup was made."
            )
        time.sleep(0.1)


def _copy(layout: Layout, target: Path, told: Told) -> None:
    def hear(line: str) -> None:
        if found := _PROGRESS.search(line):
            told(int(found[1]), int(found[2]))

    tools.run(
        "pg_basebackup",
        f"--dbname={tools.embedded(layout)}",
        f"--pgdata={target}",
        "--format=tar",
        "--compress=client-gzip:1",
        "--wal-method=stream",
        "--checkpoint=fast",
        "--manifest-checksums=SHA256",
        "--progress",
        "--no-password",
        hear=hear,
    )
