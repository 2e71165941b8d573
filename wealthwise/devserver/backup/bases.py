"""The folder of backups: whole copies, the log of writes after each, and how many are kept.

    base-20261128T195500Z/   copy/ (base.tar.gz, pg_wal.tar.gz, backup_manifest), keys.sealed, backup.json
    wal-20261128T195459Z/    segments of the log, in the order of their names
    lock

A copy has its name only when it is whole and verified. A restored cluster writes another history than the one that it
was restored from, so its log goes to a folder of its own: no two histories ever meet in one.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from wealthwise.devserver.backup import keys, tools
from wealthwise.devserver.backup.tools import BackupError, made_durable

UNFINISHED: Final = ".unfinished"
SEGMENT: Final = 16 << 20  # bytes; initdb's own
_FACTS: Final = "backup.json"
_STAMP: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class BackupFacts:
    """What ``backup.json`` says of a copy. ``first_segment`` is where the log that belongs to it begins."""

    finished_at: str
    version: str
    bytes: int
    first_segment: str
    wal: str
    has_keys: bool


@dataclass(frozen=True)
class Base:
    """A whole copy in the folder of backups."""

    folder: Path
    facts: BackupFacts

    @property
    def finished_at(self) -> datetime:
        return datetime.fromisoformat(self.facts.finished_at)

    @property
    def wal(self) -> Path:
        return self.folder.parent / self.facts.wal

    @property
    def copy(self) -> Path:
        """The folder that is PostgreSQL's alone."""
        return self.folder / "copy"

    def verify(self) -> None:
        """Every byte against the manifest. Raises BackupError that names what differs."""
        tools.run("pg_verifybackup", "--exit-on-error", "--no-parse-wal", "--quiet", str(self.copy))


def stamped(kind: str) -> str:
    return f"{kind}-{datetime.now(UTC):{_STAMP}}"


def note(folder: Path, facts: BackupFacts) -> None:
    (folder / _FACTS).write_text(json.dumps(asdict(facts), indent=2) + "\n")


def in_folder(folder: Path) -> list[Base]:
    """All copies, oldest first."""
    found = []
    for path in sorted(folder.glob("base-*")):
        try:
            found.append(Base(path, BackupFacts(**json.loads((path / _FACTS).read_text()))))
        except (OSError, ValueError, TypeError) as error:
            raise BackupError(f"{path} is no backup of WealthWise, or was damaged: {error}") from error
    return sorted(found, key=lambda base: base.finished_at)


def first_segment(folder: Path) -> str:
    """The first segment that a copy needs, by its manifest."""
    needed = _needed(folder)
    return segment(needed["Timeline"], _position(needed["Start-LSN"]) // SEGMENT)


def last_segment(folder: Path) -> str:
    """The last segment that a copy needs. It has all of them itself."""
    needed = _needed(folder)
    return segment(needed["Timeline"], (_position(needed["End-LSN"]) - 1) // SEGMENT)


def _needed(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "backup_manifest").read_text())
    (needed,) = manifest["WAL-Ranges"]
    return dict(needed)


def _position(written: str) -> int:
    high, _, low = written.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment(timeline: int, number: int) -> str:
    each = (1 << 32) // SEGMENT
    return f"{timeline:08X}{number // each:08X}{number % each:08X}"


def number_of(name: str) -> int:
    """Where a segment stands in its timeline."""
    return int(name[8:16], 16) * ((1 << 32) // SEGMENT) + int(name[16:24], 16)


def clear_unfinished(folder: Path) -> None:
    """What an interrupted backup left, or an interrupted deletion."""
    for path in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(path)


def drop_older(folder: Path, keep: int, *, current_wal: Path) -> list[Base]:
    """Delete all but the newest ``keep`` copies, and the log that none of those needs; the copies that went."""
    found = in_folder(folder)
    kept = found[-keep:]
    gone = [base for base in found if base not in kept]
    for base in gone:
        _remove(base.folder)
    for wal in folder.glob("wal-*"):
        needed = [base.facts.first_segment for base in kept if base.wal == wal]
        if needed:
            tools.run("pg_archivecleanup", str(wal), min(needed))
        elif wal != current_wal:
            _remove(wal)
    return gone


def _remove(folder: Path) -> None:
    """First its name goes: half a copy never looks like one."""
    doomed = folder.with_name(f"{UNFINISHED}-{folder.name}")
    folder.rename(doomed)
    made_durable(folder.parent)
    shutil.rmtree(doomed)


def refuse_gaps(base: Base) -> None:
    """Raises BackupError where a segment is missing between others, or between the copy and them: what follows it
    would be lost in silence.
    """
    last = last_segment(base.copy)
    names = sorted(path.name for path in base.wal.glob("[0-9A-F]" * 24) if path.name > last)
    for before, after in pairwise([last, *names]):
        if number_of(after) != number_of(before) + 1:
            missing = segment(int(before[:8], 16), number_of(before) + 1)
            raise BackupError(
                f"{base.wal} lacks the segment {missing}, so the log ends before it although there is more "
                f"of it behind. Nothing was changed. Bring the file back, or restore --to a moment before."
            )


def sealed(base: Base) -> bool:
    return base.facts.has_keys and (base.folder / keys.NAME).exists()
