"""The records of a CSV file, before anything says what their cells mean."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from transactions.importing.csv.layout import MAX_COLUMNS, CsvLayout
from transactions.importing.formats.rows import DESCRIPTION_LENGTH, MAX_ROWS, StatementError
from transactions.importing.formats.text import clean_text, decode, split_lines
from wealthwise.core.locales import show_count

# How far a quoted field may run over line ends before its quote counts as a slip of the bank.
MAX_QUOTED_LINES = 10


class Record(NamedTuple):
    line: int
    cells: list[str]
    text: str

    def cell(self, column: int | None) -> str:
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""

    def filled(self) -> int:
        """The number of columns up to the last one that holds something."""
        return max((i for i, cell in enumerate(self.cells, 1) if cell.strip()), default=0)


def _record_end(lines: list[str], start: int) -> int:
    """Where the record that begins on a line ends. A whole record has an even number of quotes; a stray one
    is searched for its partner on a few lines only, so that it never swallows the rest of the file."""
    if lines[start].count('"') % 2 == 0:
        return start + 1
    for at in range(start + 1, min(start + MAX_QUOTED_LINES, len(lines))):
        if lines[at].count('"') % 2:
            return at + 1
    return start + 1


def records_of(lines: list[str], delimiter: str, start: int = 0) -> Iterator[Record]:
    """The records that hold something, each with the physical line (from 1) on which it begins."""
    while start < len(lines):
        end = _record_end(lines, start)
        reader = csv.reader([f"{line}\n" for line in lines[start:end]], delimiter=delimiter)
        begin = start
        try:
            for cells in reader:
                if len(cells) > MAX_COLUMNS:
                    raise StatementError(f"Line {begin + 1} has more than {MAX_COLUMNS} columns.")
                if any(cell.strip() for cell in cells):
                    yield Record(begin + 1, cells, "\n".join(lines[begin : start + reader.line_num]))
                begin = start + reader.line_num
        except csv.Error:
            raise StatementError(f"Line {begin + 1} is too long for a bank statement.") from None
        start = end


def bounded(lines: list[str], delimiter: str, start: int, most: int) -> list[Record]:
    records = list(islice(records_of(lines, delimiter, start), most + 1))
    if len(records) > most:
        raise StatementError(f"The file has more than {show_count(MAX_ROWS)} rows. Export a shorter range of dates.")
    return records


def read(data: bytes, layout: CsvLayout) -> tuple[list[str], list[Record]]:
    """(the heading, empty without one; all records below it)."""
    lines = split_lines(decode(data, layout.encoding))
    records = bounded(lines, layout.delimiter, layout.skip_lines, MAX_ROWS + layout.has_header)
    heading = records.pop(0).cells if layout.has_header and records else []
    return heading, [record for record in records if record.cells != heading]


def column_names(data: bytes, layout: CsvLayout) -> list[str]:
    """A name for every column: the heading's, or "Column 3"."""
    heading, records = read(data, layout)
    width = max((len(cells) for cells in [heading, *(r.cells for r in records)]), default=0)
    names = [clean_text(name, 60) for name in heading] + [""] * (width - len(heading))
    return [name or f"Column {number}" for number, name in enumerate(names, 1)]


def sample_rows(data: bytes, layout: CsvLayout, limit: int = 5) -> list[list[str]]:
    """The cells of the first rows below the heading, as they stand in the file."""
    _, records = read(data, layout)
    return [[clean_text(cell, DESCRIPTION_LENGTH) for cell in record.cells] for record in records[:limit]]
