"""CSV files of applications: their columns by the names in the heading, their amounts, their days."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from transactions.importing.formats.days import day_style, read_date
from transactions.importing.formats.encodings import detect_encoding, without_nuls
from transactions.importing.formats.rows import UnreadableValue
from transactions.importing.formats.values import read_amount, style_of_numbers
from wealthwise.core.money import ZERO
from wealthwise.portability.moving.sources.model import NotMovable

MOST_ROWS: Final = 2_000_000
_DELIMITERS: Final = (",", ";", "\t")


@dataclass(slots=True)
class SourceTable:
    """A CSV with a heading; ``at`` is where each of its columns stands, by its name in small letters."""

    at: dict[str, int]
    rows: list[list[str]]

    def has(self, *names: str) -> bool:
        return all(name in self.at for name in names)

    def column(self, name: str) -> list[str]:
        """The cells of a column, empty where a row is shorter or there is no such column."""
        place = self.at.get(name)
        if place is None:
            return [""] * len(self.rows)
        return [row[place].strip() if place < len(row) else "" for row in self.rows]

    def records(self) -> Iterator[Mapping[str, str]]:
        """Each row by the names of its columns; a name that is missing is an empty cell."""
        for row in self.rows:
            yield _Cells({name: row[place].strip() for name, place in self.at.items() if place < len(row)})


class _Cells(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ""


def text_of(data: bytes) -> str:
    """The text of a file, without a mark at its beginning."""
    encoding = detect_encoding(without_nuls(data)) if data else "utf-8"
    return without_nuls(data).decode(encoding, "replace").removeprefix("\ufeff")


def heading_of(text: str) -> tuple[str, list[str]]:
    """The delimiter of a text, and the names in its first line in small letters."""
    first = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    delimiter = max(_DELIMITERS, key=first.count)
    names = next(csv.reader([first], delimiter=delimiter), [])
    return delimiter, [name.strip().lower() for name in names]


def table_of(text: str) -> SourceTable:
    """Raises NotMovable for what is no table, or has no end."""
    rows = list[list[str]]()
    try:
        delimiter, names = heading_of(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        next(line for line in reader if any(line))
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) > MOST_ROWS:
                raise NotMovable(f"The file has more than {MOST_ROWS:,} rows.")
    except (csv.Error, StopIteration) as error:
        raise NotMovable(f"The file cannot be read as a table: {error}.") from error
    at = dict[str, int]()
    for place, name in enumerate(names):
        at.setdefault(name, place)
    return SourceTable(at, rows)


def amounts_of(cells: Sequence[str], what: str) -> list[Decimal]:
    """The amounts of a column, zero for an empty cell. Raises NotMovable for what is none: nothing is left out."""
    style = style_of_numbers(cell for cell in cells if cell)
    found = list[Decimal]()
    for number, cell in enumerate(cells, 1):
        try:
            found.append(read_amount(cell, style.decimal, style.thousands) if cell else ZERO)
        except UnreadableValue as refusal:
            raise NotMovable(f"Row {number}, {what}: {refusal}") from refusal
    return found


def days_of(cells: Sequence[str], *, month_first: bool, notes: list[str]) -> list[date]:
    """The days of a column; says so where day and month could be swapped. Raises NotMovable for what is none."""
    style = day_style(cells, lambda: month_first)
    if style.is_ambiguous:
        order = "month before day" if "%m" in style.date_format.partition("%d")[0] else "day before month"
        notes.append(f"Days were read with the {order}, such as {cells[0]}: nothing in the file says otherwise.")
    found = list[date]()
    for number, cell in enumerate(cells, 1):
        try:
            found.append(read_date(cell, style.date_format, language=style.language))
        except UnreadableValue as refusal:
            raise NotMovable(f"Row {number}, day: {refusal}") from refusal
    return found


def without_hashtags(text: str) -> tuple[str, tuple[str, ...]]:
    """A note without the words that begin with a number sign, and those words."""
    words = text.split()
    tags = tuple(word.lstrip("#").rstrip(",.;") for word in words if word.startswith("#") and word.strip("#,.;"))
    kept = " ".join(word for word in words if not (word.startswith("#") and word.strip("#,.;")))
    return kept, tags


def parted(text: str, *marks: str) -> tuple[str, ...]:
    """The words of a list that are told apart by any of these marks."""
    for mark in marks[1:]:
        text = text.replace(mark, marks[0])
    return tuple(word for each in text.split(marks[0]) if (word := each.strip()))


def kind_by_name(*names: str) -> str:
    """What kind of account it is, by words in its name or type; empty where none tells."""
    text = " ".join(names).lower()
    for kind, words in _KINDS.items():
        if any(word in text for word in words):
            return kind
    return ""


_KINDS: Final[dict[str, Iterable[str]]] = {
    "credit": ("credit", "ccard", "card", "kreditkarte", "visa", "mastercard", "amex"),
    "savings": ("saving", "sparen", "spar", "épargne", "ahorro", "risparmio"),
    "checking": ("checking", "current", "cheque", "giro", "depository", "bank", "courant"),
    "cash": ("cash", "wallet", "bargeld", "petty"),
    "investment": ("invest", "brokerage", "stock", "crypto", "depot", "pension", "401k", "mutual"),
}
