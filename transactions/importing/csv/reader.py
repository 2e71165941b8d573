"""CSV statements, read by a layout: reading never guesses."""

import re
from collections import Counter
from decimal import Decimal

from transactions.importing.csv.headings import CURRENCY_CODES, direction, is_total, roles_of
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import Record, read
from transactions.importing.csv.running import RunningRow, end_of_days
from transactions.importing.formats.rows import (
    COMMENT_LENGTH,
    DESCRIPTION_LENGTH,
    RowError,
    RowNote,
    Statement,
    StatementRow,
    UnreadableValue,
)
from transactions.importing.formats.text import clean_text, one_account
from transactions.importing.formats.values import read_amount, read_date, rounding_note, to_cents
from wealthwise.core.money import CENT, ZERO


def parse_csv(data: bytes, layout: CsvLayout) -> Statement:
    """Read all rows by a layout. A bad row becomes a RowError and the others stay.

    Left out without a word: blank lines, repeated headings, lines of a single cell, and totals that have no
    date or no amount. Raises StatementError when the file as a whole cannot be read.
    """
    heading, records = read(data, layout)
    statement = Statement([], [], _account_hint(heading, records), _currency(heading, records))
    usual = Counter(record.filled() for record in records).most_common(1)
    width = max(len(heading), usual[0][0] if usual else 0)
    running = list[RunningRow | None]()
    for record in records:
        if _is_remark(record, layout, width):
            continue
        try:
            if heading and record.filled() > width:
                raise UnreadableValue(f"The row has {record.filled()} columns where {width} were expected.")
            statement.rows.append(_row(record, layout, statement.notes))
            running.append(_running(statement.rows[-1], record, layout))
        except UnreadableValue as reason:
            running.append(None)
            statement.errors.append(RowError(record.line, str(reason), clean_text(record.text, 200)))
    balances, notes = end_of_days(running)
    statement.balances.extend(balances)
    statement.notes[:0] = notes
    return statement


def _running(row: StatementRow, record: Record, layout: CsvLayout) -> RunningRow | None:
    """The row with its balance, where the file has one that can be read."""
    text = record.cell(layout.balance_column)
    try:
        balance = read_amount(text, layout.decimal_separator, layout.thousands_separator) if text else None
    except UnreadableValue:
        return None
    return None if balance is None else RunningRow(row.line, row.booked_on, row.amount, balance.quantize(CENT))


def _is_remark(record: Record, layout: CsvLayout, width: int) -> bool:
    """Whether a record is no transaction: a remark in a single cell, or a total without date or amount."""
    # Where every row is a single cell the delimiter is wrong, and silence would hide it.
    if width > 1 and len([cell for cell in record.cells if cell.strip()]) == 1:
        return True
    day = record.cell(layout.date_column)
    columns = (layout.amount_column, layout.debit_column, layout.credit_column)
    if day and any(record.cell(column) for column in columns):
        return is_total(day)
    return any(map(is_total, record.cells))


def _row(record: Record, layout: CsvLayout, notes: list[RowNote]) -> StatementRow:
    if not record.cell(layout.date_column):
        raise UnreadableValue("The row has no date.")
    booked_on = read_date(record.cell(layout.date_column), layout.date_format)
    value = _amount(record, layout)
    cents, rounded = to_cents(value)
    if rounded:
        notes.append(rounding_note(record.line, value, cents))
    comment = _joined(record, layout.comment_columns, COMMENT_LENGTH)
    description = _joined(record, layout.description_columns, DESCRIPTION_LENGTH)
    if not description:
        description, comment = comment[:DESCRIPTION_LENGTH].rstrip() or "No description", ""
    return StatementRow(record.line, booked_on, cents, description, comment)


def _joined(record: Record, columns: tuple[int, ...], length: int) -> str:
    return clean_text(" ".join(record.cell(column) for column in columns), length)


def _amount(record: Record, layout: CsvLayout) -> Decimal:
    """The signed amount of a row, not yet rounded; negative is an expense."""
    if layout.amount_style == "in_out":
        amount = _in_out(record, layout)
    else:
        amount = _value(record, layout.amount_column, layout)
    if layout.amount_style == "flagged":
        flag = record.cell(layout.flag_column)
        if not direction(flag):
            raise UnreadableValue(f'"{clean_text(flag, 40)}" does not say whether this is a debit or a credit.')
        amount = abs(amount) * direction(flag)
    return -amount if layout.invert else amount


def _value(record: Record, column: int | None, layout: CsvLayout) -> Decimal:
    if not record.cell(column):
        raise UnreadableValue("The row has no amount.")
    return read_amount(record.cell(column), layout.decimal_separator, layout.thousands_separator)


def _in_out(record: Record, layout: CsvLayout) -> Decimal:
    """Money in minus money out. Banks print a debit with or without its sign, so that sign says nothing."""
    debit, credit = (
        _value(record, column, layout) if record.cell(column) else ZERO
        for column in (layout.debit_column, layout.credit_column)
    )
    if debit and credit:
        raise UnreadableValue("The row has both a debit and a credit.")
    if not record.cell(layout.debit_column) and not record.cell(layout.credit_column):
        raise UnreadableValue("The row has neither a debit nor a credit.")
    return credit - abs(debit)


def _account_hint(heading: list[str], records: list[Record]) -> str:
    columns = roles_of(heading).get("account", [])
    return one_account(v for r in records if (v := r.cell(columns[0]))) if columns else ""


def _currency(heading: list[str], records: list[Record]) -> str:
    """The ISO code that the heading or a currency column names; empty when there is none or several."""
    roles = roles_of(heading)
    columns = roles.get("currency", [])
    codes = {v.upper() for r in records if (v := r.cell(columns[0]))} if columns else set()
    if not codes:
        named = " ".join(heading[c] for role in ("amount", "debit", "credit") for c in roles.get(role, []))
        codes = {word.upper() for word in re.findall("[A-Za-z]+", named) if word.lower() in CURRENCY_CODES}
    code = codes.pop() if len(codes) == 1 else ""
    return code if re.fullmatch("[A-Z]{3}", code) else ""
