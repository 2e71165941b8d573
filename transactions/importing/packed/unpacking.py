"""Archives and spreadsheets as they are sent, and the statement files in them.

A sheet becomes a CSV, which everything behind this reads as any other. What is in an archive is measured while it is
unpacked, since what it says of itself may be a lie.
"""

import csv
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final, NamedTuple

from transactions.importing.formats.rows import MAX_BYTES, StatementError, check_size
from transactions.importing.packed import ods, xlsx

MOST_FILES: Final = 10
MOST_EXPANDED: Final = 256 * 1024 * 1024  # bytes of all that one archive unpacks to
# What the readers of archives raise for one that is damaged.
DAMAGES: Final = (
    zipfile.BadZipFile,
    NotImplementedError,  # a method that Python does not know
    EOFError,
    OSError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)
_BROKEN: Final = "The file is damaged and cannot be unpacked. Download it once more."
_STEP: Final = 1024 * 1024


class UnpacksTooMuch(StatementError):
    """What is packed is larger than its bound."""


class SentFile(NamedTuple):
    name: str
    data: bytes


def is_packed(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def expands_to(data: bytes, most: int) -> bool:
    """Whether all that is packed here has at most so many bytes; what cannot be unpacked has."""
    try:
        with _opened(data) as archive:
            _measure(archive, most)
    except UnpacksTooMuch:
        return False
    except StatementError:
        return True
    return True


def unpacked(name: str, data: bytes) -> list[SentFile]:
    """The statement files in what was sent: itself, the members of an archive, the sheets of a spreadsheet.

    Raises StatementError for what cannot be unpacked, or has no end.
    """
    check_size(data)
    if not is_packed(data):
        return [SentFile(name, data)]
    with _opened(data) as archive:
        sheets = _sheets(SentFile(name, data), archive)
        files = _flat(archive) if sheets is None else sheets
    if not files:
        raise StatementError("There is no statement in this file.")
    if len(files) > MOST_FILES:
        raise StatementError(f"There are more than {MOST_FILES} statements in this file. Send some of them at a time.")
    return files


def _flat(archive: zipfile.ZipFile) -> list[SentFile]:
    """The members of an archive, spreadsheets among them as their sheets."""
    found = list[SentFile]()
    for member in _members(archive):
        if not is_packed(member.data):
            found.append(member)
            continue
        with _opened(member.data) as inner:
            sheets = _sheets(member, inner)
        if sheets is None:
            raise StatementError("There is an archive inside of this one. Unpack it first, and send what is in it.")
        found += sheets
    return found


def _sheets(file: SentFile, archive: zipfile.ZipFile) -> list[SentFile] | None:
    """The sheets of a spreadsheet that hold something; None for what is none."""
    names = set(archive.namelist())
    reader = xlsx if "xl/workbook.xml" in names else ods if {"content.xml", "mimetype"} <= names else None
    if reader is None:
        return None
    _measure(archive, MOST_EXPANDED)
    sheets = list(reader.sheets_of(io.BytesIO(file.data), archive))
    return [
        SentFile(f"{file.name} ({title})" if len(sheets) > 1 else file.name, _as_csv(rows)) for title, rows in sheets
    ]


def _members(archive: zipfile.ZipFile) -> Iterator[SentFile]:
    left = MOST_EXPANDED
    for name, info in files_in(archive):
        content = b"".join(_pieces(archive, info, min(MAX_BYTES, left)))
        left -= len(content)
        yield SentFile(name, content)


def files_in(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Each file of an archive with its name alone, but what systems leave beside what somebody packed."""
    for info in archive.infolist():
        name = info.filename.rpartition("/")[2]
        if not (info.is_dir() or name.startswith(".") or info.filename.startswith("__MACOSX/")):
            yield name, info


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except DAMAGES:
        raise StatementError(_BROKEN) from None


def _measure(archive: zipfile.ZipFile, most: int) -> None:
    """Unpack all of it once, and keep nothing."""
    left = most
    for info in archive.infolist():
        left -= sum(map(len, _pieces(archive, info, left)))


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    if info.flag_bits & 1:
        raise StatementError("The file is locked with a password. Save it without one.")
    try:
        with archive.open(info) as file:
            yield from _bounded(file, most)
    except DAMAGES:
        raise StatementError(_BROKEN) from None


def _bounded(file: IO[bytes], most: int) -> Iterator[bytes]:
    while piece := file.read(_STEP):
        most -= len(piece)
        if most < 0:
            raise UnpacksTooMuch("The file unpacks to more than a statement has. Export a shorter range of dates.")
        yield piece


def _as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
