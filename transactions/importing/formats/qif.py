"""QIF: lines of one letter and a value, a caret behind each transaction. It has no currency, no account number and
no one way to write a day, so the order of day and month is worked out from the whole file, or told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from transactions.importing.formats.days import DayStyle, day_style, read_date
from transactions.importing.formats.encodings import detect_encoding
from transactions.importing.formats.parts import UNNAMED, StatementPart, only_one
from transactions.importing.formats.rows import (
    COMMENT_LENGTH,
    DESCRIPTION_LENGTH,
    MAX_ROWS,
    RowError,
    RowNote,
    Statement,
    StatementError,
    StatementRow,
    UnreadableValue,
)
from transactions.importing.formats.stock import stock_words
from transactions.importing.formats.text import clean_text, decode, split_lines
from transactions.importing.formats.values import decimal_style, read_amount, rounding_note, to_cents
from wealthwise.core.locales import show_count
from wealthwise.core.progress import Advance, unwatched, watched

# Registers of an account; every other section is a list (categories, securities, prices), which is passed over.
_REGISTERS: Final = {"bank", "cash", "ccard", "oth a", "oth l"}
_DAY: Final = re.compile(r"\s*([0-9]{1,4})\s*[/.\- ]\s*([0-9]{1,2})\s*([/.\-' ])\s*([0-9]{1,4})\s*")


@dataclass(slots=True)
class _Record:
    """One transaction: the line it begins on, and the first value of each letter."""

    line: int
    account: str
    values: dict[str, str] = field(default_factory=dict)
    is_whole: bool = False

    @property
    def text(self) -> str:
        return clean_text(" ".join(self.values.get(letter, "") for letter in "DTPM"), 200)

    @property
    def amount(self) -> str:
        return self.values.get("T") or self.values.get("U", "")


@dataclass(slots=True)
class _Found:
    """What a file holds: transactions, and how many trades were passed over."""

    records: list[_Record] = field(default_factory=list)
    trades: int = 0


@dataclass(frozen=True, slots=True)
class DayOrder:
    """Whether days stand before months; ``is_ambiguous`` when every day of the file could be read both ways."""

    day_first: bool
    is_ambiguous: bool


def parse_qif(
    data: bytes,
    *,
    account_name: str = "",
    chosen: str = "",
    day_first: bool | None = None,
    encoding: str = "",
    advance: Advance = unwatched,
) -> Statement:
    """Read the transactions of one account: the only one, the one that was ``chosen``, or the one of that name.

    ``day_first`` decides how days like 03/04/2026 are read; without it the file does, and month before day where
    it does not tell. Raises StatementError when the file as a whole cannot be read.
    """
    found = _read(data, encoding)
    order = day_order_of(found.records).day_first if day_first is None else day_first
    decimal, thousands = decimal_style(record.amount for record in found.records)
    parts: dict[str, StatementPart] = {}
    for record in watched(found.records, advance):
        part = parts.setdefault(record.account, StatementPart(record.account))
        try:
            if row := _row(record, part, day_first=order, separators=(decimal, thousands)):
                part.rows.append(row)
        except UnreadableValue as reason:
            part.errors.append(RowError(record.line, str(reason), record.text))
    wanted = account_name.strip().casefold()
    part = only_one(parts.values(), chosen, lambda name: name.casefold() == wanted, lambda name: name or UNNAMED)
    if found.trades and not part.rows and not part.errors:
        raise StatementError(
            f"The file has only investment entries ({show_count(found.trades)}), which are left out: "
            "only movements of cash are imported."
        )
    if found.trades:
        text = f"Investment entries left out, as only movements of cash are imported: {show_count(found.trades)}."
        part.notes.insert(0, RowNote(0, text))
    return Statement(part.rows, part.errors, "", "", part.notes)


def day_order(data: bytes) -> DayOrder:
    """How the days of this file are written. Raises StatementError as ``parse_qif`` does."""
    return day_order_of(_read(data).records)


def day_order_of(records: list[_Record]) -> DayOrder:
    first = second = numbers = 0
    for record in records:
        match = _DAY.fullmatch(record.values.get("D", ""))
        if match is None or len(match[1]) > 2:
            continue
        numbers += int(match[1]) != int(match[2])
        first += int(match[1]) > 12 >= int(match[2])
        second += int(match[2]) > 12 >= int(match[1])
    return DayOrder(day_first=first > second, is_ambiguous=bool(numbers) and not first and not second)


# --- the lines -------------------------------------------------------------------------------------------------


def _read(data: bytes, encoding: str = "") -> _Found:
    found = _Found()
    for section, record in _records(split_lines(decode(data, encoding or detect_encoding(data)))):
        if section == "invst":
            found.trades += 1
        elif section in _REGISTERS and record.values:
            found.records.append(record)
        if len(found.records) > MAX_ROWS:
            raise StatementError(
                f"The file has more than {show_count(MAX_ROWS)} transactions. Export a shorter range of dates."
            )
    return found


def _records(lines: list[str]) -> Iterator[tuple[str, _Record]]:
    """(the section, the record) of everything between two carets, in the order of the file."""
    section, account = "", ""
    record = _Record(0, account)
    for number, line in enumerate(lines, start=1):
        letter, value = line[:1], line[1:].strip()
        if letter == "!":
            if record.values and section != "account":
                yield section, record
            section, record = _section(value), _Record(number, account)
        elif letter == "^":
            record.is_whole = True
            if section == "account":
                account = clean_text(record.values.get("N", ""), 100)
            elif record.values:
                yield section, record
            record = _Record(number, account)
        elif line.strip():
            if not record.values:
                record.line, record.account = number, account
            record.values.setdefault(letter.upper(), value)
    if record.values and section != "account":
        yield section, record


def _section(header: str) -> str:
    """ "bank" of "!Type:Bank", "account" of "!Account", the word itself of others."""
    name = header.casefold().removeprefix("type:").strip()
    return "account" if name.startswith("account") else name


# --- one transaction -------------------------------------------------------------------------------------------


def _row(record: _Record, part: StatementPart, *, day_first: bool, separators: tuple[str, str]) -> StatementRow | None:
    """The row; None for the opening balance, which is no transaction."""
    if not record.is_whole:
        raise UnreadableValue("The file ends in the middle of this transaction.")
    if not record.values.get("D"):
        raise UnreadableValue("The transaction has no date.")
    if not record.amount:
        raise UnreadableValue("The transaction has no amount.")
    booked_on = _day(record.values["D"], day_first=day_first)
    value = read_amount(record.amount, *separators)
    if _is_opening(record):
        part.notes.append(
            RowNote(record.line, f"The opening balance of {value} was left out: the account has its own.")
        )
        return None
    cents, is_rounded = to_cents(value)
    if is_rounded:
        part.notes.append(rounding_note(record.line, value, cents))
    description, comment = _texts(record)
    return StatementRow(record.line, booked_on, cents, description, comment)


def _day(text: str, *, day_first: bool) -> date:
    """A day in numbers by the order of the file, or with the name of its month, or as eight digits."""
    if _DAY.fullmatch(text) is None:
        style = day_style([text], lambda: not day_first, is_named=False)
        if style.date_format != DayStyle().date_format:
            return read_date(text, style.date_format, language=style.language)
    return read_date(_written_out(text, day_first=day_first), "%d/%m/%Y")


def _is_opening(record: _Record) -> bool:
    """Whether a transaction says what was there before: a transfer of the account to itself, or called so."""
    other = record.values.get("L", "").strip()
    if not other.startswith("["):
        return False
    is_own = bool(record.account) and other.strip("[]").split("/")[0].casefold() == record.account.casefold()
    return is_own or stock_words(record.values.get("P", "")) > 1 or stock_words(record.values.get("M", "")) > 1


def _written_out(text: str, *, day_first: bool) -> str:
    """A day as day/month/year with four digits; what is none is left as it is, for the refusal to show.

    Two digits behind an apostrophe are years from 2000 on, as Quicken writes them; others are 1970 to 2069.
    """
    match = _DAY.fullmatch(text)
    if match is None:
        return text
    first, second, mark, third = match.groups()
    if len(first) > 2:
        return f"{third}/{second}/{first}"
    day, month = (first, second) if day_first else (second, first)
    if len(third) <= 2:
        century = 2000 if mark == "'" or int(third) < 70 else 1900
        third = str(century + int(third))
    return f"{day}/{month}/{third}"


def _texts(record: _Record) -> tuple[str, str]:
    """(description, comment): payee and memo; without a payee the memo, the category or the number of the check."""
    payee = clean_text(record.values.get("P", ""), DESCRIPTION_LENGTH)
    memo = clean_text(record.values.get("M", ""), COMMENT_LENGTH)
    if payee:
        return payee, "" if memo == payee else memo
    category = clean_text(record.values.get("L", "").strip("[]"), DESCRIPTION_LENGTH)
    number = clean_text(record.values.get("N", ""), 40)
    description = (
        clean_text(memo, DESCRIPTION_LENGTH) or category or (f"Check {number}" if number else "No description")
    )
    return description, memo if len(memo) > DESCRIPTION_LENGTH else ""
