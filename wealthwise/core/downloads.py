"""Files that are made while they are sent, so that their size costs no memory."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final

from django.http import StreamingHttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header

CHUNK: Final = 32_768  # letters; a chunk per row would be compressed and sent row by row
BYTE_ORDER_MARK: Final = "\ufeff"  # tells spreadsheets that the file is UTF-8
# What makes Excel, LibreOffice or Google Sheets read a cell of a CSV as a formula.
STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """``text`` for a CSV cell: an apostrophe goes before what a spreadsheet would take for a formula.

    For text that users typed. Amounts are numbers and are written as they are: -12.50 is no formula.
    """
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A CSV file under ``filename``. Text cells are made harmless; numbers, dates and None (empty) are not text."""
    response = StreamingHttpResponse(_chunks([header], rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or ""
    patch_cache_control(response, private=True, no_store=True)
    return response


def csv_file(header: Sequence[str], rows: Iterable[Sequence[object]]) -> IO[bytes]:
    """The same as a temporary file, which whoever gets it closes."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.writelines(_chunks([header], rows))
    return file


def _chunks(*parts: Iterable[Sequence[object]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    buffer.write(BYTE_ORDER_MARK)
    writer = csv.writer(buffer)
    for rows in parts:
        for row in rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
            if buffer.tell() >= CHUNK:
                yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
