"""Tell how a CSV file is laid out: by words in its heading, then by its values, and by its balances above all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

from transactions.importing.csv.amounts import detect_amounts
from transactions.importing.csv.columns import SAMPLE, ColumnTable, is_amount
from transactions.importing.csv.headings import heading_words, is_unbooked, roles_of
from transactions.importing.csv.layout import MOST_CATEGORIES, CsvLayout
from transactions.importing.csv.records import Record, bounded, mend, records_of
from transactions.importing.formats.days import DayStyle, day_style, has_year, is_day
from transactions.importing.formats.encodings import detect_encoding
from transactions.importing.formats.rows import MAX_ROWS, StatementError, check_size
from transactions.importing.formats.text import decode, split_lines
from transactions.importing.formats.values import decimal_style

# Some banks write that many lines about themselves before the heading.
PREAMBLE: Final = 60
# Those that are tried: "#" stands before headings more often than between cells.
_TRIED: Final = (",", ";", "\t", "|", "^", "~")
_US_HEADINGS: Final = {"check number", "check no", "check", "check or slip"}
_TELLING: Final = {"date", "amount", "debit", "credit", "net"}
_MOST_TABLES: Final = 50


class Given(NamedTuple):
    """What is known of a file beside it: whether its account is a card, whether its people write months first, and
    the last day that it can speak of.
    """

    is_card: bool = False
    month_first: bool = False
    today: date | None = None


def _heading_score(record: Record) -> int:
    """The number of roles that a record names, were it the heading; 0 when it cannot be one."""
    roles = roles_of(record.cells)
    telling = _TELLING & set(roles)
    return len(roles) if len(roles) >= 2 and telling and not any(map(is_day, record.cells)) else 0


def _delimiter_score(lines: list[str], delimiter: str) -> tuple[int, int]:
    """(roles named by the best heading, columns times lines that agree on their number)."""
    try:
        records = list(records_of(lines[:SAMPLE], delimiter))
    except StatementError:
        return 0, 0
    best = max(map(_heading_score, records[:PREAMBLE]), default=0)
    counts = Counter(len(record.cells) for record in records)
    return best, max(((width - 1) * count for width, count in counts.items()), default=0)


class _Part(NamedTuple):
    """One table of a file: its heading, None without one, and the records below it."""

    heading: Record | None
    records: list[Record]


def _parts(records: list[Record]) -> list[_Part]:
    """The tables of a file, each from its heading to the next one that has other words."""
    starts = list[int]()
    for n, record in enumerate(records):
        has_digits = n >= PREAMBLE and any(map(str.isdigit, record.text))
        if not has_digits and _heading_score(record):
            if not starts or record.cells != records[starts[-1]].cells:
                starts.append(n)
            if len(starts) > _MOST_TABLES:
                break
    if not starts:
        return [_without_known_heading(records)]
    ends = [*starts[1:], len(records)]
    parts = [_Part(records[start], records[start + 1 : end]) for start, end in zip(starts, ends, strict=True)]
    headless = _without_known_heading(records[: starts[0]])
    return [headless, *parts] if _days_in(headless) > 1 and headless.heading else parts


def _without_known_heading(records: list[Record]) -> _Part:
    """From the first row with a day on; the record above it is the heading where it has words and no values."""
    first = next((n for n, record in enumerate(records) if any(map(is_day, record.cells))), None)
    if first is None:
        return _Part(None, records)
    above = records[first - 1] if first else None
    if above and 1 < len(filled := above.texts()) >= len(records[first].texts()) - 2:
        has_values = any(is_amount(cell) or is_day(cell) for cell in filled)
        return _Part(None if has_values else above, records[first:])
    return _Part(None, records[first:])


def _days_in(part: _Part) -> int:
    return sum(any(map(is_day, record.cells)) for record in part.records[:SAMPLE])


_NOTHING_GIVEN: Final = Given()


def detect_layout(data: bytes, *, encoding: str = "", delimiter: str = "", given: Given = _NOTHING_GIVEN) -> CsvLayout:
    """The best guess at a file's layout; what it cannot tell, it leaves open for a user to choose.

    `encoding` and `delimiter` are taken as given when a user knows them. Raises StatementError for an empty
    or oversized file and for more than 100 columns or 200,000 rows.
    """
    check_size(data)
    encoding = encoding or detect_encoding(data)
    lines = split_lines(decode(data, encoding))
    delimiter = delimiter or max(_TRIED, key=lambda d: _delimiter_score(lines, d))
    records = bounded(lines, delimiter, 0, MAX_ROWS + PREAMBLE)
    if not records:
        raise StatementError("The file has no rows.")
    parts = _parts(records)
    part = max(parts, key=_days_in)
    below = [record for record in part.records if part.heading is None or record.cells != part.heading.cells]
    heading = part.heading.cells if part.heading else []
    if delimiter == ",":
        below, _ = mend(heading, below)
    first = part.heading or next(iter(part.records), records[0])
    after = parts[at + 1] if (at := parts.index(part)) + 1 < len(parts) else None
    base = CsvLayout(
        delimiter=delimiter, encoding=encoding, has_header=part.heading is not None, skip_lines=first.line - 1,
        last_line=after.heading.line - 1 if after and after.heading and _days_in(after) else 0,
    )  # fmt: skip
    return _columns(ColumnTable(heading, below), base, given)


def _columns(table: ColumnTable, base: CsvLayout, given: Given) -> CsvLayout:
    """What each column means: the days, the amounts, the texts, and what became of a row."""
    status = table.status_column()
    table = table.without(lambda record: is_unbooked(record.cell(status)))
    date_column = table.date_column() or 0
    style = _days(table, date_column, given)
    numbers = [v for c in table.numeric if c != date_column for v in table.values(c)]
    decimal, thousands = decimal_style(numbers)
    layout = replace(
        base, date_column=date_column, date_format=style.date_format, month_language=style.language,
        ambiguous_dates=style.is_ambiguous, decimal_separator=decimal, thousands_separator=thousands,
        latest_day="" if has_year(style.date_format) or not given.today else given.today.isoformat(),
    )  # fmt: skip
    layout = detect_amounts(table, replace(layout, status_column=status), is_card=given.is_card)
    own = (layout.amount_column, layout.debit_column, layout.credit_column, layout.balance_column)
    values = [v for c in own if c is not None for v in table.many_values(c)]
    decimal, thousands = decimal_style(values or numbers)
    layout = replace(layout, decimal_separator=decimal, thousands_separator=thousands)
    taken = {date_column, *(c for c in (*own, layout.flag_column, status, layout.fee_column) if c is not None)}
    return replace(layout, **_texts(table, taken))


def _days(table: ColumnTable, column: int, given: Given) -> DayStyle:
    values = table.many_values(column)
    is_named = column in table.roles.get("date", [])
    # Months stand first where people write in English, if anywhere.
    is_english = not table.heading or "date" in heading_words(table.name(column)).split()
    return day_style(values, lambda: (given.month_first and is_english) or _looks_american(table), is_named=is_named)


def _texts(table: ColumnTable, taken: set[int]) -> dict[str, Any]:
    """The description column, the one that tells its rows apart, and the columns that go into the comment or file."""
    comments = table.text_columns("comment", taken)
    named = table.text_columns("description", taken)
    candidates = [c for c in (*named, *comments) if table.letters(c)]
    free = [c for c in range(table.width) if c not in taken and table.role(c) in ("", "flag") and table.letters(c)]
    by_letters = sorted(free, key=lambda c: -table.letters(c))
    description = _telling(table, candidates or by_letters)
    if description is None:
        others = [c for c in range(table.width) if c not in taken and table.letters(c)]
        description = max(others, key=table.letters, default=None)
    elif table.variety(description) * 2 < max((table.variety(c) for c in free), default=0):
        description = _telling(table, by_letters)
    beside = [c for c in (*comments, *named) if c != description]
    return {
        "description_columns": () if description is None else (description,),
        "comment_columns": tuple(dict.fromkeys(beside))[:2],
        "category_columns": tuple(table.text_columns("category", taken)[:MOST_CATEGORIES]),
    }


def _telling(table: ColumnTable, columns: Sequence[int]) -> int | None:
    """The first column that tells at least half as many rows apart as the best one."""
    best = max(map(table.variety, columns), default=0)
    return next((c for c in columns if 2 * table.variety(c) >= best), None)


def _looks_american(table: ColumnTable) -> bool:
    words = {word for cell in table.heading for word in cell.upper().replace("(", " ").replace(")", " ").split()}
    cells = {cell.strip().upper() for record in table.sample for cell in record.cells if len(cell) < 9}
    return "USD" in words | cells or any(heading_words(cell) in _US_HEADINGS for cell in table.heading)
