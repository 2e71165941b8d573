"""Applications whose CSV has one row a booking and one account in it: Mint, Sure and Maybe, Money Manager Ex,
ezBookkeeping.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from wealthwise.portability.moving.sources.model import (
    NOWHERE,
    Filing,
    SourceLedger,
    SourceRow,
    take_openings,
    tell_kinds,
)
from wealthwise.portability.moving.sources.pairing import pair
from wealthwise.portability.moving.sources.tables import SourceTable, amounts_of, days_of, kind_by_name, parted

MINT: Final = ("date", "description", "original description", "amount", "transaction type", "category", "account name")
SURE_ROWS: Final = ("date", "account_name", "amount", "name", "category", "tags")
SURE_ACCOUNTS: Final = ("id", "name", "type", "subtype", "balance", "currency")
SURE_CATEGORIES: Final = ("name", "color", "parent_category")
MMEX: Final = ("date", "status", "type", "account", "payee", "category", "amount")
EZ: Final = ("time", "timezone", "type", "category", "sub category", "account", "amount", "account2")

_MIRRORED: Final = "Pairs of rows that mirror each other were taken for transfers, as the file does not say: {}."
_NO_OPENING: Final = "The file says no opening balances: accounts begin with nothing."
_STARTS: Final = {"starting balance", "opening balance", "initial balance"}
_MINT_NOWHERE: Final = {"uncategorized", "transfer", "credit card payment", ""}
_MINT_TRANSFERS: Final = {"transfer", "credit card payment"}
# Of Sure and Maybe: these owe, and say so above zero.
_OWING: Final = {"creditcard": "credit", "loan": "other", "otherliability": "other"}
_OWNING: Final = {
    "depository": "checking", "investment": "investment", "crypto": "investment", "property": "other",
    "vehicle": "other", "otherasset": "other",
}  # fmt: skip


def read_mint(table: SourceTable) -> SourceLedger:
    """One level of categories, and amounts without a sign beside what they do."""
    ledger = SourceLedger("Mint")
    amounts = amounts_of(table.column("amount"), "amount")
    days = days_of(table.column("date"), month_first=True, notes=ledger.notes)
    between, openings = list[SourceRow](), list[SourceRow]()
    for record, amount, day in zip(table.records(), amounts, days, strict=True):
        name, category = record["account name"], record["category"]
        ledger.account(name).kind = kind_by_name(name)
        signed = -amount if record["transaction type"].lower() == "debit" else amount
        row = SourceRow(name, day, signed, record["description"], record["notes"])
        row.tags = parted(record["labels"], ",", " ")
        if category.lower() not in _MINT_NOWHERE:
            row.filing = ("Mint", category)
        ledger.rows.append(row)
        if category.lower() in _MINT_TRANSFERS:
            between.append(row)
        elif row.payee.lower() in _STARTS and row.filing == NOWHERE:
            openings.append(row)
    take_openings(ledger, openings)
    if alone := pair(ledger, between):
        ledger.notes.append(f"Rows of the category Transfer without their other side: {len(alone)}. They have none.")
    if not openings:
        ledger.notes.append(_NO_OPENING)
    _by_sign(ledger)
    return ledger


def _by_sign(ledger: SourceLedger) -> None:
    """Where there is one level, categories of which more comes in than goes out are the income."""
    sums = dict[Filing, Decimal]()
    for row in ledger.rows:
        if row.filing != NOWHERE and not row.transfer:
            sums[row.filing] = sums.get(row.filing, Decimal(0)) + row.amount
    income = {filing for filing, total in sums.items() if total > 0}
    for row in ledger.rows:
        if row.filing in income:
            row.filing = ("Income", row.filing[1])
    ledger.is_income["Income"] = True
    tell_kinds(ledger)


def read_sure(
    rows: Iterable[SourceTable], accounts: Iterable[SourceTable], categories: Iterable[SourceTable]
) -> SourceLedger:
    """What goes out is above zero. The list of accounts says what each holds: the opening balance follows."""
    ledger = SourceLedger("Sure")
    stated = False
    for table in accounts:
        stated = True
        balances = amounts_of(table.column("balance"), "balance")
        for record, balance in zip(table.records(), balances, strict=True):
            kind = record["type"].replace("_", "").lower()
            account = ledger.account(record["name"], currency=record["currency"])
            account.kind = _OWING.get(kind) or kind_by_name(record["subtype"]) or _OWNING.get(kind, "")
            said = -balance if kind in _OWING else balance
            if account.balance is not None:
                ledger.notes.append(f"Several accounts are called {account.name}, so they are one here.")
            account.balance = said if account.balance is None else account.balance + said
    above = {r["name"]: (r["parent_category"], r["classification"]) for table in categories for r in table.records()}
    for table in rows:
        _sure_rows(ledger, table, {name: parent for name, (parent, _) in above.items()})
    pairs = _mirrored(ledger)
    if pairs:
        ledger.notes.append(_MIRRORED.format(pairs))
    if stated:
        for key, said in ledger.stated().items():
            account, sums = ledger.accounts[key], sum((r.amount for r in ledger.rows if r.account == key), Decimal(0))
            account.opening = said - sums
    else:
        ledger.notes.append(f"{_NO_OPENING} Send the whole archive, or its accounts.csv beside this file.")
    if any(parent for parent, _ in above.values()):
        tell_kinds(ledger)
    else:
        _by_sign(ledger)
    return ledger


def _sure_rows(ledger: SourceLedger, table: SourceTable, above: dict[str, str]) -> None:
    amounts = amounts_of(table.column("amount"), "amount")
    days = days_of(table.column("date"), month_first=False, notes=ledger.notes)
    for record, amount, day in zip(table.records(), amounts, days, strict=True):
        account = ledger.account(record["account_name"], currency=record["currency"])
        account.kind = account.kind or kind_by_name(account.name)
        row = SourceRow(account.key, day, -amount, record["name"], record["notes"], tags=parted(record["tags"], ","))
        if category := record["category"]:
            row.filing = (above.get(category) or ledger.source, category)
        ledger.rows.append(row)


def _mirrored(ledger: SourceLedger) -> int:
    """Rows without a category of opposite amounts in two accounts: that is all that is left of a transfer."""
    unfiled = [row for row in ledger.rows if row.filing == NOWHERE]
    return (len(unfiled) - len(pair(ledger, unfiled))) // 2


def read_mmex(tables: Iterable[SourceTable]) -> SourceLedger:
    """One file an account; the other side of a transfer is named with an arrow in place of the payee."""
    ledger = SourceLedger("Money Manager Ex")
    sides = dict[int, str]()
    for table in tables:
        amounts = amounts_of(table.column("amount"), "amount")
        days = days_of(table.column("date"), month_first=False, notes=ledger.notes)
        for record, amount, day in zip(table.records(), amounts, days, strict=True):
            if record["status"].lower() in ("v", "void"):
                ledger.has_no_place["void rows"] += 1
                continue
            row = _mmex_row(ledger, dict(record), amount, day)
            ledger.rows.append(row)
            if record["type"].lower() == "transfer":
                sides[id(row)] = row.payee.lstrip("<> ").strip()
    between = [row for row in ledger.rows if id(row) in sides]
    told = {row.account for row in ledger.rows}
    alone = pair(ledger, between, lambda row: sides[id(row)])
    for row in between:
        row.payee = "" if row.transfer else row.payee
    _open_sides(ledger, [row for row in alone if sides[id(row)] not in told], sides)
    if apart := sum(sides[id(row)] in told for row in alone):
        ledger.has_no_place["sides of transfers without their other side, which are rows without a category"] += apart
    ledger.notes.append(_NO_OPENING)
    tell_kinds(ledger)
    return ledger


def _mmex_row(ledger: SourceLedger, record: dict[str, str], amount: Decimal, day: date) -> SourceRow:
    account = ledger.account(record["account"], currency=record.get("currency", ""))
    account.kind = kind_by_name(account.name)
    group, _, name = record["category"].partition(":")
    filing = (group.strip(), name.strip() or group.strip()) if group.strip() else NOWHERE
    state = {"r": "reconciled", "reconciled": "reconciled"}.get(record["status"].lower(), "")
    row = SourceRow(account.key, day, amount, record["payee"], record.get("notes", ""), filing, cleared=state)
    row.key = record.get("id", "")
    row.tags = parted(record.get("tags", ""), ",", ";")
    return row


def _open_sides(ledger: SourceLedger, alone: list[SourceRow], sides: dict[int, str]) -> None:
    """A transfer into an account whose own file was not sent gets its other side there."""
    made = list[SourceRow]()
    for row in alone:
        other = sides[id(row)]
        if not other or other == row.account:
            continue
        account = ledger.account(other, currency=ledger.accounts[row.account].currency)
        account.kind = kind_by_name(other)
        row.transfer, row.payee = f"open {len(made)}", ""
        leg = SourceRow(other, row.day, -row.amount, "", row.note, transfer=row.transfer, key=f"{row.key} other")
        made.append(leg)
    if made:
        ledger.notes.append(
            f"Transfers to accounts whose own file was not sent: {len(made)}. Those accounts have these rows alone."
        )
    ledger.rows += made


def read_ez(table: SourceTable) -> SourceLedger:
    """Both sides of a transfer in one row; what an account began with is a row of its own type."""
    ledger = SourceLedger("ezBookkeeping")
    amounts, others = (amounts_of(table.column(name), name) for name in ("amount", "account2 amount"))
    days = days_of([cell[:10] for cell in table.column("time")], month_first=False, notes=ledger.notes)
    openings = list[SourceRow]()
    for record, amount, other, day in zip(table.records(), amounts, others, days, strict=True):
        kind, category = record["type"].lower(), record["category"] or record["sub category"]
        account = ledger.account(record["account"], currency=record["account currency"])
        account.kind = kind_by_name(account.name)
        row = SourceRow(account.key, day, amount, record["description"], tags=parted(record["tags"], ";", ","))
        row.filing = (category, record["sub category"] or category) if category else NOWHERE
        ledger.rows.append(row)
        if record["geographic location"]:
            ledger.has_no_place["places on the map"] += 1
        if kind == "balance modification":
            openings.append(row)
        elif kind == "transfer":
            into = ledger.account(record["account2"], currency=record["account2 currency"])
            into.kind = kind_by_name(into.name)
            row.amount, row.filing, row.transfer = -amount, NOWHERE, f"row {len(ledger.rows)}"
            leg = SourceRow(into.key, day, other or amount, row.payee, tags=row.tags, transfer=row.transfer)
            ledger.rows.append(leg)
        else:
            row.amount = -amount if kind == "expense" else amount
            ledger.is_income.setdefault(category, kind == "income")
    take_openings(ledger, openings)
    tell_kinds(ledger)
    return ledger
