"""Sheets of an Excel workbook as rows of text."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any, Final

from openpyxl import load_workbook

from transactions.importing.formats.rows import MAX_ROWS, StatementError
from wealthwise.core.locales import show_count

MOST_COLUMNS: Final = 100
MOST_SHEETS: Final = 20
_SPARE: Final = 1000  # rows about the statement and empty ones

type TextRow = list[str]


def sheets_of(file: IO[bytes], archive: zipfile.ZipFile) -> Iterator[tuple[str, list[TextRow]]]:
    """Title and rows of each sheet that has several cells. The rows of each are read one by one, within bounds."""
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets[:MOST_SHEETS]:
            sheet.reset_dimensions()  # what it says of its size may be a lie
            rows = filled(bounded_rows(map(texts_of, sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True))))
            if len(rows) > 1:
                yield sheet.title, rows
    except StatementError:
        raise
    except Exception as error:
        raise StatementError("The spreadsheet cannot be read. Save it as CSV and import that.") from error


def texts_of(cells: tuple[Any, ...]) -> TextRow:
    return list(map(text_of, cells))


def text_of(cell: Any) -> str:
    """A cell as a CSV of the sheet would say it: days as ISO has them, numbers with a point."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    return number_text(cell) if isinstance(cell, int | float) else str(cell)


def number_text(number: float) -> str:
    """Fifteen digits are what a spreadsheet keeps; what comes behind them is no cent of anybody."""
    text = f"{number:.15g}"
    return f"{number:.2f}" if "e" in text else text


def bounded_rows(rows: Iterator[TextRow]) -> Iterator[TextRow]:
    """The rows as they come, but for empty ones; never more than a statement may have."""
    for number, row in enumerate(rows):
        if number > MAX_ROWS + _SPARE:
            raise StatementError(
                f"The sheet has more than {show_count(MAX_ROWS)} rows. Export a shorter range of dates."
            )
        yield row


def filled(rows: Iterator[TextRow]) -> list[TextRow]:
    """Without the empty rows at the end and the columns that are empty in all rows."""
    found = [row for row in rows if any(row)]
    width = max((number for row in found for number, cell in enumerate(row, 1) if cell), default=0)
    return [row[:width] for row in found]
