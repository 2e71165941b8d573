"""MT940: SWIFT's customer statement. Tagged fields, of which :61: is a booking and the :86: behind it its text."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from transactions.importing.formats.balances import Page
from transactions.importing.formats.days import read_date
from transactions.importing.formats.encodings import detect_encoding
from transactions.importing.formats.parts import StatementPart, begin, by_number
from transactions.importing.formats.rows import (
    BANK_ID_LENGTH,
    COMMENT_LENGTH,
    DESCRIPTION_LENGTH,
    MAX_ROWS,
    RowError,
    StatedBalance,
    Statement,
    StatementError,
    StatementRow,
    UnreadableValue,
)
from transactions.importing.formats.text import clean_text, decode, split_lines
from transactions.importing.formats.values import read_amount, rounding_note, to_cents
from wealthwise.core.locales import show_count
from wealthwise.core.progress import Advance, unwatched, watched

_TAG: Final = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.DOTALL)
_BALANCE: Final = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9][0-9,.]{0,20})?")
# Value day, booking day, direction (R for a reversal), letter of the currency, amount, kind, references.
_BOOKING: Final = re.compile(
    r"([0-9]{6})([0-9]{4}| {4})?([RE]?[CD])([A-Z])?([0-9][0-9,.]{0,20})([A-Z][A-Z0-9]{3})?([^\n]*)(?:\n(.*))?",
    re.DOTALL,
)
# Behind a code of the kind, subfields begin with one of these; which one, the bank chooses.
_SUBFIELDS: Final = re.compile(r"[0-9]{0,3}([?>~<^!])[0-9]{2}")
# The Dutch way: /NAME/of the other party/REMI/what it was for. German purposes have the like: SVWZ+purpose.
_SLASHED: Final = re.compile(
    r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|CNTP|ORDP|BENM|ADDR|ISDT|PREF|RTRN|PURP|ULTC|ULTD|ULTB|SVCL|TRCD|INIT|"
    r"CDTRREF|CDTRREFTP|ACCW|ID|NRTX|ULTCR|CREF|OCMT|EXCH|CHGS|PORD|SWOC|BOOK|TYPE|KREF|MREF|CRED)/"
)
_SEPA: Final = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|COAM|OAMT|PURP|DDAT|SQTP)\+ ?")
_PURPOSE: Final = {f"{number}" for number in (*range(20, 30), *range(60, 64))}
_NO_REFERENCE: Final = {"", "NONREF"}


def parse_mt940(
    data: bytes,
    *,
    account_hint: str = "",
    chosen: str = "",
    encoding: str = "",
    advance: Advance = unwatched,
) -> Statement:
    """Read the bookings of one account; rows carry the physical line of their :61:.

    Of several accounts it is the one that was ``chosen``, else that of ``account_hint`` (last four digits). Raises
    StatementError when there is no statement in the file.
    """
    parts: list[StatementPart] = []
    waiting: tuple[int, str] | None = None
    count = 0
    for line, tag, value in _fields(watched(split_lines(decode(data, encoding or detect_encoding(data))), advance)):
        if waiting and parts:
            _book(parts[-1], *waiting, value if tag == "86" else _numbered(value) if tag == "NS" else "")
        waiting = None
        if tag == "20":
            begin(parts)
        elif tag == "25" and parts:
            parts[-1].name = clean_text(value, 60)
        elif tag in ("60F", "60M", "62F", "62M") and parts and (match := _BALANCE.match(value)):
            parts[-1].currency = parts[-1].currency or match[3]
            _balance(parts[-1].pages[0], tag, match)
        elif tag == "61" and parts:
            waiting, count = (line, value), count + 1
        if count > MAX_ROWS:
            raise StatementError(
                f"The file has more than {show_count(MAX_ROWS)} bookings. Export a shorter range of dates."
            )
    if waiting and parts:
        parts[-1].errors.append(
            RowError(waiting[0], "The file ends in the middle of this booking.", clean_text(waiting[1], 200))
        )
    if not parts:
        raise StatementError("The MT940 file has no statement in it. Export it from the bank again.")
    return by_number(parts, account_hint, chosen)


def _balance(page: Page, tag: str, match: re.Match[str]) -> None:
    """Keep an opening or a closing balance; M stands for one in the middle of a day. One that is none is left out."""
    try:
        amount = read_amount(match[4] or "", ",", ".")
        stated = StatedBalance(_day(match[2], ""), amount if match[1] == "C" else -amount)
    except UnreadableValue:
        return
    if tag.startswith("60"):
        page.opening, page.is_opening_interim = stated, tag == "60M"
    else:
        page.closing, page.is_closing_interim = stated, tag == "62M"


def _fields(lines: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """(physical line, tag, value with its continued lines) of each field; envelopes between messages are dropped.

    Where a message ends, a field named "-" tells so: nothing behind it belongs to what was before.
    """
    current: tuple[int, str, list[str]] | None = None
    for number, line in enumerate(lines, start=1):
        match = _TAG.match(line[line.find("{4:") + 3 :].lstrip() if line.startswith("{") else line)
        is_end = line.rstrip() in ("-", "-}") or line.startswith(("-}", "{"))
        if match is None and not is_end:
            if current:
                current[2].append(line)
            continue
        if current:
            yield current[0], current[1], "\n".join(current[2])
        current = (number, match[1], [match[2]]) if match else None
        if match is None:
            yield number, "-", ""
    if current:
        yield current[0], current[1], "\n".join(current[2])


def _book(part: StatementPart, line: int, booking: str, text: str) -> None:
    try:
        part.rows.append(_row(part, line, booking, text))
    except UnreadableValue as reason:
        part.errors.append(RowError(line, str(reason), clean_text(f"{booking} {text}", 200)))


def _row(part: StatementPart, line: int, booking: str, text: str) -> StatementRow:
    match = _BOOKING.fullmatch(booking.strip())
    if match is None:
        raise UnreadableValue("This is not a booking as MT940 writes it.")
    value_day, booking_day, direction, _, amount, kind, references, supplement = match.groups()
    value = read_amount(amount, ",", ".")
    # A reversed credit takes money, a reversed debit brings it back.
    is_in = direction in ("C", "EC", "RD")
    cents, is_rounded = to_cents(value if is_in else -value)
    if is_rounded:
        part.notes.append(rounding_note(line, value, cents))
    description, comment = _texts(text, clean_text(supplement or "", COMMENT_LENGTH), kind or "", is_in=is_in)
    bank = clean_text(references.partition("//")[2], BANK_ID_LENGTH)
    reference = "" if bank in _NO_REFERENCE else bank
    return StatementRow(line, _day(value_day, (booking_day or "").strip()), cents, description, comment, reference)


def _day(value_day: str, booking_day: str) -> date:
    """The day of booking, whose year is that of the value day or one beside it; else the value day."""
    year = 2000 + int(value_day[:2]) if int(value_day[:2]) < 70 else 1900 + int(value_day[:2])
    valued = read_date(f"{year}{value_day[2:]}", "%Y%m%d")
    if not booking_day:
        return valued
    months_apart = int(booking_day[:2]) - valued.month
    year += 1 if months_apart < -6 else -1 if months_apart > 6 else 0
    return read_date(f"{year}{booking_day}", "%Y%m%d")


def _texts(text: str, supplement: str, kind: str, *, is_in: bool) -> tuple[str, str]:
    """(description, comment) out of :86:, in its subfields or as it is."""
    name, purpose, posting = _parts_of(text)
    name = clean_text(name, DESCRIPTION_LENGTH)
    said = clean_text(purpose, COMMENT_LENGTH) or supplement
    if name:
        return name, said
    description = clean_text(said, DESCRIPTION_LENGTH) or clean_text(posting, DESCRIPTION_LENGTH)
    fallback = "Credit" if is_in else "Debit"
    return description or f"{fallback} {kind}".strip(), said if len(said) > DESCRIPTION_LENGTH else ""


def _parts_of(text: str) -> tuple[str, str, str]:
    """(name of the other party, purpose, kind of posting), in whichever way the bank writes them."""
    if match := _SUBFIELDS.match(text):
        return _structured(text, match[1])
    flat = text.replace("\n", "")
    if len(_SLASHED.findall(flat)) > 1:
        return _slashed(flat)
    return "", " ".join(line.strip() for line in text.split("\n")), ""


def _structured(text: str, mark: str) -> tuple[str, str, str]:
    """The subfields of "166?00TRANSFER?20RENT?32LANDLORD"."""
    _, *pairs = re.split(rf"{re.escape(mark)}([0-9]{{2}})", text.replace("\n", ""))
    fields = list(zip(pairs[::2], pairs[1::2], strict=True))
    name = "".join(value for code, value in fields if code in ("32", "33"))
    purpose = " ".join(value for code, value in fields if code in _PURPOSE)
    posting = next((value for code, value in fields if code == "00"), "")
    return name, _purpose_of(purpose), posting


def _purpose_of(text: str) -> str:
    """What stands behind SVWZ+, where a German bank marks references as well; else all of it."""
    _, *pairs = _SEPA.split(text)
    return next((value for code, value in zip(pairs[::2], pairs[1::2], strict=True) if code == "SVWZ"), "") or text


def _slashed(text: str) -> tuple[str, str, str]:
    _, *pairs = _SLASHED.split(text)
    said = dict[str, str]()
    for code, value in zip(pairs[::2], pairs[1::2], strict=True):
        said.setdefault(code, value.strip("/ "))
    name = said.get("NAME") or "/".join(said.get("CNTP", "").split("/")[2:3])
    purpose = re.sub(r"^(USTD|STRD)/+", "", said.get("REMI", ""))
    return name, purpose, said.get("TRTP", "")


def _numbered(text: str) -> str:
    """The numbered lines of :NS: as subfields of :86:. 15 and 16 name the other party, 17 the kind of posting."""
    codes = {"15": "32", "16": "33", "17": "00"}
    lines = [line for line in text.split("\n") if re.match("[0-9]{2}", line)]
    return "000" + "".join(f"?{codes.get(line[:2], '20')}{line[2:]}" for line in lines)
