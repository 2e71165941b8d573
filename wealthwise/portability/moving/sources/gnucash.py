"""GnuCash: its books as SQLite or XML, and the CSV of all transactions."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeTree
from defusedxml.common import DefusedXmlException

from wealthwise.portability.moving.sources.model import NotMovable, PlannedMonth, SourceLedger
from wealthwise.portability.moving.sources.postings import (
    BookEntry,
    BookPosting,
    ChartOfAccounts,
    Side,
    book,
    tell_income,
)
from wealthwise.portability.moving.sources.sqlite import SourceDatabase
from wealthwise.portability.moving.sources.tables import SourceTable, amounts_of, days_of

NAME: Final = "GnuCash"
TABLES: Final = {"accounts", "splits", "commodities", "transactions"}
COLUMNS: Final = ("date", "transaction id", "description", "full account name", "amount num.")
_SIDES: Final[dict[str, Side]] = {
    "BANK": "own", "CASH": "own", "CREDIT": "own", "ASSET": "own", "LIABILITY": "own", "RECEIVABLE": "own",
    "PAYABLE": "own", "STOCK": "own", "MUTUAL": "own", "CURRENCY": "own", "CHECKING": "own", "SAVINGS": "own",
    "MONEYMRKT": "own", "CREDITLINE": "own", "INCOME": "income", "EXPENSE": "expense", "EQUITY": "equity",
    "TRADING": "equity",
}  # fmt: skip
_KINDS: Final = {
    "CASH": "cash", "CREDIT": "credit", "STOCK": "investment", "MUTUAL": "investment", "CHECKING": "checking",
    "SAVINGS": "savings",
}  # fmt: skip
_STATES: Final = {"y": "reconciled", "c": "cleared"}
_GNC: Final = "{http://www.gnucash.org/XML/gnc}"
_ACT, _TRN, _SPLIT, _CMDTY, _TS = (
    f"{{http://www.gnucash.org/XML/{name}}}" for name in ("act", "trn", "split", "cmdty", "ts")
)
_DEEPEST: Final = 60


def read_table(table: SourceTable) -> SourceLedger:
    """The full layout: one row a split, with the transaction named in each or only in the first."""
    ledger, chart = SourceLedger(NAME), ChartOfAccounts()
    amounts = amounts_of(table.column("amount num."), "amount")
    values = amounts_of(table.column("value num."), "value") if table.has("value num.") else amounts
    cells = table.column("date")
    for place, cell in enumerate(cells):
        cells[place] = cell or (cells[place - 1] if place else "")
    days = days_of(cells, month_first=False, notes=ledger.notes)
    entries = dict[str, BookEntry]()
    last, home = "", Counter[str]()
    for record, amount, value, day in zip(table.records(), amounts, values, days, strict=True):
        last = record["transaction id"] or last
        currency = record["commodity/currency"].rpartition("::")[2]
        entry = entries.setdefault(last, BookEntry(day, record["description"], record["notes"], key=last))
        if record["void reason"]:
            ledger.has_no_place["void bookings"] += not entry.postings
        state = _STATES.get(record["reconcile"].lower(), "")
        posting = BookPosting(record["full account name"], amount, "", value, record["memo"], state)
        entry.postings.append(posting)
        home[currency] += 1
    _one_currency(ledger, home)
    currency = home.most_common(1)[0][0] if home else ""
    return _booked(ledger, chart, list(entries.values()), currency)


def _one_currency(ledger: SourceLedger, home: Counter[str]) -> None:
    if len(home) > 1:
        raise NotMovable(
            f"The file has bookings in {', '.join(sorted(home))}. The CSV does not say which account is in which "
            "currency: send the GnuCash file itself."
        )


def _booked(ledger: SourceLedger, chart: ChartOfAccounts, entries: list[BookEntry], home: str) -> SourceLedger:
    book(ledger, chart, entries, home)
    if chart.unknown:
        raise NotMovable(
            f"Nothing says whether these hold your money: {', '.join(sorted(chart.unknown)[:5])}. "
            "Send the GnuCash file itself, which says it, in place of the CSV."
        )
    tell_income(ledger, chart, entries)
    return ledger


# The books as SQLite.


def read_database(database: SourceDatabase) -> SourceLedger:
    ledger = SourceLedger(NAME)
    units = {row["guid"]: row for row in database.rows("commodities")}
    accounts = {row["guid"]: row for row in database.rows("accounts")}
    names = _names({guid: (row.get("name") or "", row.get("parent_guid")) for guid, row in accounts.items()})
    chart = ChartOfAccounts(separator="\x1f")
    currency = dict[str, str]()
    for guid, row in accounts.items():
        kind, name = str(row.get("account_type") or "").upper(), names[guid]
        _declare(chart, name, kind, is_hidden=bool(row.get("hidden")))
        unit = units.get(row.get("commodity_guid")) or {}
        currency[name] = str(unit.get("mnemonic") or "")
    notes = {
        row["obj_guid"]: row["string_val"]
        for row in database.rows("slots")
        if row.get("name") == "notes" and row.get("string_val")
    }
    entries = dict[str, BookEntry]()
    for row in database.rows("transactions"):
        guid = row["guid"]
        entries[guid] = BookEntry(
            _day(row.get("post_date")), row.get("description") or "", notes.get(guid, ""), key=guid
        )
    for row in database.rows("splits"):
        named = names.get(row.get("account_guid") or "")
        if named is None or row.get("tx_guid") not in entries:
            ledger.has_no_place["splits of no account or booking"] += 1
            continue
        state = _STATES.get(row.get("reconcile_state") or "", "")
        amount, value = _ratio(row, "quantity"), _ratio(row, "value")
        posting = BookPosting(named, amount, currency[named], value, row.get("memo") or "", state, row["guid"])
        entries[row["tx_guid"]].postings.append(posting)
    _budgets(ledger, chart, database, names)
    for table, what in (("schedxactions", "scheduled bookings"), ("invoices", "invoices"), ("prices", "prices")):
        if number := sum(1 for _ in database.rows(table)):
            ledger.has_no_place[what] += number
    return _booked(ledger, chart, list(entries.values()), _home(chart, entries.values()))


def _declare(chart: ChartOfAccounts, name: str, kind: str, *, is_hidden: bool) -> None:
    if (side := _SIDES.get(kind)) is None:
        return
    chart.sides[name] = side
    if kind in _KINDS:
        chart.kinds[name] = _KINDS[kind]
    if is_hidden:
        chart.closed.add(name)


def _home(chart: ChartOfAccounts, entries: Iterable[BookEntry]) -> str:
    """The currency that most bookings of own accounts are in."""
    counts = Counter(
        posting.currency
        for entry in entries
        for posting in entry.postings
        if chart.side(posting.account) == "own" and len(posting.currency) == 3
    )
    return counts.most_common(1)[0][0] if counts else ""


def _names(accounts: Mapping[str, tuple[str, str | None]]) -> dict[str, str]:
    """Full names by ids, without the root."""
    found = dict[str, str]()
    for guid in accounts:
        parts, at = list[str](), guid
        while at in accounts and len(parts) < _DEEPEST:
            name, parent = accounts[at]
            if parent is None or parent not in accounts:
                parts += [] if parent is None and name.startswith(("Root", "Template")) else [name]
                break
            parts.append(name)
            at = parent
        found[guid] = "\x1f".join(reversed(parts)) or accounts[guid][0]
    return found


def _day(text: Any) -> date:
    raw = str(text or "")
    raw = f"{raw[:4]}-{raw[4:6]}-{raw[6:8]}" if raw[:8].isdigit() else raw[:10]
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise NotMovable(f"A booking has the day “{text}”, which is none.") from error


def _ratio(row: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(int(row[f"{name}_num"])) / Decimal(int(row[f"{name}_denom"]) or 1)


def _budgets(ledger: SourceLedger, chart: ChartOfAccounts, database: SourceDatabase, names: Mapping[str, str]) -> None:
    """The first budget of months."""
    begins = {row["obj_guid"]: row for row in database.rows("recurrences")}
    budgets = list(database.rows("budgets"))
    for budget in budgets[1:]:
        ledger.has_no_place["budgets beside the first"] += bool(budget)
    for budget in budgets[:1]:
        recurs = begins.get(budget["guid"]) or {}
        if recurs.get("recurrence_period_type") not in ("month", "end of month") or recurs["recurrence_mult"] != 1:
            ledger.has_no_place["budgets that are not of months"] += 1
            continue
        first = _day(recurs["recurrence_period_start"]).replace(day=1)
        months = defaultdict[int, dict[tuple[str, str], Decimal]](dict)
        for row in database.rows("budget_amounts"):
            name = names.get(row["account_guid"], "")
            if row["budget_guid"] == budget["guid"] and chart.side(name) == "expense":
                months[int(row["period_num"])][chart.filing(name)] = _ratio(row, "amount")
        for number, amounts in sorted(months.items()):
            year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
            ledger.months.append(PlannedMonth(date(year, month + 1, 1), amounts))


# The books as XML.


def read_xml(data: bytes) -> SourceLedger:
    """Read piece by piece: what was understood is dropped at once. Entities and outside references are refused."""
    ledger, chart = SourceLedger(NAME), ChartOfAccounts(separator="\x1f")
    accounts, details, entries = (
        dict[str, tuple[str, str | None]](),
        dict[str, dict[str, str]](),
        dict[str, BookEntry](),
    )
    inside = 0
    try:
        for event, element in SafeTree.iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if element.tag == f"{_GNC}template-transactions":
                inside += 1 if event == "start" else -1
            if event == "start" or inside:
                continue
            if element.tag == f"{_GNC}account":
                _xml_account(element, accounts, details)
                element.clear()
            elif element.tag == f"{_GNC}transaction":
                entry = _xml_entry(element)
                entries[entry.key] = entry
                element.clear()
            elif element.tag in (f"{_GNC}schedxaction", f"{_GNC}budget", f"{_GNC}GncInvoice"):
                what = {"schedxaction": "scheduled bookings", "budget": "budgets", "GncInvoice": "invoices"}
                ledger.has_no_place[what[element.tag.removeprefix(_GNC)]] += 1
    except (ParseError, DefusedXmlException, ValueError, KeyError, InvalidOperation, ZeroDivisionError) as error:
        raise NotMovable("The GnuCash file is damaged, or not one that can be read.") from error
    names = _names(accounts)
    for guid, told in details.items():
        _declare(chart, names[guid], told["type"], is_hidden=told["hidden"] == "true")
    for entry in entries.values():
        for posting in entry.postings:
            posting.currency = details.get(posting.account, {}).get("unit", "")
            posting.account = names.get(posting.account, posting.account)
    return _booked(ledger, chart, list(entries.values()), _home(chart, entries.values()))


def _xml_account(
    element: Element, accounts: dict[str, tuple[str, str | None]], details: dict[str, dict[str, str]]
) -> None:
    guid = element.findtext(f"{_ACT}id") or ""
    accounts[guid] = (element.findtext(f"{_ACT}name") or "", element.findtext(f"{_ACT}parent"))
    slots = dict(_slots(element.find(f"{_ACT}slots")))
    details[guid] = {
        "type": (element.findtext(f"{_ACT}type") or "").upper(),
        "unit": element.findtext(f"{_ACT}commodity/{_CMDTY}id") or "",
        "hidden": slots.get("hidden", ""),
    }


def _slots(element: Element | None) -> Iterator[tuple[str, str]]:
    for slot in element if element is not None else ():
        yield (
            slot.findtext("{http://www.gnucash.org/XML/slot}key") or "",
            slot.findtext("{http://www.gnucash.org/XML/slot}value") or "",
        )


def _xml_entry(element: Element) -> BookEntry:
    posted = element.findtext(f"{_TRN}date-posted/{_TS}date")
    notes = dict(_slots(element.find(f"{_TRN}slots"))).get("notes", "")
    key = element.findtext(f"{_TRN}id") or ""
    entry = BookEntry(_day(posted), element.findtext(f"{_TRN}description") or "", notes, key=key)
    for split in element.iterfind(f"{_TRN}splits/{_TRN}split"):
        state = _STATES.get(split.findtext(f"{_SPLIT}reconciled-state") or "", "")
        amount, value = (_fraction(split.findtext(f"{_SPLIT}{name}")) for name in ("quantity", "value"))
        memo = split.findtext(f"{_SPLIT}memo") or ""
        account = split.findtext(f"{_SPLIT}account") or ""
        entry.postings.append(
            BookPosting(account, amount, "", value, memo, state, split.findtext(f"{_SPLIT}id") or "")
        )
    return entry


def _fraction(text: str | None) -> Decimal:
    above, _, below = (text or "0/1").partition("/")
    return Decimal(int(above)) / Decimal(int(below or 1))
