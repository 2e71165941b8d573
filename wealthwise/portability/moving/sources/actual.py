"""Actual Budget: its own export (a zip with db.sqlite and metadata.json), and the CSV of its list of transactions."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from wealthwise.core.money import ZERO
from wealthwise.portability.moving.sources.model import (
    NOWHERE,
    Filing,
    NotMovable,
    PlannedMonth,
    SourceLedger,
    SourceRow,
    take_openings,
    tell_kinds,
)
from wealthwise.portability.moving.sources.pairing import pair
from wealthwise.portability.moving.sources.sqlite import Record, SourceDatabase
from wealthwise.portability.moving.sources.tables import (
    SourceTable,
    amounts_of,
    days_of,
    kind_by_name,
    without_hashtags,
)

NAME: Final = "Actual"
TABLES: Final = {"category_groups", "payees", "payee_mapping", "transactions", "accounts"}
COLUMNS: Final = ("account", "date", "payee", "notes", "category", "amount", "split_amount")
_STARTING: Final = "starting balance"
_SPLIT: Final = re.compile(r"^\(SPLIT (?:INTO (?P<parts>\d+)|(?P<part>\d+) OF \d+)\)\s*")
_CLEARED: Final = {"reconciled": "reconciled", "cleared": "cleared"}


def cents(value: object) -> Decimal:
    """Actual keeps hundredths, whatever the currency."""
    return Decimal(int(str(value or 0))).scaleb(-2)


def read_database(database: SourceDatabase) -> SourceLedger:
    """Raises NotMovable for rows that mean nothing."""
    ledger = SourceLedger(NAME)
    for row in _alive(database, "accounts"):
        account = ledger.account(row["id"], row["name"])
        account.is_closed = bool(row.get("closed"))
        account.kind = str(row.get("type") or "") if row.get("type") in _KINDS else kind_by_name(row["name"] or "")
        if row.get("offbudget"):
            ledger.has_no_place["accounts off budget, which are accounts like any other here"] += 1
    filings = _filings(ledger, database)
    ledger.rows = _rows(ledger, database, filings)
    openings = [row for row in ledger.rows if row.payee.lower() == _STARTING and not row.transfer and _is_start(row)]
    take_openings(ledger, openings)
    _plan(ledger, database, filings)
    _leave(ledger, database)
    return ledger


_KINDS: Final = {"checking", "savings", "credit", "investment", "other"}


def _alive(database: SourceDatabase, table: str) -> list[Record]:
    return [row for row in database.rows(table) if not row.get("tombstone")]


def _is_start(row: SourceRow) -> bool:
    return row.filing == NOWHERE or row.filing[1].lower() == "starting balances"


def _filings(ledger: SourceLedger, database: SourceDatabase) -> dict[str, Filing]:
    """Categories by their ids, also those that were merged into others."""
    groups = {row["id"]: row for row in _alive(database, "category_groups")}
    found = dict[str, Filing]()
    for row in _alive(database, "categories"):
        if (group := groups.get(row.get("cat_group"))) is None:
            continue
        found[row["id"]] = (group["name"], row["name"])
        ledger.is_income[group["name"]] = bool(group.get("is_income"))
        if row["name"].lower() != "starting balances":
            ledger.filings.append(found[row["id"]])
        if row.get("hidden") or group.get("hidden"):
            ledger.has_no_place["hidden categories, which are shown here"] += 1
    for row in database.rows("category_mapping"):
        if row.get("transferId") in found:
            found.setdefault(row["id"], found[row["transferId"]])
    return found


def _rows(ledger: SourceLedger, database: SourceDatabase, filings: dict[str, Filing]) -> list[SourceRow]:
    payees = {row["id"]: row for row in database.rows("payees")}
    meant = {row["id"]: payees.get(row.get("targetId")) for row in database.rows("payee_mapping")}
    alive = [
        row
        for row in _alive(database, "transactions")
        if row.get("date") and row.get("acct") in ledger.accounts and row.get("amount") is not None
    ]
    parents = {row["id"]: row for row in alive if row.get("isParent")}
    parts = defaultdict[str, Decimal](Decimal)
    found, sides = dict[str, SourceRow](), dict[str, str]()
    for row in alive:
        parent = row.get("parent_id") or (str(row["id"]).partition("/")[0] if row.get("isChild") else "")
        if row.get("isParent") or (row.get("isChild") and parent not in parents):
            continue
        payee = meant.get(row.get("description")) or payees.get(row.get("description")) or {}
        found[row["id"]] = made = _row(row, payee.get("name") or "", filings)
        if row.get("isChild"):
            made.split = parent
            parts[parent] += made.amount
            made.note = made.note or without_hashtags(parents[parent].get("notes") or "")[0]
        if row.get("transferred_id"):
            sides[row["id"]] = row["transferred_id"]
    for key, parent_row in parents.items():
        if rest := cents(parent_row["amount"]) - parts[key]:
            payee = meant.get(parent_row.get("description")) or {}
            found[key] = _row(parent_row, payee.get("name") or "", {})
            found[key].amount, found[key].split = rest, key
            ledger.notes.append(f"A split of {found[key].day} has parts that do not add up: {rest} is filed nowhere.")
    _join(ledger, found, sides)
    return list(found.values())


def _row(row: Record, payee: str, filings: dict[str, Filing]) -> SourceRow:
    number = str(row["date"])
    try:
        day = date(int(number[:4]), int(number[4:6]), int(number[6:8]))
    except ValueError as error:
        raise NotMovable(f"A transaction has the day {number}, which is none.") from error
    note, tags = without_hashtags(row.get("notes") or "")
    state = "reconciled" if row.get("reconciled") else "cleared" if row.get("cleared") else ""
    filing = filings.get(row.get("category") or "", NOWHERE)
    payee = payee or row.get("imported_description") or ""
    return SourceRow(row["acct"], day, cents(row["amount"]), payee, note, filing, tags, state, key=row["id"])


def _join(ledger: SourceLedger, found: dict[str, SourceRow], sides: dict[str, str]) -> None:
    """Actual says which row is the other side; one that is not there, or of another amount, is no transfer."""
    for key, other in sides.items():
        one, two = found[key], found.get(other)
        if two is None or one.amount != -two.amount or one.account == two.account:
            ledger.has_no_place["sides of transfers without their other side, which are rows without a category"] += 1
            continue
        one.transfer = min(key, other)
        if one.filing != NOWHERE:
            ledger.has_no_place["categories of transfers: a transfer is no spending"] += 1
            one.filing = NOWHERE


def _plan(ledger: SourceLedger, database: SourceDatabase, filings: dict[str, Filing]) -> None:
    """The envelopes of each month that has any; months that Actual only prepared are left alone."""
    months = dict[int, PlannedMonth]()
    rows = list(database.rows("zero_budgets")) or list(database.rows("reflect_budgets"))
    for row in rows:
        filing, number = filings.get(row.get("category") or "", NOWHERE), int(row.get("month") or 0)
        if filing == NOWHERE or ledger.is_income.get(filing[0]) or not 190001 <= number <= 220012:
            continue
        month = months.setdefault(number, PlannedMonth(date(number // 100, number % 100, 1)))
        month.amounts[filing] = cents(row.get("amount"))
        if row.get("carryover"):
            month.keeps_missing.add(filing)
    ledger.months = [months[number] for number in sorted(months) if any(months[number].amounts.values())]


def _leave(ledger: SourceLedger, database: SourceDatabase) -> None:
    for table, name in (("rules", "rules"), ("schedules", "schedules"), ("custom_reports", "reports of your own")):
        if number := len(_alive(database, table)):
            ledger.has_no_place[name] += number


def read_table(table: SourceTable) -> SourceLedger:
    """The CSV of all accounts: a split is a row without an amount, and its parts behind it."""
    ledger = SourceLedger(NAME)
    amounts = amounts_of(table.column("amount"), "amount")
    days = days_of(table.column("date"), month_first=False, notes=ledger.notes)
    group_column = "category_group" if table.has("category_group") else "group"
    split = 0
    for record, amount, day in zip(table.records(), amounts, days, strict=True):
        name = record["account"]
        ledger.account(name).kind = kind_by_name(name)
        mark = _SPLIT.match(record["notes"])
        if mark and mark["parts"]:
            split += 1
            continue
        note, tags = without_hashtags(record["notes"][mark.end() :] if mark else record["notes"])
        filing = (record[group_column] or NAME, record["category"]) if record["category"] else NOWHERE
        state = _CLEARED.get(record["cleared"].lower(), "")
        row = SourceRow(name, day, amount, record["payee"], note, filing, tags, state)
        row.split = f"split {split}" if mark else ""
        ledger.rows.append(row)
    _pair(ledger, ledger.rows)
    _begin(ledger, ledger.rows)
    tell_kinds(ledger)
    return ledger


def _pair(ledger: SourceLedger, rows: Iterable[SourceRow]) -> None:
    """The payee of a transfer is the account on its other side."""
    sides = [row for row in rows if row.payee in ledger.accounts and row.payee != row.account]
    alone = pair(ledger, sides, lambda row: row.payee)
    if alone:
        ledger.notes.append(f"Rows that are named like an account without the other side there: {len(alone)}.")
    for row in sides:
        if row.transfer:
            if row.filing != NOWHERE:
                ledger.has_no_place["categories of transfers: a transfer is no spending"] += 1
            row.payee, row.filing = "", NOWHERE


def _begin(ledger: SourceLedger, rows: Iterable[SourceRow]) -> None:
    starting = [row for row in rows if row.payee.lower() == _STARTING and _is_start(row) and row.amount != ZERO]
    take_openings(ledger, starting)
