"""YNAB: the CSV of the register, and that of the plan."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from transactions.importing.formats.days import day_style, read_date
from transactions.importing.formats.rows import UnreadableValue
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
from wealthwise.portability.moving.sources.tables import SourceTable, amounts_of, days_of, kind_by_name

NAME: Final = "YNAB"
REGISTER: Final = ("account", "flag", "date", "payee", "memo", "outflow", "inflow", "cleared")
_INFLOW: Final = {"inflow", "to be budgeted", "ready to assign"}
_SPLIT: Final = re.compile(r"^Split \((?P<part>\d+)/(?P<parts>\d+)\)\s*")
_TRANSFER: Final = re.compile(r"^Transfer ?: ?(?P<account>.+)$")
_STATES: Final = {"reconciled": "reconciled", "cleared": "cleared"}


def is_plan(table: SourceTable) -> bool:
    return table.has("month", "category") and any(name in table.at for name in ("budgeted", "assigned"))


def read_tables(registers: Iterable[SourceTable], plans: Iterable[SourceTable]) -> SourceLedger:
    ledger = SourceLedger(NAME)
    for table in registers:
        _register(ledger, table)
    sides = [row for row in ledger.rows if _TRANSFER.match(row.payee)]
    alone = pair(ledger, sides, _other)
    if alone:
        ledger.notes.append(f"Transfers of which the other side is not in the file: {len(alone)}.")
    for row in sides:
        if row.transfer:
            if row.filing != NOWHERE:
                ledger.has_no_place["categories of transfers: a transfer is no spending"] += 1
            row.payee, row.filing = "", NOWHERE
    take_openings(ledger, [row for row in ledger.rows if row.payee.lower() == "starting balance" and not row.split])
    for table in plans:
        _plan(ledger, table)
    ledger.is_income["Income"] = True
    tell_kinds(ledger)
    return ledger


def _other(row: SourceRow) -> str:
    found = _TRANSFER.match(row.payee)
    return found["account"].strip() if found else ""


def _filing(record: dict[str, str]) -> Filing:
    group, name = record.get("category group", ""), record.get("category", "")
    if not group and ":" in (both := record.get("category group/category", "")):
        group, name = (part.strip() for part in both.split(":", 1))
    if group.lower() in _INFLOW or name.lower() in _INFLOW:
        return "Income", name or group
    return (group, name) if group and name else NOWHERE


def _register(ledger: SourceLedger, table: SourceTable) -> None:
    outs, ins = (amounts_of(table.column(name), name) for name in ("outflow", "inflow"))
    days = days_of(table.column("date"), month_first=True, notes=ledger.notes)
    splits = _Splits(len(ledger.rows))
    for record, out, into, day in zip(table.records(), outs, ins, days, strict=True):
        name = record["account"]
        ledger.account(name).kind = kind_by_name(name)
        row = SourceRow(name, day, into - out, record["payee"], record["memo"], _filing(dict(record)))
        row.cleared = _STATES.get(record["cleared"].lower(), "")
        splits.take(row)
        if record["flag"]:
            ledger.has_no_place["flags of rows"] += 1
        ledger.rows.append(row)


class _Splits:
    """Parts of a split follow each other, counted up or down, and their memos begin with which they are."""

    def __init__(self, number: int) -> None:
        self.number, self.key, self.part, self.left = number, "", 0, 0

    def take(self, row: SourceRow) -> None:
        mark = _SPLIT.match(row.note)
        if mark is None:
            self.left = 0
            return
        key, part = f"{row.account} {row.day} {row.payee} {mark['parts']}", int(mark["part"])
        if not self.left or key != self.key or abs(part - self.part) != 1:
            self.number, self.left = self.number + 1, int(mark["parts"])
        self.key, self.part, self.left = key, part, self.left - 1
        row.note, row.split = row.note[mark.end() :], f"split {self.number}"


def _month(cells: list[str]) -> list[date]:
    """The months of the plan, such as "Jan 2026"."""
    whole = [f"1 {cell}" if not cell[:1].isdigit() else f"{cell}-01" if "-" in cell else f"1/{cell}" for cell in cells]
    style = day_style(whole, lambda: False)
    try:
        return [read_date(cell, style.date_format, language=style.language).replace(day=1) for cell in whole]
    except UnreadableValue as refusal:
        raise NotMovable(f"The plan has a month that cannot be read: {refusal}") from refusal


def _plan(ledger: SourceLedger, table: SourceTable) -> None:
    cells = table.column("assigned" if table.has("assigned") else "budgeted")
    months = dict[date, PlannedMonth]()
    rows = zip(table.records(), _month(table.column("month")), amounts_of(cells, "assigned"), strict=True)
    for record, first, amount in rows:
        filing = _filing(dict(record))
        if filing == NOWHERE or filing[0] == "Income":
            continue
        if filing not in ledger.filings:
            ledger.filings.append(filing)
        if amount < 0:
            ledger.has_no_place["months in which a category gave back what was assigned, which plan nothing here"] += 1
            continue
        months.setdefault(first, PlannedMonth(first)).amounts[filing] = amount
    ledger.months += [months[first] for first in sorted(months) if any(months[first].amounts.values())]
