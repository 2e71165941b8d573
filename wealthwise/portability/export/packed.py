"""Exports with what they say packed by gzip: they go out in a tenth of the size, and come back piece by piece."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Final

from accounts.models import User
from wealthwise.core.progress import Advance, unwatched
from wealthwise.portability.export.json_reader import Broken
from wealthwise.portability.export.json_writer import write_json

MOST_EXPANDED: Final = 8 * 1024**3  # bytes; some 20,000,000 transactions
_MARK: Final = b"\x1f\x8b"
_PIECE: Final = 1024 * 1024
_WITH_HEADER: Final = 31
_DAMAGED: Final = "The file is damaged and cannot be unpacked. Download it once more."


def write_packed(user: User, file: IO[bytes], advance: Advance = unwatched) -> None:
    """Call inside ``snapshot``."""
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
        write_json(user, packed, advance)  # type: ignore[arg-type]  # a file as far as a writer of JSON asks


def is_packed(file: IO[bytes]) -> bool:
    file.seek(0)
    mark = file.read(len(_MARK))
    file.seek(0)
    return mark == _MARK


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What is in an export, packed or not. Raises Broken for what is damaged or has no end."""
    given = iter(chunks)
    first = next(given, b"")
    whole = chain([first], given)
    return _inside(whole) if first.startswith(_MARK) else whole


def _inside(chunks: Iterable[bytes]) -> Iterator[bytes]:
    opened, left = zlib.decompressobj(_WITH_HEADER), MOST_EXPANDED
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not opened.eof:
                piece = opened.decompress(rest, _PIECE)
                rest = opened.unconsumed_tail
                left -= len(piece)
                if left < 0:
                    raise Broken(f"The file unpacks to more than {MOST_EXPANDED // 1024**3} GB.")
                yield piece
    except zlib.error as error:
        raise Broken(_DAMAGED) from error
    if not opened.eof:
        raise Broken(_DAMAGED)
