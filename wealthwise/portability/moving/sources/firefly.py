"""Firefly III: the CSV of its transactions, with the accounts on both sides of each."""

from collections import Counter, defaultdict
from collections.abc import Mapping
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
from wealthwise.portability.moving.sources.tables import SourceTable, amounts_of, days_of, kind_by_name, parted

NAME: Final = "Firefly III"
COLUMNS: Final = ("journal_id", "type", "amount", "date", "source_name", "source_type", "destination_name")
_OWN: Final = {"asset account", "default account", "cash account", "loan", "debt", "mortgage", "liability account"}
_LIABILITIES: Final = {"loan", "debt", "mortgage", "liability account"}


def read_table(table: SourceTable) -> SourceLedger:
    ledger = SourceLedger(NAME)
    amounts = amounts_of(table.column("amount"), "amount")
    foreign = amounts_of(table.column("foreign_amount"), "foreign amount")
    days = days_of([cell[:10] for cell in table.column("date")], month_first=False, notes=ledger.notes)
    groups, known = _groups(table), _currencies(table)
    sizes = Counter(table.column("group_id")) if table.has("group_id") else Counter[str]()
    openings = list[SourceRow]()
    for record, amount, other, day in zip(table.records(), amounts, foreign, days, strict=True):
        sides = _sides(ledger, record, known)
        row = SourceRow("", day, abs(amount), tags=parted(record["tags"], ","), key=record["journal_id"])
        row.cleared = "reconciled" if record["reconciled"] in ("1", "true") else ""
        row.filing = groups.get(record["category"], NOWHERE)
        if sizes[record["group_id"]] > 1:
            row.split = record["group_id"]
        if record["bill"]:
            ledger.has_no_place["bills that rows belong to"] += 1
        made = _bookings(ledger, dict(record), row, sides, abs(other))
        ledger.rows += made
        if record["type"].lower() in ("opening balance", "liability credit"):
            openings += made
    take_openings(ledger, openings)
    tell_kinds(ledger)
    return ledger


def _groups(table: SourceTable) -> dict[str, Filing]:
    """Each category below the budget that most of its rows are of: Firefly III itself has one level of them."""
    budgets = defaultdict[str, Counter[str]](Counter)
    incoming = defaultdict[str, Counter[bool]](Counter)
    for record in table.records():
        if name := record["category"]:
            budgets[name][record["budget"]] += bool(record["budget"])
            incoming[name][record["type"].lower() == "deposit"] += 1
    found = dict[str, Filing]()
    for name, counts in budgets.items():
        budget, times = counts.most_common(1)[0]
        is_income = incoming[name][True] > incoming[name][False]
        found[name] = (budget if times else "Income" if is_income else NAME, name)
    return found


def _currencies(table: SourceTable) -> dict[str, str]:
    """The currency of each own account. That of a row is its source's; what comes into another account may be in that
    of the foreign amount, which counts where nothing else tells.
    """
    found, guessed = dict[str, str](), dict[str, str]()
    for record in table.records():
        source, target = record["source_name"], record["destination_name"]
        if record["source_type"].lower() in _OWN and source:
            found.setdefault(source, record["currency_code"])
            if record["destination_type"].lower() in _OWN:
                guessed.setdefault(target, record["foreign_currency_code"] or record["currency_code"])
        else:
            found.setdefault(target, record["currency_code"])
    return guessed | found


def _sides(ledger: SourceLedger, record: Mapping[str, str], known: dict[str, str]) -> tuple[str, str]:
    """The person's own accounts among source and destination; empty where it is somebody else's."""
    found = []
    for side in ("source", "destination"):
        name, kind = record[f"{side}_name"], record[f"{side}_type"].lower()
        is_own = kind in _OWN and name
        if is_own:
            account = ledger.account(name, currency=known.get(name, ""))
            account.kind = account.kind or ("other" if kind in _LIABILITIES else kind_by_name(name))
        found.append(name if is_own else "")
    return found[0], found[1]


def _bookings(
    ledger: SourceLedger, record: dict[str, str], row: SourceRow, sides: tuple[str, str], foreign: Decimal
) -> list[SourceRow]:
    """One row, or two of a transfer. What the description says beyond the other side's name goes into the note."""
    out, into = sides
    described, other = record.get("description", ""), record["destination_name" if out else "source_name"]
    if out and into:
        leg = SourceRow(into, row.day, row.amount, described, record.get("notes", ""), tags=row.tags)
        its = ledger.accounts[into].currency
        if foreign and its != record["currency_code"] and its == record.get("foreign_currency_code"):
            leg.amount = foreign
        leg.key, leg.cleared = f"{row.key} in", row.cleared
        row.account, row.amount, row.payee, row.note = out, -row.amount, described, leg.note
        if row.filing != NOWHERE:
            ledger.has_no_place["categories of transfers: a transfer is no spending"] += 1
        row.filing = NOWHERE
        row.transfer = leg.transfer = row.key
        return [row, leg]
    if not (out or into):
        ledger.has_no_place["rows between accounts of others"] += 1
        return []
    row.account, row.amount = out or into, -row.amount if out else row.amount
    row.payee = other or described
    told = described if described not in (row.payee, f"{row.payee} ({record.get('category', '')})") else ""
    if record.get("foreign_currency_code") and foreign:
        told = f"{told} ({foreign:f} {record['foreign_currency_code']})".strip()
    row.note = ". ".join(part for part in (told, record.get("notes", "")) if part)
    return [row]
