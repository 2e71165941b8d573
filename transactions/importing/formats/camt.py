"""CAMT.052, .053 and .054: ISO 20022 in XML, read as a stream of elements.

Nothing is resolved: a file that declares a document type is refused, so entities can neither be expanded nor
fetched. Namespaces are left aside, since banks use a dozen versions of the same elements.
"""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from defusedxml import DTDForbidden
from defusedxml.ElementTree import ParseError, XMLParser

from transactions.importing.formats.days import read_date
from transactions.importing.formats.encodings import detect_encoding
from transactions.importing.formats.parts import StatementPart, begin, by_number
from transactions.importing.formats.rows import (
    BANK_ID_LENGTH,
    COMMENT_LENGTH,
    DESCRIPTION_LENGTH,
    MAX_ROWS,
    RowError,
    RowNote,
    StatedBalance,
    Statement,
    StatementError,
    StatementRow,
    UnreadableValue,
)
from transactions.importing.formats.text import clean_text, decode
from transactions.importing.formats.values import read_amount, rounding_note, to_cents
from wealthwise.core.locales import show_count
from wealthwise.core.progress import Advance, unwatched

_STATEMENTS: Final = {"Stmt", "Rpt", "Ntfctn"}
_OPENINGS: Final = ("PRCD", "OPBD")
MAX_DEPTH: Final = 60
# Enough for a booking of some hundred payments; what a hostile entry holds beyond is not kept.
MAX_LEAVES: Final = 5000
LEAF_LENGTH: Final = 1000
_PIECE: Final = 256 * 1024  # bytes after which it is told how far the reading is
_DETAILS: Final = "NtryDtls/TxDtls/"


@dataclass(slots=True)
class _Entry:
    """One ``Ntry``: its ordinal in the file, and the texts of its leaves by their path below it."""

    ordinal: int
    leaves: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def add(self, path: str, text: str) -> None:
        if text and self.count < MAX_LEAVES:
            self.count += 1
            self.leaves.setdefault(path, []).append(text)

    def first(self, *paths: str) -> str:
        return next((self.leaves[path][0] for path in paths if path in self.leaves), "")

    def all(self, *paths: str) -> list[str]:
        """Every text at these paths, each once, in the order of the file."""
        return list(dict.fromkeys(text for path in paths for text in self.leaves.get(path, [])))


class _Reader:
    """Collects the statements of a file while it is parsed: the target of the parser."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.text: list[str] = []
        self.parts: list[StatementPart] = []
        self.entry: _Entry | None = None
        self.entry_depth = self.ordinal = 0
        self.pending: Counter[int] = Counter()
        self.is_known = False
        self.balance: dict[str, str] | None = None

    def feed(self, text: str, advance: Advance) -> None:
        parser = XMLParser(target=self, encoding="utf-8", forbid_dtd=True)
        try:
            content = text.encode("utf-8", "replace")
            for start in range(0, len(content), _PIECE):
                advance(start, len(content))
                parser.feed(content[start : start + _PIECE])
            parser.close()
        except DTDForbidden:
            message = "The file declares a document type, which no bank statement does. It was not read."
            raise StatementError(message) from None
        except ParseError as error:
            raise StatementError(
                f"The CAMT file is damaged or cut off at line {error.position[0]}. Export it from the bank again."
            ) from None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition("}")[2]
        self.path.append(local)
        self.text = []
        if len(self.path) > MAX_DEPTH:
            raise StatementError("The elements of this file are nested too deeply for a bank statement.")
        if local in _STATEMENTS:
            self.is_known = True
            begin(self.parts)
        elif local == "Ntry" and self.parts and self.entry is None:
            self.ordinal += 1
            if self.ordinal > MAX_ROWS:
                message = f"The file has more than {show_count(MAX_ROWS)} entries. Export a shorter range of dates."
                raise StatementError(message)
            self.entry, self.entry_depth = _Entry(self.ordinal), len(self.path)
        elif local == "Bal" and self.entry is None:
            self.balance = {}
        if self.balance is not None and self.path[-2:] == ["Bal", "Amt"]:
            self.balance["Ccy"] = attributes.get("Ccy", "").strip().upper()
        if self.entry and (currency := attributes.get("Ccy")):
            self.entry.add(f"{self._below()}@Ccy", currency.strip().upper()[:3])

    def data(self, text: str) -> None:
        if sum(map(len, self.text)) < LEAF_LENGTH:
            self.text.append(text)

    def end(self, name: str) -> None:
        value, self.text = "".join(self.text).strip()[:LEAF_LENGTH], []
        if self.entry is None:
            self._head(value)
        elif len(self.path) == self.entry_depth:
            self._finish(self.entry)
            self.entry = None
        else:
            self.entry.add(self._below(), value)
        self.path.pop()

    def _below(self) -> str:
        return "/".join(self.path[self.entry_depth :])

    def _head(self, value: str) -> None:
        """Number and currency of the account, which stand before its entries, and its balances."""
        if self.parts and self.path[-1] == "Bal" and self.balance is not None:
            _keep_balance(self.parts[-1], self.balance)
            self.balance = None
        if not self.parts or not value:
            return
        if self.balance is not None:
            self.balance["/".join(self.path[self.path.index("Bal") + 1 :])] = value
        end = "/".join(self.path[-3:])
        if self.path[-2:] == ["Acct", "Ccy"]:
            self.parts[-1].currency = clean_text(value.upper(), 3)
        elif end in ("Acct/Id/IBAN", "Id/Othr/Id") and "Acct" in self.path and not self.parts[-1].name:
            self.parts[-1].name = clean_text(value, 60)

    def _finish(self, entry: _Entry) -> None:
        part = self.parts[-1]
        if entry.first("Sts/Cd", "Sts") in {"PDNG", "INFO", "FUTR"}:
            self.pending[len(self.parts) - 1] += 1
            with suppress(UnreadableValue):
                part.pending.append(_row(entry, part))
            return
        try:
            part.rows.append(_row(entry, part))
        except UnreadableValue as reason:
            said = [entry.first("BookgDt/Dt", "BookgDt/DtTm"), entry.first("Amt"), entry.first("AddtlNtryInf")]
            part.errors.append(RowError(entry.ordinal, str(reason), clean_text(" ".join(said), 200)))


def _keep_balance(part: StatementPart, said: dict[str, str]) -> None:
    """An opening or closing balance of booked money; other kinds, and one that cannot be read, are left out.

    That a balance is in the middle of a day is said by a code below its own.
    """
    kind, is_interim = said.get("Tp/CdOrPrtry/Cd", ""), said.get("Tp/SubTp/Cd") == "INTM"
    if kind not in {*_OPENINGS, "CLBD"} or (part.currency and said.get("Ccy", part.currency) != part.currency):
        return
    try:
        amount = abs(read_amount(said.get("Amt", ""), ".", ","))
        day = read_date((said.get("Dt/Dt") or said.get("Dt/DtTm", ""))[:10], "%Y-%m-%d")
    except UnreadableValue:
        return
    stated, page = StatedBalance(day, -amount if said.get("CdtDbtInd") == "DBIT" else amount), part.pages[0]
    if kind == "CLBD":
        page.closing, page.is_closing_interim = stated, is_interim
    elif page.opening is None or kind == "OPBD":
        page.opening, page.is_opening_interim = stated, is_interim


def parse_camt(
    data: bytes,
    *,
    account_hint: str = "",
    chosen: str = "",
    encoding: str = "",
    advance: Advance = unwatched,
) -> Statement:
    """Read the booked entries of one account; pending ones are left out with a note.

    A booking of many payments is one row, as it is one movement of the balance. Of several accounts it is the
    one that was ``chosen``, else that of ``account_hint`` (last four digits). Raises StatementError for anything that
    is no sound CAMT file.
    """
    reader = _Reader()
    reader.feed(_without_declaration(decode(data, encoding or detect_encoding(data, _declared(data)))), advance)
    if not reader.is_known:
        raise StatementError("The file has no bank statement in it. Export CAMT.053 from the bank again.")
    for index, count in reader.pending.items():
        text = f"Entries left out because they are not booked yet: {show_count(count)}. Import them later."
        reader.parts[index].notes.insert(0, RowNote(0, text))
    return by_number(reader.parts, account_hint, chosen)


def _declared(data: bytes) -> str:
    """The encoding that an XML file names in its declaration."""
    match = re.search(rb"<\?xml[^>]{0,200}encoding=[\"']([A-Za-z0-9._-]{1,40})", data[:500])
    return match[1].decode() if match else ""


def _without_declaration(text: str) -> str:
    """The text from the root element on: it is characters by now, whatever encoding the file names."""
    start = text.lstrip()
    return start.partition("?>")[2].lstrip() if start.startswith("<?xml") else start


def _row(entry: _Entry, part: StatementPart) -> StatementRow:
    currency = entry.first("Amt@Ccy")
    if currency and part.currency and currency != part.currency:
        raise UnreadableValue(f"The amount is in {currency}, the account in {part.currency}.")
    part.currency = part.currency or currency
    booked_on = _day(entry)
    direction = entry.first("CdtDbtInd")
    if direction not in {"CRDT", "DBIT"}:
        raise UnreadableValue("The entry does not say whether it is a debit or a credit.")
    if not entry.first("Amt"):
        raise UnreadableValue("The entry has no amount.")
    value = abs(read_amount(entry.first("Amt"), ".", ","))
    cents, is_rounded = to_cents(value if direction == "CRDT" else -value)
    if is_rounded:
        part.notes.append(rounding_note(entry.ordinal, value, cents))
    description, comment = _texts(entry, is_in=direction == "CRDT")
    reference = clean_text(entry.first("AcctSvcrRef", f"{_DETAILS}Refs/AcctSvcrRef"), BANK_ID_LENGTH)
    return StatementRow(entry.ordinal, booked_on, cents, description, comment, reference)


def _day(entry: _Entry) -> date:
    """The day of booking as the bank wrote it, whatever time and offset follow; else the value day."""
    text = entry.first("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    if not text:
        raise UnreadableValue("The entry has no date.")
    return read_date(text[:10], "%Y-%m-%d")


def _texts(entry: _Entry, *, is_in: bool) -> tuple[str, str]:
    """(description, comment): the other party and what the payment was for; what is missing is made up for."""
    parties = f"{_DETAILS}RltdPties/"
    role = "Dbtr" if is_in else "Cdtr"
    names = entry.all(f"{parties}{role}/Nm", f"{parties}{role}/Pty/Nm", f"{parties}Ultmt{role}/Nm")
    purpose = entry.all(f"{_DETAILS}RmtInf/Ustrd", f"{_DETAILS}RmtInf/Strd/CdtrRefInf/Ref")
    extra = entry.all("AddtlNtryInf", f"{_DETAILS}AddtlTxInf")
    said = clean_text(" ".join(purpose), COMMENT_LENGTH) or clean_text(" ".join(extra), COMMENT_LENGTH)
    if names:
        others = f" and {show_count(len(names) - 1)} more" if len(names) > 1 else ""
        return clean_text(names[0], DESCRIPTION_LENGTH - len(others)) + others, said
    described = clean_text(" ".join(extra), DESCRIPTION_LENGTH) or clean_text(said, DESCRIPTION_LENGTH)
    return described or ("Credit" if is_in else "Debit"), "" if said == described else said
