"""CSV statements, read by a layout: reading never guesses."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from transactions.importing.csv.doubts import doubts_of
from transactions.importing.csv.headings import CURRENCY_CODES, is_unbooked, roles_of
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.reading import Reading
from transactions.importing.csv.records import Record, Sheet, beginning, read, value_in
from transactions.importing.csv.running import RunningRow, proven
from transactions.importing.csv.signs import Signs, amount_of, fee_of, signs_of, value_of
from transactions.importing.csv.stock import LeftOut, stock_rows, words_in
from transactions.importing.formats.days import read_date
from transactions.importing.formats.parts import UNNAMED
from transactions.importing.formats.rows import (
    COMMENT_LENGTH,
    DESCRIPTION_LENGTH,
    RowError,
    Statement,
    StatementRow,
    UnreadableValue,
)
from transactions.importing.formats.stock import stock_words
from transactions.importing.formats.text import clean_text, one_account
from transactions.importing.formats.values import rounding_note, to_cents
from transactions.tags.services import LONGEST as TAG_LENGTH
from transactions.tags.services import MOST_OF_A_ROW as MOST_TAGS
from wealthwise.core.money import CENT, ZERO
from wealthwise.core.progress import Advance, unwatched, watched

_MOST_DAYS: Final = 10_000
_FEE: Final = "Fee: "


def parse_csv(data: bytes, layout: CsvLayout, advance: Advance = unwatched, *, chosen: str = "") -> Statement:
    """Read all rows by a layout. A bad row becomes a RowError and the others stay.

    Left out without a word: blank lines, repeated headings, remarks in a single cell. What is no booking (balances,
    totals, pending rows) is left out and said. Raises StatementError when the file as a
    whole cannot be read. Of several accounts only the rows of the one that was ``chosen`` are read.
    """
    sheet = read(data, layout)
    if chosen:
        sheet = sheet._replace(records=list(_of_account(sheet, layout, chosen)))
    return parse_sheet(sheet, layout, advance)


def parse_sheet(sheet: Sheet, layout: CsvLayout, advance: Advance = unwatched) -> Statement:
    """The same for what was read as a table already."""
    layout.must_be_whole()
    reading = Reading(sheet, layout, signs_of(sheet.records, layout))
    for record in watched(sheet.records, advance):
        _take(record, reading)
    _leave_out_stock(reading)
    proof = proven(reading.running)
    currency, account = _currency(sheet, layout), _account_hint(sheet, layout)
    doubts = doubts_of(reading, is_proven=bool(proof.agreed) and not proof.is_owed)
    notes = [*proof.notes, *doubts, *reading.notes]
    return Statement(
        reading.rows, reading.errors, account, currency, notes, proof.balances, proof.sentence,
        len(reading.left_out), reading.pending,
    )  # fmt: skip


def _take(closed: Record, reading: Reading) -> None:
    """One record: a row, an error, what continues the row above, or what is no booking."""
    layout, sheet, record = reading.layout, reading.sheet, closed.opened()
    day, has_amount = record.cell(layout.date_column), _has_amount(record, layout)
    if not day or not has_amount:
        if not day and not has_amount and reading.rows and _continues(record, layout):
            _continue(record, reading)
            return
        if _is_remark(record, sheet.width):
            return
    if stock_words(day) if day and has_amount else any(map(stock_words, record.cells)):
        reading.left_out.append(LeftOut(record.line, "stock", closed))
        return
    if layout.status_column is not None and is_unbooked(record.cell(layout.status_column)):
        reading.left_out.append(LeftOut(record.line, "unbooked", closed))
        with suppress(UnreadableValue):
            reading.pending.append(_row(record, reading))
        return
    try:
        if sheet.heading and (width := record.filled()) > sheet.width:
            raise UnreadableValue(f"The row has {width} columns where {sheet.width} were expected.")
        row = _row(record, reading)
        fee = to_cents(fee_of(record, layout))[0] if layout.fee_is_row and fee_of(record, layout) else ZERO
    except UnreadableValue as reason:
        reading.running.append(None)
        reading.errors.append(RowError(record.line, str(reason), clean_text(record.text, 200)))
        return
    reading.rows.append(row)
    reading.records.append(closed)
    reading.words.append(words_in(record, layout))
    if layout.balance_column is not None:
        reading.running.append(_running(row, record, layout, row.amount - fee))
    if fee:
        text = f"{_FEE}{row.description}"[:DESCRIPTION_LENGTH].rstrip()
        reading.rows.append(StatementRow(row.line, row.booked_on, -fee, text, ""))
        reading.records.append(closed)
        reading.words.append(0)


def _leave_out_stock(reading: Reading) -> None:
    """Take out the rows that say what was there: by their words, and by arithmetic."""
    found = stock_rows(reading.rows, reading.records, reading.words, reading.running)
    if not found:
        return
    lines = {each.line for each in found}
    kept = [n for n, row in enumerate(reading.rows) if row.line not in lines]
    reading.rows = [reading.rows[n] for n in kept]
    reading.records = [reading.records[n] for n in kept]
    reading.running = [row for row in reading.running if row is None or row.line not in lines]
    reading.notes = [note for note in reading.notes if note.line not in lines]
    reading.left_out = sorted([*reading.left_out, *found], key=lambda each: each.line)


def _running(row: StatementRow, record: Record, layout: CsvLayout, moved: Decimal) -> RunningRow | None:
    """What a record moved, fees included, with its balance, where the file has one that can be read."""
    try:
        balance = value_of(record, layout.balance_column, layout) if record.cell(layout.balance_column) else None
    except UnreadableValue:
        return None
    return None if balance is None else RunningRow(row.line, row.booked_on, moved, balance.quantize(CENT))


def _has_amount(record: Record, layout: CsvLayout) -> bool:
    return bool(
        record.cell(layout.amount_column) or record.cell(layout.debit_column) or record.cell(layout.credit_column)
    )


def _continues(record: Record, layout: CsvLayout) -> bool:
    """Whether a record has nothing but text where the description is: the line below a booking goes on there."""
    filled = [column for column, cell in enumerate(record.cells) if value_in(cell)]
    return bool(filled) and filled[0] > 0 and set(filled) <= {*layout.description_columns, *layout.comment_columns}


def _continue(record: Record, reading: Reading) -> None:
    """The text goes to the booking, not to the row of its fee."""
    is_fee = len(reading.rows) > 1 and reading.rows[-1].line == reading.rows[-2].line
    place, more = -2 if is_fee else -1, " ".join(map(value_in, record.cells))
    row = reading.rows[place]
    reading.rows[place] = replace(row, description=clean_text(f"{row.description} {more}", DESCRIPTION_LENGTH))


def _is_remark(record: Record, width: int) -> bool:
    """Whether a record is a remark in a single cell."""
    # Where every row is a single cell the delimiter is wrong, and silence would hide it.
    return width > 1 and len([cell for cell in record.cells if cell]) == 1


def _row(record: Record, reading: Reading) -> StatementRow:
    layout = reading.layout
    day = record.cell(layout.date_column)
    booked_on = reading.days.get(day) or _day(day, reading)
    value: Decimal = amount_of(record, layout, reading.signs)
    cents, rounded = to_cents(value)
    if rounded:
        reading.notes.append(rounding_note(record.line, value, cents))
    comment = _joined(record, layout.comment_columns, COMMENT_LENGTH)
    description = _joined(record, layout.description_columns, DESCRIPTION_LENGTH)
    if not description:
        description, comment = comment[:DESCRIPTION_LENGTH].rstrip() or "No description", ""
    tags = _tags(record, layout) if layout.tag_columns else ""
    category = _category(record, layout) if layout.category_columns else ""
    return StatementRow(record.line, booked_on, cents, description, comment, "", category, tags)


def _day(text: str, reading: Reading) -> date:
    """Raises UnreadableValue."""
    if not text:
        raise UnreadableValue("The row has no date.")
    layout = reading.layout
    latest = date.fromisoformat(layout.latest_day) if layout.latest_day else None
    day = read_date(text, layout.date_format, language=layout.month_language, latest=latest)
    if len(reading.days) < _MOST_DAYS:
        reading.days[text] = day
    return day


def _joined(record: Record, columns: tuple[int, ...], length: int) -> str:
    if len(columns) == 1:
        return clean_text(record.cell(columns[0]), length)
    return clean_text(" ".join(record.cell(column) for column in columns), length)


def _tags(record: Record, layout: CsvLayout) -> str:
    """What stands in the columns of tags; several in a cell are told apart by comma, semicolon or bar."""
    cells = [tag for column in layout.tag_columns for tag in re.split(r"[,;|]", record.cell(column))]
    tags = {name.lower(): name for tag in cells if (name := clean_text(tag, TAG_LENGTH).lstrip("# "))}
    return ",".join(list(tags.values())[:MOST_TAGS])


def _category(record: Record, layout: CsvLayout) -> str:
    """What the file files the row under; a level that repeats the one above it is left out."""
    levels = dict.fromkeys(clean_text(record.cell(column), DESCRIPTION_LENGTH) for column in layout.category_columns)
    return ": ".join(level for level in levels if level)[:DESCRIPTION_LENGTH].rstrip(" :")


def account_column(sheet: Sheet, layout: CsvLayout) -> int | None:
    """The column that says of which account a row is: as chosen, else as its heading says."""
    if layout.account_column is not None:
        return layout.account_column
    return next(iter(roles_of(sheet.heading).get("account", [])), None)


def _account_hint(sheet: Sheet, layout: CsvLayout) -> str:
    column = account_column(sheet, layout)
    return "" if column is None else one_account(v for r in sheet.records if (v := r.cell(column)))


def has_account_column(data: bytes, layout: CsvLayout) -> bool:
    """By the beginning of a file. Raises StatementError."""
    return account_column(read(beginning(data, layout.encoding), layout), layout) is not None


def accounts_in(data: bytes, layout: CsvLayout) -> list[tuple[str, int, date | None]]:
    """The accounts that the rows of a CSV are of, each with the number of its rows and the first day; none where no
    column says so. Bookings beside them of which nothing says whose they are come last, as UNNAMED. Raises
    StatementError.
    """
    sheet = read(data, layout)
    column, found = account_column(sheet, layout), dict[str, tuple[int, date | None]]()
    reading = Reading(sheet, layout, Signs())
    for closed in sheet.records if column is not None else ():
        record, day = closed.opened(), None
        name = record.cell(column)
        if not (text := record.cell(layout.date_column)):
            continue
        with suppress(UnreadableValue):
            day = reading.days.get(text) or _day(text, reading)
        if name or (day and _has_amount(record, layout)):
            rows, first = found.get(name or UNNAMED, (0, None))
            found[name or UNNAMED] = rows + 1, min(filter(None, (day, first)), default=None)
    if len(found) > 1 and (unnamed := found.pop(UNNAMED, None)) and len(found) > 1:
        found[UNNAMED] = unnamed
    return [(name, rows, first) for name, (rows, first) in found.items()]


def _of_account(sheet: Sheet, layout: CsvLayout, chosen: str) -> Iterator[Record]:
    """The records of one account, with the lines below them that go on."""
    column, is_taken = account_column(sheet, layout), False
    for record in sheet.records:
        name = record.cell(column)
        if name or record.cell(layout.date_column):
            is_taken = (name or UNNAMED) == chosen
        if is_taken:
            yield record


def currencies_of(heading: Sequence[str], records: Sequence[Record], column: int | None = None) -> set[str]:
    """The ISO codes in the column of currencies, else in the heading of an amount."""
    roles = roles_of(heading)
    columns = [column] if column is not None else roles.get("currency", [])
    codes = {v.upper() for r in records if (v := r.cell(columns[0]))} if columns else set()
    if not codes:
        named = " ".join(heading[c] for role in ("amount", "debit", "credit") for c in roles.get(role, []))
        codes = {word.upper() for word in re.findall("[A-Za-z]+", named) if word.lower() in CURRENCY_CODES}
    return {code for code in codes if re.fullmatch("[A-Z]{3}", code)}


def _currency(sheet: Sheet, layout: CsvLayout) -> str:
    codes = currencies_of(sheet.heading, sheet.records, layout.currency_column)
    return codes.pop() if len(codes) == 1 else ""
