"""OFX and QFX statements: OFX 1 (SGML) and OFX 2 (XML), of bank accounts, cards and the cash of investments.

Only the element tree of ofxtools is used, not its model classes: these refuse real files for a name of 33
characters, and they move a booking to UTC, which can be another day than the bank wrote.
"""

import html
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from ofxtools.Parser import TreeBuilder

from transactions.importing.formats.days import read_date
from transactions.importing.formats.encodings import detect_encoding
from transactions.importing.formats.parts import UNNAMED, SeveralAccounts, others_note
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
    check_size,
)
from transactions.importing.formats.text import clean_text, decode, last_four
from transactions.importing.formats.values import read_amount, rounding_note, to_cents
from wealthwise.core.locales import counted, show_count
from wealthwise.core.money import CENT
from wealthwise.core.progress import Advance, unwatched, watched

_STATEMENTS = {"STMTRS", "CCSTMTRS", "INVSTMTRS"}
_TRADES = {
    "BUYDEBT", "BUYMF", "BUYOPT", "BUYOTHER", "BUYSTOCK", "SELLDEBT", "SELLMF", "SELLOPT", "SELLOTHER", "SELLSTOCK",
    "INCOME", "INVEXPENSE", "REINVEST", "RETOFCAP", "TRANSFER", "CLOSUREOPT", "JRNLFUND", "JRNLSEC", "MARGININTEREST",
    "SPLIT",
}  # fmt: skip
# SGML banks write these empty and unclosed; the parser would take all that follows for their children.
_LEAVES = "NAME|MEMO|CHECKNUM|REFNUM|FITID|SIC|PAYEEID|EXTDNAME|SRVRTID|CORRECTFITID|ACCTID|BANKID|BRANCHID|ORG|FID"
_EMPTY_LEAF = re.compile(rf"<({_LEAVES})>\s*(?=<(?!/\1>))")
_KINDS = {
    "CREDIT": "Credit", "DEBIT": "Debit", "INT": "Interest", "DIV": "Dividend", "FEE": "Fee",
    "SRVCHG": "Service charge",
    "DEP": "Deposit", "ATM": "Cash machine", "POS": "Card payment", "XFER": "Transfer", "CHECK": "Check",
    "PAYMENT": "Payment", "CASH": "Cash withdrawal", "DIRECTDEP": "Direct deposit", "DIRECTDEBIT": "Direct debit",
    "REPEATPMT": "Standing order",
}  # fmt: skip


# Types that say which way the money went; a payment or a transfer goes both ways.
_WAYS = dict.fromkeys(("DEBIT", "FEE", "SRVCHG", "ATM", "POS", "CHECK", "CASH", "DIRECTDEBIT", "REPEATPMT"), -1)
_WAYS |= dict.fromkeys(("CREDIT", "DEP", "DIRECTDEP", "DIV"), 1)


@dataclass(slots=True)
class _Account:
    """One statement of the file, with its transactions and their ordinals in the whole file."""

    number: str = ""
    currency: str = ""
    is_bank: bool = False
    balances: list[Element] = field(default_factory=list)
    transactions: list[tuple[int, Element]] = field(default_factory=list)


def parse_ofx(
    data: bytes,
    *,
    account_hint: str = "",
    chosen: str = "",
    encoding: str = "",
    advance: Advance = unwatched,
) -> Statement:
    """Read the transactions of one account.

    Days are as the bank wrote them, whatever their offset. Amounts with more than two decimals are rounded half
    to even, each with a note. A file of several accounts needs `account_hint` (the last four digits) to tell
    which is meant; without a single match it raises StatementError, as do files that are no OFX.
    """
    root = _tree(_body(data, encoding))
    accounts, trades = _accounts(root)
    if not accounts:
        raise StatementError(_nothing_inside(root))
    account, others = _choose(accounts, account_hint, chosen)
    if trades and not account.transactions:
        raise StatementError(
            f"The file has only investment trades ({show_count(trades)}), which are left out: "
            "only movements of cash are imported."
        )
    statement = Statement([], [], last_four(account.number), account.currency)
    if others:
        statement.notes.append(others_note(others))
    if trades:
        notes = f"{trades} investment trades were left out: only movements of cash are imported."
        statement.notes.append(RowNote(0, notes))
    for ordinal, element in watched(account.transactions, advance):
        try:
            statement.rows.append(_row(ordinal, element, account.currency, statement.notes))
        except UnreadableValue as reason:
            said = " ".join(_text(element, tag) for tag in ("DTPOSTED", "TRNAMT", "NAME", "MEMO"))
            statement.errors.append(RowError(ordinal, str(reason), clean_text(said, 200)))
    statement.balances.extend(_balances(account))
    return _by_types(statement, {ordinal: _text(each, "TRNTYPE") for ordinal, each in account.transactions})


def _by_types(statement: Statement, types: dict[int, str]) -> Statement:
    """The rows with the signs that their types give, where the amounts have none, or all of them the other one."""
    ways = {ordinal: _WAYS.get(kind.strip().upper(), 0) for ordinal, kind in types.items()}
    told = [(row.amount > 0) == (ways[row.line] > 0) for row in statement.rows if ways[row.line]]
    if all(told):
        return statement
    is_unsigned = all(row.amount > 0 for row in statement.rows)
    if not is_unsigned and any(told):
        odd = counted(told.count(False), "transaction")
        text = f"{odd} with another sign than the type says: the sign was followed."
        return replace(statement, notes=[RowNote(0, text), *statement.notes])
    text = (
        "The amounts have no minus, or the wrong one, so the type of each says which way the money went: check them."
    )
    rows = [replace(row, amount=abs(row.amount) * ways[row.line]) if ways[row.line] else row for row in statement.rows]
    return replace(statement, rows=rows, notes=[RowNote(0, text), *statement.notes])


def _balances(account: _Account) -> list[StatedBalance]:
    """The balances of the ledger; of a bank account without one, what is available. A card's is its open limit."""
    for tag in ("LEDGERBAL", "AVAILBAL") if account.is_bank else ("LEDGERBAL",):
        found: dict[date, Decimal] = {}
        for element in account.balances:
            if element.tag == tag:
                try:
                    found[_day(_text(element, "DTASOF"))] = _amount(_text(element, "BALAMT"))
                except UnreadableValue:
                    continue
        if found:
            return [StatedBalance(day, amount.quantize(CENT)) for day, amount in sorted(found.items())]
    return []


# --- the tree ------------------------------------------------------------------------------------------------


def _body(data: bytes, encoding: str) -> str:
    """The text from <OFX> on. Raises StatementError for other files and for declarations of entities."""
    check_size(data)
    text = decode(data, encoding or detect_encoding(data, _declared(data)))
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise StatementError("The file declares entities, which no bank statement does. It was not read.")
    start = re.search(r"<OFX(\s[^<>]*)?>", text, re.IGNORECASE)
    fragment = None if start else re.search(r"<(BANKTRANLIST|STMTRS|CCSTMTRS|STMTTRN)>", text, re.IGNORECASE)
    if start is None and fragment is None:
        raise StatementError("This is not an OFX file: it has no <OFX> element.")
    if start and not re.search("</OFX", text, re.IGNORECASE):
        raise StatementError("The OFX file is cut off: its end is missing. Download it from the bank again.")
    body = text[start.end() if start else fragment.start() if fragment else 0 :]
    if (start or fragment) and "<STMTTRN>" not in body:
        body = re.sub(r"<[^<>]{1,80}>", lambda tag: tag[0].upper(), body)
    return "<OFX>" + body.partition("</OFX>")[0] + "</OFX>"


def _declared(data: bytes) -> str:
    """The encoding that the header names; 1252 is written by default, whatever follows, and tells nothing."""
    head = data[:1000].upper()
    match = re.search(rb"CHARSET:\s*([A-Z0-9._-]{1,40})", head) or re.search(
        rb"<\?XML[^>]{0,200}ENCODING=[\"']([A-Z0-9._-]{1,40})", head
    )
    name = match[1].decode() if match else ""
    return "" if name in {"1252", "NONE", "USASCII", "8859-1", "ISO-8859-1"} else name


def _replace_between(text: str, opening: str, closing: str, repair: Callable[[str], str]) -> str:
    """Repair what stands between two marks, in one pass: a pattern would take quadratic time on hostile text."""
    head, *parts = text.split(opening)
    pieces = [head]
    for part in parts:
        inside, _, after = part.partition(closing)
        pieces += [repair(inside), after]
    return "".join(pieces)


def _tidy(body: str) -> str:
    """The markup without what banks write and the parser stumbles on."""
    body = _replace_between(body, "<![CDATA[", "]]>", html.escape)
    body = _replace_between(body, "<!--", "-->", lambda _: "")
    body = re.sub(r"<[A-Z][A-Z0-9._]*\s*/>", "", body)
    # A lone "<" in a description, or markup of a web page inside one.
    body = re.sub(r"<(?!/?[A-Z][A-Z0-9._]*>)", "&lt;", body)
    body = re.sub(r"(</[A-Z][A-Z0-9._]*>)[^<]+", r"\1", body)
    closed = _STATEMENTS | set(re.findall(r"</([A-Z][A-Z0-9._]*)>", body))
    body = re.sub(r"<([A-Z][A-Z0-9._]*)>\s*(?=<)", lambda tag: tag[0] if tag[1] in closed else "", body)
    return _EMPTY_LEAF.sub("", body)


def _tree(body: str) -> Element:
    builder = TreeBuilder()
    try:
        builder.feed(_tidy(body))
        root = builder.close()
    except (SyntaxError, IndexError, AssertionError, ValueError):
        root = None
    if not isinstance(root, Element):
        raise StatementError("The OFX file is damaged: its elements do not nest. Export it from the bank again.")
    return root


def _accounts(root: Element) -> tuple[list[_Account], int]:
    """(the statements of the file, the number of investment trades in it), in one walk in document order.

    A walk rather than paths, since files that leave out a closing tag nest wrongly but keep their order.
    """
    accounts: list[_Account] = []
    trades = ordinal = 0
    for element in root.iter():
        trades += element.tag in _TRADES
        if element.tag in _STATEMENTS or (element.tag == "STMTTRN" and not accounts):
            accounts.append(_Account(is_bank=element.tag == "STMTRS"))
        if not accounts:
            continue
        account, value = accounts[-1], (element.text or "").strip()
        if element.tag == "STMTTRN":
            ordinal += 1
            account.transactions.append((ordinal, element))
        elif element.tag == "ACCTID":
            account.number = account.number or value
        elif element.tag == "CURDEF":
            account.currency = account.currency or clean_text(value.upper(), 3)
        elif element.tag in ("LEDGERBAL", "AVAILBAL"):
            account.balances.append(element)
    if ordinal > MAX_ROWS:
        raise StatementError(
            f"The file has more than {show_count(MAX_ROWS)} transactions. Export a shorter range of dates."
        )
    return accounts, trades


def _choose(accounts: list[_Account], account_hint: str, chosen: str) -> tuple[_Account, int]:
    """The account that is meant, with all its statements in one, and how many others nobody was asked about."""
    merged: dict[str, _Account] = {}
    for account in accounts:
        known = merged.setdefault(account.number, account)
        if known is not account:
            known.transactions += account.transactions
            known.balances += account.balances
    used = [account for account in merged.values() if account.transactions] or [accounts[0]]
    meant = [each for each in used if account_hint and last_four(each.number) == account_hint]
    if chosen:
        meant = [each for each in used if (each.number or UNNAMED) == chosen]
    if len(used) > 1 and len(meant) != 1:
        names = ", ".join(f"...{last_four(account.number)}" for account in used[:5])
        found = [(each.number or UNNAMED, len(each.transactions), _first_day(each)) for each in used]
        raise SeveralAccounts(f"The file holds several accounts ({names}).", found)
    return (meant[0] if len(used) > 1 else used[0]), (0 if chosen else len(used) - 1)


def _first_day(account: _Account) -> date | None:
    days = list[date]()
    for _, element in account.transactions:
        with suppress(UnreadableValue):
            days.append(_day(_text(element, "DTPOSTED")))
    return min(days, default=None)


def _nothing_inside(root: Element) -> str:
    if any((element.text or "").strip().upper() == "ERROR" for element in root.iter("SEVERITY")):
        return "The bank put an error message into this file instead of transactions. Export it again."
    return "The OFX file has no bank, card or investment statement in it."


# --- one transaction -----------------------------------------------------------------------------------------


def _text(element: Element, path: str) -> str:
    return html.unescape(element.findtext(path) or "")


def _row(ordinal: int, element: Element, currency: str, notes: list[RowNote]) -> StatementRow:
    booked_on = _day(_text(element, "DTPOSTED"))
    other = _text(element, "CURRENCY/CURSYM").strip().upper()
    if other and currency and other != currency:
        raise UnreadableValue(f"The amount is in {clean_text(other, 3)}, the account in {currency}.")
    value = _amount(_text(element, "TRNAMT"))
    cents, rounded = to_cents(value)
    if rounded:
        notes.append(rounding_note(ordinal, value, cents))
    description, comment = _description(element)
    return StatementRow(
        ordinal, booked_on, cents, description, comment, clean_text(_text(element, "FITID"), BANK_ID_LENGTH)
    )


def _day(posted: str) -> date:
    """The day as written at the bank: the first eight digits, whatever time and offset follow."""
    if not posted.strip():
        raise UnreadableValue("The transaction has no date.")
    return read_date(posted.strip()[:8], "%Y%m%d")


def _amount(text: str) -> Decimal:
    if not text.strip():
        raise UnreadableValue("The transaction has no amount.")
    comma = text.rfind(",") > text.rfind(".")
    return read_amount(text, *((",", ".") if comma else (".", ",")))


def _description(element: Element) -> tuple[str, str]:
    """(description, comment). The memo is the comment unless it has to be the description or only repeats it."""
    name = _text(element, "NAME") or _text(element, "PAYEE/NAME") or _text(element, "EXTDNAME")
    name, memo = clean_text(name, DESCRIPTION_LENGTH), clean_text(_text(element, "MEMO"), COMMENT_LENGTH)
    if name:
        return name, "" if memo == name else memo
    if memo:
        return clean_text(memo, DESCRIPTION_LENGTH), memo if len(memo) > DESCRIPTION_LENGTH else ""
    kind = _KINDS.get(_text(element, "TRNTYPE").strip().upper(), "No description")
    return clean_text(f"{kind} {_text(element, 'CHECKNUM')}", DESCRIPTION_LENGTH), ""
