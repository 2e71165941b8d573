"""The records of a CSV file, before anything says what their cells mean."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Final, NamedTuple

from transactions.importing.csv.layout import MAX_COLUMNS, CsvLayout
from transactions.importing.formats.rows import DESCRIPTION_LENGTH, MAX_ROWS, StatementError
from transactions.importing.formats.text import clean_text, decode, split_lines
from transactions.importing.formats.values import LONGEST_NOTHING as _LONGEST_NOTHING
from transactions.importing.formats.values import is_nothing
from wealthwise.core.locales import show_count

# So much of a file says what its columns are called and look like.
BEGINNING: Final = 512 * 1024
# How far a quoted field may run over line ends before its quote counts as a slip of the bank.
MAX_QUOTED_LINES = 10
_LONGEST_CELL: Final = csv.field_size_limit()
_TOO_WIDE: Final = f"Line {{}} has more than {MAX_COLUMNS} columns."
# An amount whose decimal comma was not quoted: its cents stand in the next cell.
_WHOLE: Final = re.compile(r"[^\w,]*[-+]?[^\w,]{0,2}[0-9]{1,3}(?:[ .']?[0-9]{3})*")
_CENTS: Final = re.compile(r"[0-9]{2}(?:[ ]?[-+]|[ ]?[^\W\d_]{1,3})?")


class Record:
    """A record of a CSV, with the physical line (from 1) on which it begins.

    It holds its text and parts it into cells whenever they are asked for, so that a table costs little more than its
    file. Whoever asks for several cells of one takes it `opened`.
    """

    __slots__ = ("_cells", "_delimiter", "line", "text")

    def __init__(self, line: int, text: str, delimiter: str, cells: list[str] | None = None) -> None:
        self.line, self.text, self._delimiter, self._cells = line, text, delimiter, cells

    @property
    def cells(self) -> list[str]:
        """What stands between the delimiters, without the spaces around it."""
        return self._cells if self._cells is not None else parted(self.text, self._delimiter)

    def opened(self) -> "Record":
        return self if self._cells is not None else self.with_cells(self.cells)

    def with_cells(self, cells: list[str]) -> "Record":
        return Record(self.line, self.text, self._delimiter, cells)

    def raw(self, column: int | None) -> str:
        """What stands in a column, a lone dash included."""
        cells = self.cells
        return cells[column] if column is not None and column < len(cells) else ""

    def cell(self, column: int | None) -> str:
        """The value in a column; nothing where a dash stands for that. ``="..."`` protects from spreadsheets."""
        if column is None:
            return ""
        cells = self.cells
        return value_in(cells[column]) if column < len(cells) else ""

    def texts(self) -> list[str]:
        return [text for cell in self.cells if (text := value_in(cell))]

    def filled(self) -> int:
        """The number of columns up to the last one that holds something."""
        return filled(self.cells)


def value_in(cell: str) -> str:
    if len(cell) < _LONGEST_NOTHING:
        return "" if is_nothing(cell) else cell
    return cell[2:-1].strip() if cell[0] == "=" and cell.startswith('="') and cell.endswith('"') else cell


def filled(cells: Sequence[str]) -> int:
    number = len(cells)
    while number and not cells[number - 1]:
        number -= 1
    return number


def parted(text: str, delimiter: str) -> list[str]:
    """The cells of one line. Most lines have no quotes or have them around each cell, which needs no reader."""
    between = f'"{delimiter}"'
    if '"' not in text:
        cells = text.split(delimiter)
    elif text[0] == text[-1] == '"' and text.count('"') == 2 * text.count(between) + 2:
        cells = text[1:-1].split(between)
    else:
        cells = next(csv.reader([f"{text}\n"], delimiter=delimiter), [])
    return list(map(str.strip, cells))


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
    """The records that hold something."""
    while start < len(lines):
        text, end = lines[start], _record_end(lines, start)
        if end > start + 1 or len(text) >= _LONGEST_CELL:
            yield from _spread(lines, delimiter, start, end)
        elif text.count(delimiter) >= MAX_COLUMNS and len(parted(text, delimiter)) > MAX_COLUMNS:
            raise StatementError(_TOO_WIDE.format(start + 1))
        elif text[:1].isalnum() or any(parted(text, delimiter)):
            yield Record(start + 1, text, delimiter)
        start = end


def _spread(lines: list[str], delimiter: str, start: int, end: int) -> Iterator[Record]:
    """Records of which the first goes on over several lines, or is too long."""
    reader = csv.reader([f"{line}\n" for line in lines[start:end]], delimiter=delimiter)
    begin = start
    try:
        for raw in reader:
            if len(raw) > MAX_COLUMNS:
                raise StatementError(_TOO_WIDE.format(begin + 1))
            if any(cells := list(map(str.strip, raw))):
                yield Record(begin + 1, "\n".join(lines[begin : start + reader.line_num]), delimiter, cells)
            begin = start + reader.line_num
    except csv.Error:
        raise StatementError(f"Line {begin + 1} is too long for a bank statement.") from None


def bounded(lines: list[str], delimiter: str, start: int, most: int) -> list[Record]:
    records = list(islice(records_of(lines, delimiter, start), most + 1))
    if len(records) > most:
        raise StatementError(f"The file has more than {show_count(MAX_ROWS)} rows. Export a shorter range of dates.")
    return records


class Sheet(NamedTuple):
    """A CSV under one reading: its heading (empty without one), the records below it, and the usual width of them.

    ``is_cut``: the last line breaks off. ``mended`` are the lines in which a decimal comma had parted an amount.
    ``others`` are the lines in which the heading stands again below a title of its own, with these titles.
    """

    heading: list[str]
    records: list[Record]
    width: int
    is_cut: bool
    mended: list[int]
    others: list[tuple[int, str]]


def read(data: bytes, layout: CsvLayout) -> Sheet:
    """The table that a layout speaks of."""
    text = decode(data, layout.encoding)
    is_whole, lines = text.endswith(("\n", "\r")), split_lines(text)
    del text  # as long as the file
    if layout.last_line:
        lines = lines[: layout.last_line]
    records = bounded(lines, layout.delimiter, layout.skip_lines, MAX_ROWS + layout.has_header)
    heading = records.pop(0).cells if layout.has_header and records else []
    others = _titles_below(heading, records, lines[: layout.skip_lines]) if heading else []
    records, usual = _below(heading, records)
    width = max(len(heading), usual)
    mended = list[int]()
    if layout.delimiter == ",":
        records, mended = mend(heading, records)
        width = len(heading) or max((record.filled() for record in records), default=0) if mended else width
    is_cut = bool(records) and not is_whole and _breaks_off(records)
    return Sheet(heading, records, width, is_cut, mended, others)


def _titles_below(heading: list[str], records: Sequence[Record], above: Sequence[str]) -> list[tuple[int, str]]:
    """Where a heading stands again below a line of its own that is another one than that above the first heading.

    The head of a page is the same on each, but for its number.
    """
    first = next((text for text in reversed(above) if text.strip(" ,;\t")), "")
    known, found = {_title_of(first)}, list[tuple[int, str]]()
    for before, record in pairwise(records):
        if heading[0] not in record.text or record.cells != heading or len(texts := before.texts()) != 1:
            continue
        if (title := _title_of(texts[0])) and title not in known:
            known.add(title)
            found.append((record.line, texts[0]))
    return found


def _title_of(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalpha())


def _below(heading: list[str], records: list[Record]) -> tuple[list[Record], int]:
    """The records that do not repeat the heading, and how many columns most of them have."""
    kept, widths = list[Record](), Counter[int]()
    for record in records:
        cells = record.cells
        if cells != heading:
            kept.append(record)
            widths[filled(cells)] += 1
    return kept, widths.most_common(1)[0][0] if widths else 0


def _breaks_off(records: Sequence[Record]) -> bool:
    """Whether the last record has less than all before it: fewer cells, an open quote, or fewer decimals."""
    last, before = records[-1].opened(), [record.opened() for record in records[-51:-1]]
    if last.text.count('"') % 2:
        return True
    if len(before) < 2:
        return False
    if len(last.cells) < min(len(record.cells) for record in before):
        return True
    ends = [re.search(r"[.,]([0-9]+)\W*$", record.cells[-1]) for record in before]
    decimals = {len(end[1]) if end else 0 for end in ends}
    mine = re.search(r"[.,]([0-9]+)\W*$", last.cells[-1])
    return len(decimals) == 1 and min(decimals) > 0 and (len(mine[1]) if mine else 0) < min(decimals)


def mend(heading: Sequence[str], records: list[Record]) -> tuple[list[Record], list[int]]:
    """Records whose amounts were parted by their own decimal comma, put together; and the lines of those.

    Under a heading a row may have more cells than it names. Without one, a column of whole numbers has two digits
    beside it in every row.
    """
    if heading:
        columns = None
        wide = [record for record in records if len(record.cells) > len(heading)]
    else:
        columns = _parted_columns(records)
        wide = records if columns else []
    if not wide:
        return records, []
    mended, out = list[int](), list[Record]()
    for record in records:
        cells = record.cells
        pairs = _parted(cells) if columns is None else columns
        excess = len(cells) - len(heading) if columns is None else len(columns)
        if excess > 0 and len(pairs) == excess:
            out.append(record.with_cells(_joined(cells, pairs)))
            mended.append(record.line)
        else:
            out.append(record)
    return out, mended


def _parted(cells: Sequence[str]) -> list[int]:
    """The cells that are whole numbers with two digits behind them, each cell in one pair only."""
    found, column = list[int](), 0
    while column < len(cells) - 1:
        if _WHOLE.fullmatch(cells[column]) and _CENTS.fullmatch(cells[column + 1]):
            found.append(column)
            column += 1
        column += 1
    return found


def _parted_columns(records: Sequence[Record]) -> list[int]:
    """The same for a file without heading: what holds in each of its rows, of which there are several."""
    sample = [record for record in records[:200] if len(record.cells) > 2]
    if len(sample) < 3 or len({len(record.cells) for record in sample}) != 1:
        return []
    common = set.intersection(*(set(_parted(record.cells)) for record in sample))
    return sorted(common) if all(any(c.isalpha() for c in "".join(record.cells)) for record in sample) else []


def _joined(cells: Sequence[str], parted: Sequence[int]) -> list[str]:
    found, column = list[str](), 0
    while column < len(cells):
        if column in parted:
            found.append(f"{cells[column]},{cells[column + 1]}")
            column += 1
        else:
            found.append(cells[column])
        column += 1
    return found


def names_of(sheet: Sheet) -> list[str]:
    """A name for every column: the heading's, or "Column 3"."""
    width = max((len(cells) for cells in [sheet.heading, *(r.cells for r in sheet.records)]), default=0)
    names = [clean_text(name, 60) for name in sheet.heading] + [""] * (width - len(sheet.heading))
    return [name or f"Column {number}" for number, name in enumerate(names, 1)]


def beginning(data: bytes, encoding: str) -> bytes:
    """The first lines of a long file, whole records all of them; a short file is all of it."""
    if len(data) <= BEGINNING:
        return data
    end = data.rfind(b"\n", 0, BEGINNING) + 1
    for _ in range(MAX_QUOTED_LINES):
        if data.count(b'"', 0, end) % 2 == 0:
            break
        end = data.rfind(b"\n", 0, end - 1) + 1
    return data[: end + end % 2 if encoding.startswith("utf-16") else end]


def column_names(data: bytes, layout: CsvLayout) -> list[str]:
    return names_of(read(beginning(data, layout.encoding), layout))


def sample_of(sheet: Sheet, limit: int = 5) -> list[list[str]]:
    """The cells of the first rows below the heading, as they stand in the file."""
    return [[clean_text(cell, DESCRIPTION_LENGTH) for cell in record.cells] for record in sheet.records[:limit]]


def sample_rows(data: bytes, layout: CsvLayout, limit: int = 5) -> list[list[str]]:
    return sample_of(read(data, layout), limit)
