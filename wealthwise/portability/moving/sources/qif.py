"""QIF of several accounts, as Quicken, GnuCash, Money Manager Ex and others write it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from wealthwise.core.money import ZERO
from wealthwise.portability.moving.sources.model import (
    NOWHERE,
    Filing,
    NotMovable,
    SourceLedger,
    SourceRow,
    take_openings,
    tell_kinds,
)
from wealthwise.portability.moving.sources.pairing import pair
from wealthwise.portability.moving.sources.tables import amounts_of, days_of, kind_by_name, parted

NAME: Final = "QIF"
_KINDS: Final = {"bank": "checking", "cash": "cash", "ccard": "credit", "oth a": "other", "oth l": "other"}
_STATES: Final = {"X": "reconciled", "x": "reconciled", "R": "reconciled", "*": "cleared", "c": "cleared"}
_PLACE: Final = re.compile(r"^\[(?P<account>.*)\](?:/(?P<tag>.*))?$")
_BLANK: Final = ("", "0", "00")


@dataclass(slots=True)
class _Item:
    """One record: its fields by their letter, and the parts of a split."""

    section: str
    account: str
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    parts: list[dict[str, str]] = field(default_factory=list)


def _items(text: str) -> Iterator[_Item]:
    section, account, is_switch = "", "", False
    item = _Item("", "", 0)
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        if not line:
            continue
        if line[0] == "!":
            section = line[1:].strip().lower()
            is_switch = (is_switch or section == "option:autoswitch") and section != "clear:autoswitch"
            item = _Item(section, account, number)
        elif line[0] == "^":
            if section == "account" and not is_switch:
                account = item.fields.get("N", account)
            if item.fields:
                item.account = account if section.startswith("type:") else ""
                yield item
            item = _Item(section, account, number + 1)
        elif line[0] == "S":
            item.parts.append({"S": line[1:].strip()})
        elif line[0] in "E$%" and item.parts:
            item.parts[-1][line[0]] = line[1:].strip()
        else:
            item.fields.setdefault(line[0], line[1:].strip())


def accounts_in(text: str) -> set[str]:
    """The names of accounts that have rows."""
    return {item.account for item in _items(text) if item.section.startswith("type:") and "D" in item.fields}


def read_text(text: str) -> SourceLedger:
    """Raises NotMovable for what cannot be read."""
    ledger = SourceLedger(NAME)
    items = list[_Item]()
    for item in _items(text):
        if item.section == "account":
            account = ledger.account(item.fields.get("N", ""))
            account.kind = _KINDS.get(item.fields.get("T", "").lower(), "")
            account.kind = kind_by_name(account.name) or account.kind if account.kind == "checking" else account.kind
        elif item.section == "type:cat" and (name := item.fields.get("N")):
            ledger.is_income.setdefault(_filing(name)[0], "I" in item.fields)
        elif item.section in {f"type:{kind}" for kind in _KINDS} and "D" in item.fields:
            items.append(item)
        elif item.section.startswith("type:"):
            ledger.has_no_place[f"records of the kind {item.section.removeprefix('type:')}"] += 1
    _rows(ledger, items)
    tell_kinds(ledger)
    return ledger


def _filing(place: str) -> Filing:
    name = place.split("/", maxsplit=1)[0].strip()
    group, _, rest = name.partition(":")
    return (group.strip(), rest.strip() or group.strip()) if group.strip() else NOWHERE


def _rows(ledger: SourceLedger, items: list[_Item]) -> None:
    texts = [item.fields.get("T") or item.fields.get("U", "") for item in items]
    totals = amounts_of([text.replace("$", "") for text in texts], "amount")
    texts = [re.sub(r"\s", "", item.fields["D"]).replace("'", "/").replace("//", "/") for item in items]
    days = days_of(texts, month_first=True, notes=ledger.notes)
    between, sides, openings = list[SourceRow](), dict[int, str](), list[SourceRow]()
    for number, (item, total, day) in enumerate(zip(items, totals, days, strict=True)):
        if not item.account:
            raise NotMovable(f"Line {item.line}: nothing says which account this is of. Import it as a statement.")
        ledger.account(item.account)
        for amount, place, memo in _parts(item, total):
            row = SourceRow(item.account, day, amount, item.fields.get("P", ""), memo or item.fields.get("M", ""))
            row.cleared = _STATES.get(item.fields.get("C", "")[:1], "")
            row.split = f"split {number}" if item.parts else ""
            ledger.rows.append(row)
            target = _PLACE.match(place)
            if target and (target["account"] == item.account or row.payee.lower() == "opening balance"):
                openings.append(row)
            elif target:
                ledger.account(target["account"])
                between.append(row)
                sides[id(row)] = target["account"]
            else:
                row.filing, row.tags = _filing(place), parted(place.partition("/")[2], ":")
    take_openings(ledger, openings)
    told = {row.account for row in ledger.rows}
    for row in pair(ledger, between, lambda each: sides[id(each)]):
        _other_side(ledger, row, sides[id(row)], has_rows=sides[id(row)] in told)
    for row in between:
        row.payee = row.payee if row.payee.lower() != "transfer" else ""


def _parts(item: _Item, total: Decimal) -> list[tuple[Decimal, str, str]]:
    """Amount, category and memo of each part; one for what is no split, and what the parts leave."""
    if not item.parts:
        return [(total, item.fields.get("L", ""), "")]
    amounts = amounts_of([part.get("$", "").replace("$", "") for part in item.parts], "part")
    found = [(a, p["S"], p.get("E", "")) for a, p in zip(amounts, item.parts, strict=True)]
    rest = total - sum(amounts, ZERO)
    return [*found, (rest, "", "")] if rest else found


def _other_side(ledger: SourceLedger, row: SourceRow, other: str, *, has_rows: bool) -> None:
    """A part of a split that is a transfer has its other side in a row of its own; what has none gets one, all of
    them where the file ``has_rows`` of the other account for none.
    """
    if not has_rows:
        row.transfer = f"open {len(ledger.rows)}"
        ledger.rows.append(SourceRow(other, row.day, -row.amount, row.payee, row.note, transfer=row.transfer))
        ledger.notes.append(f"{other} has no rows of its own in the file: it gets the other side of a transfer.")
    else:
        ledger.has_no_place["sides of transfers without their other side, which are rows without a category"] += 1
