"""What was sent as files: archives unpacked, with a bound on what comes out, whatever they say of themselves."""

import gzip
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Final

from transactions.importing.packed.unpacking import DAMAGES, SentFile, files_in
from wealthwise.portability.moving.sources.model import NotMovable

MOST_FILES: Final = 200
MOST_EXPANDED: Final = 512 * 1024 * 1024  # bytes of all that is unpacked of one move
_STEP: Final = 1024 * 1024
GZIP: Final = b"\x1f\x8b"
_BROKEN: Final = "“{}” is damaged and cannot be unpacked. Export it once more."


def members(sent: Iterable[SentFile], most: int | None = None) -> list[SentFile]:
    """Each file that was sent and each in an archive, with at most so many bytes in all. Raises NotMovable."""
    found, left = list[SentFile](), MOST_EXPANDED if most is None else most
    for file in sent:
        for name, content in _opened(file, left):
            left -= len(content)
            if content.strip(b"\x00\r\n\t "):
                found.append(SentFile(name, content))
            if len(found) > MOST_FILES:
                raise NotMovable(f"There are more than {MOST_FILES} files in “{file.name}”.")
    return found


def _opened(file: SentFile, left: int) -> Iterator[tuple[str, bytes]]:
    try:
        if file.data.startswith(GZIP):
            with gzip.GzipFile(fileobj=io.BytesIO(file.data)) as packed:
                yield file.name, _read(packed, file.name, left)
        elif file.data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
                yield from _inside(archive, file.name, left)
        else:
            yield file.name, file.data
    except DAMAGES as error:
        raise NotMovable(_BROKEN.format(file.name)) from error


def _inside(archive: zipfile.ZipFile, name: str, left: int) -> Iterator[tuple[str, bytes]]:
    for short, info in files_in(archive):
        if info.flag_bits & 1:
            raise NotMovable(f"“{name}” is locked with a password. Save it without one.")
        with archive.open(info) as file:
            content = _read(file, name, left)
        left -= len(content)
        yield short, content


def _read(file: IO[bytes] | gzip.GzipFile, name: str, left: int) -> bytes:
    content = io.BytesIO()
    while piece := file.read(_STEP):
        left -= len(piece)
        if left < 0:
            raise NotMovable(f"“{name}” unpacks to more than {MOST_EXPANDED // _STEP} MB.")
        content.write(piece)
    return content.getvalue()
