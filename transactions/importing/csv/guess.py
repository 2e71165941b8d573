"""Tell how a CSV file is laid out: by words in its heading first, by all its values second."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from typing import Any

from transactions.importing.csv.headings import direction, heading_words, roles_of
from transactions.importing.csv.layout import DELIMITERS, CsvLayout
from transactions.importing.csv.records import Record, bounded, records_of
from transactions.importing.formats.rows import MAX_ROWS, StatementError, check_size
from transactions.importing.formats.text import decode, detect_encoding, split_lines
from transactions.importing.formats.values import (
    DATE_FORMATS,
    date_part,
    decimal_style,
    fits_date,
    looks_like_amount,
    read_date,
)

# Enough to tell what a column holds; the date order and the decimal style look at every row.
SAMPLE = 200
# Some banks write that many lines about themselves before the heading.
PREAMBLE = 60

_US_HEADINGS = {"check number", "check no", "check", "check or slip"}


def _is_date(text: str) -> bool:
    return any(character.isdigit() for character in text) and any(fits_date(text, f) for f in DATE_FORMATS)


def _heading_score(record: Record) -> int:
    """The number of roles that a record names, were it the heading; 0 when it cannot be one."""
    roles = roles_of(record.cells)
    telling = {"date", "amount", "debit", "credit"} & set(roles)
    return len(roles) if len(roles) >= 2 and telling and not any(map(_is_date, record.cells)) else 0


def _find_heading(records: list[Record]) -> Record | None:
    best = max(records[:PREAMBLE], key=_heading_score, default=None)
    return best if best and _heading_score(best) else None


def _delimiter_score(lines: list[str], delimiter: str) -> tuple[int, int]:
    """(roles named by the best heading, columns times lines that agree on their number)."""
    try:
        records = list(records_of(lines[:SAMPLE], delimiter))
    except StatementError:
        return 0, 0
    heading = _find_heading(records)
    counts = Counter(len(record.cells) for record in records)
    agreement = max(((width - 1) * count for width, count in counts.items()), default=0)
    return _heading_score(heading) if heading else 0, agreement


class _Table:
    """The records of a file below its heading, as columns."""

    def __init__(self, heading: Record | None, records: list[Record]) -> None:
        self.heading = heading.cells if heading else []
        self.records = [r for r in records if heading is None or r.line > heading.line]
        self.roles = roles_of(self.heading)
        widths = (len(cells) for cells in [self.heading, *(r.cells for r in self.records[:SAMPLE])])
        self.width = max(widths, default=0)

    def values(self, column: int, limit: int | None = None) -> list[str]:
        return [cell for record in self.records[:limit] if (cell := record.cell(column))]

    def share(self, column: int, fits: Callable[[str], bool]) -> float:
        """How many of a column's first values satisfy a test, 0 to 1."""
        values = self.values(column, SAMPLE)
        return sum(map(fits, values)) / len(values) if values else 0.0

    def date_column(self) -> int:
        named = self.roles.get("date", [])
        dated = [c for c in (*named, *range(self.width)) if self.share(c, _is_date) >= 0.5]
        return (dated or named or [0])[0]

    def amount_columns(self, taken: set[int]) -> list[int]:
        """Columns of amounts that no heading calls something else; those with decimals first."""
        others = {c for role in ("balance", "account", "date") for c in self.roles.get(role, [])} | taken
        found = [c for c in range(self.width) if c not in others and self.share(c, looks_like_amount) >= 0.8]
        return sorted(found, key=lambda c: not any(re.search(r"[.,][0-9]{2}\b", v) for v in self.values(c, SAMPLE)))

    def text_columns(self, role: str, taken: set[int]) -> list[int]:
        return [c for c in self.roles.get(role, []) if c not in taken and self.values(c)]

    def longest_text(self, taken: set[int]) -> list[int]:
        """The column with the most letters, for a file whose headings say nothing."""
        letters = {c: sum(map(str.isalpha, "".join(self.values(c, SAMPLE)))) for c in range(self.width)}
        free = [c for c in letters if c not in taken and letters[c]]
        return [max(free, key=letters.__getitem__)] if free else []


def detect_layout(data: bytes, *, encoding: str = "", delimiter: str = "") -> CsvLayout:
    """The best guess at a file's layout; what it cannot tell, it fills in for a user to correct.

    `encoding` and `delimiter` are taken as given when a user knows them. Raises StatementError for an empty
    or oversized file and for more than 100 columns or 50,000 rows.
    """
    check_size(data)
    encoding = encoding or detect_encoding(data)
    lines = split_lines(decode(data, encoding))
    delimiter = delimiter or max(DELIMITERS, key=lambda d: _delimiter_score(lines, d))
    records = bounded(lines, delimiter, 0, MAX_ROWS + PREAMBLE)
    if not records:
        raise StatementError("The file has no rows.")
    heading = _find_heading(records)
    first = heading or next((r for r in records if any(map(_is_date, r.cells))), records[0])
    table = _Table(heading, [r for r in records if r.line >= first.line])
    date_column = table.date_column()
    date_format, ambiguous = _detect_dates(table, date_column)
    amounts = _detect_amounts(table, {date_column})
    taken = {date_column, *(c for c in amounts.values() if type(c) is int)}
    columns = [c for name, c in amounts.items() if name in {"amount_column", "debit_column", "credit_column"}]
    decimal, thousands = decimal_style(v for c in columns for v in table.values(c))
    return CsvLayout(
        delimiter=delimiter, encoding=encoding, has_header=heading is not None, skip_lines=first.line - 1,
        date_column=date_column, date_format=date_format, ambiguous_dates=ambiguous,
        decimal_separator=decimal, thousands_separator=thousands, balance_column=_detect_balance(table, taken),
        **amounts, **_detect_texts(table, taken),
    )  # fmt: skip


def _detect_amounts(table: _Table, taken: set[int]) -> dict[str, Any]:
    """The amount style with its columns, as arguments of `CsvLayout`."""
    free = table.amount_columns(taken)
    named = {role: _usable(table, table.roles.get(role, []), free) for role in ("debit", "credit", "amount")}
    pairs = list(product(named["debit"], named["credit"]))
    if not pairs and not named["amount"]:
        pairs = [pair for pair in pairwise(sorted(free)) if _exclude_each_other(table, *pair)]
    if pairs:
        return {"amount_style": "in_out", "debit_column": pairs[0][0], "credit_column": pairs[0][1]}
    # What a heading calls the amount is that, before any column is taken for want of another: the last is a balance.
    amount = (named["amount"] or free or table.roles.get("amount") or [max(table.width - 1, 0)])[0]
    flag = next((c for c in _flag_columns(table) if c != amount), None)
    if flag is not None and not any("-" in v or "(" in v for v in table.values(amount)):
        return {"amount_style": "flagged", "amount_column": amount, "flag_column": flag}
    return {"amount_style": "signed", "amount_column": amount}


def _detect_balance(table: _Table, taken: set[int]) -> int | None:
    """The column that a heading calls the balance, if amounts stand in it. Whether they are any is proven later."""
    named = (c for c in table.roles.get("balance", []) if c not in taken)
    return next((c for c in named if table.share(c, looks_like_amount) >= 0.8), None)


def _usable(table: _Table, columns: list[int], free: list[int]) -> list[int]:
    """Of the columns that a heading names, those that hold amounts or, failing that, nothing at all."""
    return sorted((c for c in columns if c in free or not table.values(c)), key=lambda c: c not in free)


def _exclude_each_other(table: _Table, left: int, right: int) -> bool:
    """Whether every row fills exactly one of two columns, and both are used: money out and money in."""
    filled = [(bool(r.cell(left)), bool(r.cell(right))) for r in table.records[:SAMPLE]]
    return bool(filled) and all(a != b for a, b in filled) and len(set(filled)) == 2


def _flag_columns(table: _Table) -> list[int]:
    """Columns whose every value says debit or credit."""
    candidates = (*table.roles.get("flag", []), *range(table.width))
    return [c for c in candidates if table.share(c, lambda v: direction(v) != 0) >= 0.9]


def _detect_texts(table: _Table, taken: set[int]) -> dict[str, Any]:
    """The description column and the columns that go into the comment. An empty cell falls back to these."""
    comments = table.text_columns("comment", taken)
    description = table.text_columns("description", taken)[:1] or comments[:1] or table.longest_text(taken)
    return {
        "description_columns": tuple(description),
        "comment_columns": tuple(c for c in comments[:2] if c not in description),
    }


def _detect_dates(table: _Table, column: int) -> tuple[str, bool]:
    """(format that fits the most values, whether day and month could as well be the other way round)."""
    values = list(dict.fromkeys(map(date_part, table.values(column))))
    fitting = Counter({f: sum(fits_date(v, f) for v in values) for f in DATE_FORMATS})
    best = max(DATE_FORMATS, key=fitting.__getitem__)
    swapped = best.replace("%d", "%x").replace("%m", "%d").replace("%x", "%m")
    # Nobody who writes the month first writes dots.
    if (
        "%b" in best
        or "." in best
        or best == swapped
        or swapped not in DATE_FORMATS
        or fitting[swapped] < fitting[best]
    ):
        return best, False
    days = [
        (read_date(v, best), read_date(v, swapped)) for v in values if fits_date(v, best) and fits_date(v, swapped)
    ]
    if all(one == other for one, other in days):
        return best, False
    ordered = [_is_ordered([pair[n] for pair in days]) for n in (0, 1)]
    # Banks sort their files: an order that holds one way only says more than where the bank may be.
    month_first = ordered[1] if ordered[0] != ordered[1] else _looks_american(table)
    return (swapped if month_first else best), True


def _is_ordered(days: Sequence[Any]) -> bool:
    return all(a <= b for a, b in pairwise(days)) or all(a >= b for a, b in pairwise(days))


def _looks_american(table: _Table) -> bool:
    words = {word for cell in table.heading for word in cell.upper().replace("(", " ").replace(")", " ").split()}
    cells = {cell.strip().upper() for record in table.records[:SAMPLE] for cell in record.cells}
    return "USD" in words | cells or any(heading_words(cell) in _US_HEADINGS for cell in table.heading)
