"""Everything a user has as a workbook, written row by row.

Text is always a string cell, and marked as quoted where it looks like a formula, so no cell is one, not even after
somebody edits it.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.styles.numbers import FORMAT_NUMBER_COMMA_SEPARATED1

from accounts.models import User
from wealthwise.core.downloads import STARTS_A_FORMULA
from wealthwise.core.progress import Advance, unwatched
from wealthwise.portability.export.codecs.values import Cell
from wealthwise.portability.export.exported_rows import ExportedRows, heads
from wealthwise.portability.export.sections import SECTIONS

ROWS_A_SHEET: Final = 1_048_575  # below the headings; more go on in a second sheet
# XML 1.0 has no other characters below the space.
_NOT_XML: Final = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def write_xlsx(user: User, file: IO[bytes], advance: Advance = unwatched) -> None:
    """Call inside ``snapshot``. Holds one batch of rows in memory; sheets grow in temporary files."""
    exported = ExportedRows(user, advance)
    book = Workbook(write_only=True)
    try:
        for section in SECTIONS:
            title = section.key.replace("_", " ").capitalize()
            for part, rows in enumerate(_sheets(exported.cells(section)), 1):
                sheet = _begin(book, title if part == 1 else f"{title} {part}", heads(section))
                for row in rows:
                    sheet.append([_cell(sheet, cell, exported.zone) for cell in row])
                sheet.close()
    finally:
        book.save(file)  # also of what has failed: nothing else removes the temporary files


def _sheets(rows: Iterator[tuple[Cell, ...]]) -> Iterator[Iterator[tuple[Cell, ...]]]:
    """The rows in pieces that fit a sheet; one empty piece when there are none."""
    yield islice(rows, ROWS_A_SHEET)
    while (first := next(rows, None)) is not None:
        yield chain([first], islice(rows, ROWS_A_SHEET - 1))


def _begin(book: Workbook, title: str, headings: list[str]) -> Any:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.sheet_format.defaultColWidth = 18
    cells = [WriteOnlyCell(sheet, heading.replace("_", " ")) for heading in headings]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    return sheet


def _cell(sheet: Any, cell: Cell, zone: ZoneInfo) -> Any:
    """Excel knows no zones: of a moment the user's own clock is shown."""
    if isinstance(cell, bool):
        cell = "yes" if cell else "no"
    if isinstance(cell, datetime):
        cell = cell.astimezone(zone).replace(tzinfo=None)
    if isinstance(cell, date) and cell.year <= 1900:
        cell = str(cell)  # days before Excel's first
    if isinstance(cell, str):
        return _text(sheet, cell) if cell else None
    if not isinstance(cell, Decimal):
        return cell
    money = WriteOnlyCell(sheet, cell)
    money.number_format = FORMAT_NUMBER_COMMA_SEPARATED1
    return money


def _text(sheet: Any, text: str) -> Any:
    text = text.translate(_NOT_XML)
    if not text.startswith((*STARTS_A_FORMULA, "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # whatever its first letters look like: openpyxl would take them for a formula or an error
    cell.quotePrefix = text.startswith(STARTS_A_FORMULA)
    return cell
