"""Sheets of an OpenDocument spreadsheet as rows of text, read from front to back.

A cell and a row may say that they stand many times; what is empty is not repeated, and nothing is without end.
"""

import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from transactions.importing.formats.rows import StatementError
from transactions.importing.packed.xlsx import MOST_COLUMNS, MOST_SHEETS, TextRow, bounded_rows, filled, number_text

_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def sheets_of(file: IO[bytes], archive: zipfile.ZipFile) -> Iterator[tuple[str, list[TextRow]]]:
    """Title and rows of each sheet that has several cells."""
    try:
        with archive.open("content.xml") as content:
            yield from _sheets(content)
    except (ParseError, DefusedXmlException, zipfile.BadZipFile, ValueError) as error:
        raise StatementError("The spreadsheet cannot be read. Save it as CSV and import that.") from error


def _sheets(content: IO[bytes]) -> Iterator[tuple[str, list[TextRow]]]:
    events = iterparse(content, events=("start", "end"))
    count = 0
    for event, element in events:
        if event == "start" and element.tag == f"{_TABLE}table" and count < MOST_SHEETS:
            count += 1
            title = element.get(f"{_TABLE}name") or f"Sheet {count}"
            rows = filled(bounded_rows(_rows(events, element)))
            if len(rows) > 1:
                yield title, rows


def _rows(events: Iterator[tuple[str, Any]], table: Any) -> Iterator[TextRow]:
    for event, element in events:
        if event == "end" and element is table:
            table.clear()
            return
        if event == "end" and element.tag == f"{_TABLE}table-row":
            row = _cells(element)
            for _ in range(_times(element, "rows") if any(row) else 0):
                yield row
            element.clear()


def _cells(row: Any) -> TextRow:
    found: TextRow = []
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        text = _text(cell)
        found += [text] * min(_times(cell, "columns"), MOST_COLUMNS - len(found))
    return found


def _times(element: Any, what: str) -> int:
    text = element.get(f"{_TABLE}number-{what}-repeated") or "1"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


def _text(cell: Any) -> str:
    match cell.get(f"{_OFFICE}value-type"):
        case "date":
            return str(cell.get(f"{_OFFICE}date-value") or "").replace("T00:00:00", "").replace("T", " ")
        case "float" | "currency" | "percentage":
            return number_text(float(cell.get(f"{_OFFICE}value") or "nan"))
    return "\n".join("".join(paragraph.itertext()) for paragraph in cell.iter(f"{_TEXT}p"))
