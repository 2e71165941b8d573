"""One invented household, written as the exports of other applications are.

Each function makes one file of the same ledger, after the public sources of that application, as far as its format can
say it. `EXPECTED` is what must come out.
"""

import csv
import gzip
import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from transactions.importing.packed.unpacking import SentFile


class Booking(NamedTuple):
    """Amounts in cents; several parts are a split. ``to`` is the account of the other side of a transfer."""

    day: str
    account: str
    payee: str
    parts: tuple[tuple[str, str, int], ...]
    note: str = ""
    tag: str = ""
    to: str = ""


OPENINGS = {"Giro": 50_000, "Reserve Savings": 120_050, "Visa Card": -7_500}
BOOKINGS = [
    Booking("2025-11-03", "Giro", "Mill & Sons", (("Earnings", "Wages", 210_000),)),
    Booking("2025-11-04", "Giro", "Estate Office", (("Home", "Lease", -80_000),), "Nov; flat 3"),
    Booking("2025-11-06", "Visa Card", "Corner Store", (("Living", "Food", -4_110), ("Home", "Cleaning", -1_290))),
    Booking("2025-11-10", "Giro", "", (("", "", -30_000),), to="Reserve Savings"),
    Booking("2025-11-12", "Visa Card", "Bäckerei Öz", (("Living", "Food", -320),), tag="trip"),
    Booking("2025-11-12", "Visa Card", "Bäckerei Öz", (("Living", "Food", -320),), tag="trip"),
    Booking("2025-11-17", "Visa Card", "Corner Store", (("Living", "Food", 455),), 'said "sorry", twice'),
    Booking("2025-11-28", "Giro", "", (("", "", -7_500),), to="Visa Card"),
    Booking("2025-12-02", "Giro", "Machine", (("", "", -6_000),)),
    Booking("2025-12-03", "Giro", "Estate Office", (("Home", "Lease", -80_000),)),
]
BALANCES = {"Giro": "565.00", "Reserve Savings": "1500.50", "Visa Card": "-55.85"}
SPENT = {
    ("2025-11", "Wages"): "2100.00", ("2025-11", "Lease"): "-800.00", ("2025-11", "Food"): "-42.95",
    ("2025-11", "Cleaning"): "-12.90", ("2025-12", ""): "-60.00", ("2025-12", "Lease"): "-800.00",
}  # fmt: skip
# The groups above categories, which formats of one level cannot say.
GROUPS = {"Wages": "Earnings", "Lease": "Home", "Cleaning": "Home", "Food": "Living"}
FIRST = "2025-11-01"


def cents(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-2):.2f}"


def total(booking: Booking) -> int:
    return sum(amount for _, _, amount in booking.parts)


def sides() -> list[tuple[Booking, str, str]]:
    """Each booking once for every account that it touches: with that account and the other of a transfer."""
    found = []
    for each in BOOKINGS:
        found.append((each, each.account, each.to))
        if each.to:
            turned = each._replace(parts=tuple((g, c, -a) for g, c, a in each.parts))
            found.append((turned, each.to, each.account))
    return found


def table(heading: str, rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading.split(","))
    writer.writerows(rows)
    return text.getvalue().encode()


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return made.getvalue()


def database(script: str, **rows: Sequence[Sequence[Any]]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.db")
        with closing(sqlite3.connect(path)) as made:
            made.executescript(script)
            for name, values in rows.items():
                for row in values:
                    made.execute(f"INSERT INTO {name} VALUES ({','.join('?' * len(row))})", row)
            made.commit()
        return path.read_bytes()


# Actual.


def actual_zip(more: str = "") -> bytes:
    """Its database with envelopes of two months, one of which goes on while it is overspent."""
    names = {name: f"cat-{name}" for name in GROUPS}
    groups = {name: f"group-{name}" for name in ("Earnings", "Home", "Living")}
    payees = {each.payee: f"payee-{number}" for number, each in enumerate(BOOKINGS) if each.payee}
    rows: list[Sequence[Any]] = []

    def add(key: str, account: str, booking: Booking, *, child: str = "", parent: bool = False, **said: Any) -> None:
        part = said.get("part", booking.parts[0])
        amount = total(booking) if parent else part[2]
        note = " ".join(x for x in (booking.note, f"#{booking.tag}" if booking.tag else "") if x) or None
        category = None if parent else names.get(part[1])
        day = int(booking.day.replace("-", ""))
        payee = said.get("payee", payees.get(booking.payee))
        other = said.get("other")
        rows.append((key, int(parent), int(bool(child)), account, category, amount, payee, note, day, other, child, 0))

    for number, each in enumerate(BOOKINGS):
        if each.to:
            turned = each._replace(parts=(("", "", -total(each)),))
            add(f"t{number}", each.account, each, other=f"t{number}x", payee=f"to-{each.to}")
            add(f"t{number}x", each.to, turned, other=f"t{number}", payee=f"to-{each.account}")
        elif len(each.parts) > 1:
            add(f"t{number}", each.account, each, parent=True)
            for place, part in enumerate(each.parts):
                add(f"t{number}/{place}", each.account, each, child=f"t{number}", part=part)
        else:
            add(f"t{number}", each.account, each)
    for account, amount in OPENINGS.items():
        start = Booking(FIRST, account, "Starting Balance", (("", "", amount),))
        add(f"start-{account}", account, start, payee="payee-start")
    rows.append(("gone", 0, 0, "Giro", None, -999, None, None, 20251101, None, "", 1))
    script = """
        CREATE TABLE accounts (id TEXT, name TEXT, offbudget INT, closed INT, tombstone INT);
        CREATE TABLE category_groups (id TEXT, name TEXT, is_income INT, tombstone INT);
        CREATE TABLE categories (id TEXT, name TEXT, cat_group TEXT, tombstone INT);
        CREATE TABLE payees (id TEXT, name TEXT, transfer_acct TEXT, tombstone INT);
        CREATE TABLE payee_mapping (id TEXT, targetId TEXT);
        CREATE TABLE transactions (id TEXT, isParent INT, isChild INT, acct TEXT, category TEXT, amount INT,
            description TEXT, notes TEXT, date INT, transferred_id TEXT, parent_id TEXT, tombstone INT);
        CREATE TABLE zero_budgets (id TEXT, month INT, category TEXT, amount INT, carryover INT);
        CREATE TABLE rules (id TEXT, tombstone INT);
    """
    return database(
        script + more,
        accounts=[(name, name, 0, 0, 0) for name in OPENINGS],
        category_groups=[(key, name, int(name == "Earnings"), 0) for name, key in groups.items()],
        categories=[(key, name, groups[GROUPS[name]], 0) for name, key in names.items()],
        payees=[(key, name, None, 0) for name, key in payees.items()]
        + [(f"to-{name}", "", name, 0) for name in OPENINGS]
        + [("payee-start", "Starting Balance", None, 0)],
        payee_mapping=[(key, key) for key in (*payees.values(), *(f"to-{n}" for n in OPENINGS), "payee-start")],
        transactions=rows,
        zero_budgets=[
            ("1", 202511, names["Food"], 20_000, 1), ("2", 202511, names["Lease"], 80_000, 0),
            ("3", 202512, names["Food"], 20_000, 0), ("4", 202601, names["Food"], 0, 0),
        ],
        rules=[("r", 0)],
    )  # fmt: skip


def actual() -> bytes:
    return zipped(db__sqlite=actual_zip(), metadata__json=json.dumps({"id": "Our money"}).encode())


def actual_csv() -> bytes:
    rows = [
        (a, FIRST, "Starting Balance", "", "Income", "Starting Balances", cents(x), 0, "Reconciled")
        for a, x in OPENINGS.items()
    ]
    for each, account, other in sides():
        note = " ".join(x for x in (each.note, f"#{each.tag}" if each.tag else "") if x)
        if len(each.parts) > 1:
            said = f"(SPLIT INTO {len(each.parts)}) {note}"
            rows.append((account, each.day, each.payee, said, "", "", "0", cents(total(each)), "Cleared"))
        for number, (group, name, amount) in enumerate(each.parts, 1):
            part = f"(SPLIT {number} OF {len(each.parts)}) " if len(each.parts) > 1 else ""
            rows.append(
                (account, each.day, each.payee or other, part + note, group, name, cents(amount), "0", "Cleared")
            )
    return table("Account,Date,Payee,Notes,Category_Group,Category,Amount,Split_Amount,Cleared", rows)


# Applications with one row a booking.


def firefly() -> bytes:
    heading = (
        "user_id,group_id,journal_id,group_title,type,currency_code,amount,foreign_currency_code,foreign_amount,"
        "description,date,source_name,source_type,destination_name,destination_type,reconciled,category,budget,bill,tags,notes"
    )
    own, rows, number = "Asset account", [], 0

    def add(
        group: int,
        kind: str,
        amount: int,
        said: str,
        day: str,
        out: tuple[str, str],
        into: tuple[str, str],
        *more: str,
    ) -> None:
        nonlocal number
        number += 1
        moment = f"{day}T00:00:00+00:00"
        rows.append((1, group, number, "", kind, "EUR", cents(amount), "", "", said, moment, *out, *into, "", *more))

    for place, (account, amount) in enumerate(OPENINGS.items()):
        start, mine = (f'Initial balance for "{account}"', "Initial balance account"), (account, own)
        ends = (start, mine) if amount > 0 else (mine, start)
        add(1000 + place, "Opening balance", abs(amount), "Opening", FIRST, *ends, "", "", "", "", "")
    for place, each in enumerate(BOOKINGS):
        for group, name, amount in each.parts:
            more = (name, group, "", each.tag, each.note)
            if each.to:
                add(place, "Transfer", amount, f"To {each.to}", each.day, (each.account, own), (each.to, own), *more)
            elif amount < 0:
                ends = ((each.account, own), (each.payee, "Expense account"))
                add(place, "Withdrawal", amount, each.payee, each.day, *ends, *more)
            else:
                ends = ((each.payee, "Revenue account"), (each.account, own))
                add(place, "Deposit", amount, each.payee, each.day, *ends, *more)
    return table(heading, rows)


def ynab() -> bytes:
    rows = []
    for account, amount in OPENINGS.items():
        flow = ("€0.00", f"€{cents(amount)}") if amount > 0 else (f"€{cents(-amount)}", "€0.00")
        group = ("Inflow: Ready to Assign", "Inflow", "Ready to Assign") if amount > 0 else ("", "", "")
        rows.append((account, "", "11/01/2025", "Starting Balance", *group, "", *flow, "Reconciled"))
    for each, account, other in sides():
        year, month, day = each.day.split("-")
        for number, (group, name, amount) in enumerate(each.parts, 1):
            memo = (f"Split ({number}/{len(each.parts)}) " if len(each.parts) > 1 else "") + each.note
            flow = (f"€{cents(-amount)}", "€0.00") if amount < 0 else ("€0.00", f"€{cents(amount)}")
            both = (f"{group}: {name}" if group else "", group, name)
            payee = each.payee or f"Transfer : {other}"
            rows.append((account, "", f"{month}/{day}/{year}", payee, *both, memo, *flow, "Cleared"))
    heading = "Account,Flag,Date,Payee,Category Group/Category,Category Group,Category,Memo,Outflow,Inflow,Cleared"
    plan = [("Nov 2025", "Living: Food", "Living", "Food", "€200.00", "€0.00", "€157.05")]
    plan.append(("Dec 2025", "Living: Food", "Living", "Food", "€210.00", "€0.00", "€367.05"))
    months = table("Month,Category Group/Category,Category Group,Category,Assigned,Activity,Available", plan)
    return zipped(Register__csv=table(heading, rows), Plan__csv=months)


def mint() -> bytes:
    rows = []
    for account, amount in OPENINGS.items():
        kind = "credit" if amount > 0 else "debit"
        rows.append(("11/1/2025", "Starting Balance", "", cents(abs(amount)), kind, "Uncategorized", account, "", ""))
    for each, account, other in sides():
        year, month, day = each.day.split("-")
        for _, name, amount in each.parts:
            kind = "debit" if amount < 0 else "credit"
            filed = name or ("Transfer" if other else "Uncategorized")
            said = each.payee or "Transfer"
            when = f"{int(month)}/{int(day)}/{year}"
            rows.append((when, said, said.upper(), cents(abs(amount)), kind, filed, account, each.tag, each.note))
    heading = "Date,Description,Original Description,Amount,Transaction Type,Category,Account Name,Labels,Notes"
    return table(heading, rows)


def sure() -> bytes:
    rows = []
    for each, account, other in sides():
        for _, name, amount in each.parts:
            said = each.payee or f"Transfer with {other}"
            rows.append((each.day, account, cents(-amount), said, name, each.tag, each.note, "EUR"))
    kinds = {
        "Giro": "Depository,checking",
        "Reserve Savings": "Depository,savings",
        "Visa Card": "CreditCard,credit_card",
    }
    accounts = [
        (number, name, *kinds[name].split(","), BALANCES[name].lstrip("-"), "EUR", f"{FIRST}T00:00:00Z")
        for number, name in enumerate(OPENINGS)
    ]
    above = [
        (name, "#000000", group, "income" if group == "Earnings" else "expense", "x") for name, group in GROUPS.items()
    ]
    return zipped(
        transactions__csv=table("date,account_name,amount,name,category,tags,notes,currency", rows),
        accounts__csv=table("id,name,type,subtype,balance,currency,created_at", accounts),
        categories__csv=table("name,color,parent_category,classification,lucide_icon", above),
    )


def ezbookkeeping() -> bytes:
    heading = (
        "Time,Timezone,Type,Category,Sub Category,Account,Account Currency,Amount,Account2,Account2 Currency,"
        "Account2 Amount,Geographic Location,Tags,Description"
    )
    rows: list[tuple[Any, ...]] = [
        (f"{FIRST} 12:00:00", "+00:00", "Balance Modification", "", "", a, "EUR", cents(x), "", "", "", "", "", "")
        for a, x in OPENINGS.items()
    ]
    for each in BOOKINGS:
        for group, name, amount in each.parts:
            when = (f"{each.day} 12:00:00", "+00:00")
            said = (each.tag, f"{each.payee} {each.note}".strip())
            if each.to:
                out, into = (each.account, "EUR", cents(-amount)), (each.to, "EUR", cents(-amount))
                rows.append((*when, "Transfer", "Move", "Move", *out, *into, "", *said))
            else:
                kind = "Income" if group == "Earnings" else "Expense"
                shown = cents(amount if kind == "Income" else -amount)
                rows.append((*when, kind, group, name, each.account, "EUR", shown, "", "", "", "", *said))
    return table(heading, rows)


# Double entry.

BOOKS = {"Giro": "Assets:Giro", "Reserve Savings": "Assets:Reserve Savings", "Visa Card": "Liabilities:Visa Card"}


def entries() -> list[tuple[Booking, list[tuple[str, int]]]]:
    """Bookings with all their postings, opening balances among them."""
    found = []
    for account, amount in OPENINGS.items():
        start = Booking(FIRST, account, "Opening balance", ())
        found.append((start, [(BOOKS[account], amount), ("Equity:Opening Balances", -amount)]))
    for each in BOOKINGS:
        if each.to:
            other = [(BOOKS[each.to], -total(each))]
        else:
            other = [(_filed(group, name), -amount) for group, name, amount in each.parts]
        found.append((each, [(BOOKS[each.account], total(each)), *other]))
    return found


def _filed(group: str, name: str) -> str:
    if not group:
        return "Expenses:Imbalance-EUR"
    return f"Income:{group}:{name}" if group == "Earnings" else f"Expenses:{group}:{name}"


def hledger_csv() -> bytes:
    heading = (
        "txnidx,date,date2,status,code,description,comment,account,amount,commodity,credit,debit,"
        "posting-status,posting-comment"
    )
    rows = []
    for number, (each, postings) in enumerate(entries(), 1):
        comment = " ".join(x for x in (each.note, f"{each.tag}:" if each.tag else "") if x)
        for account, amount in postings:
            money = (cents(amount), "€", cents(-amount) if amount < 0 else "", cents(amount) if amount > 0 else "")
            said = each.payee or "transfer"
            rows.append((number, each.day, "", "*", "", said, comment, account.lower(), *money, "", ""))
    return table(heading, rows)


def hledger() -> bytes:
    lines = ["; our money", "commodity €1,000.00", "account assets  ; type: A", ""]
    for number, (each, postings) in enumerate(entries()):
        comment = " ".join(x for x in (each.note, f"{each.tag}:" if each.tag else "") if x)
        lines.append(
            f"{each.day.replace('-', '/')} * {each.payee or 'transfer'}" + (f"  ; {comment}" if comment else "")
        )
        for place, (account, amount) in enumerate(postings):
            is_left = place == len(postings) - 1 and number % 2
            lines.append(f"    {account.lower()}" + ("" if is_left else f"    €{cents(amount)}"))
        lines.append("")
    return "\n".join(lines).encode()


def beancount() -> bytes:
    def name(account: str) -> str:
        return account.replace(" ", "")

    lines = ['option "operating_currency" "EUR"', "* A heading", ""]
    lines += [f"2025-01-01 open {name(account)} EUR" for account in BOOKS.values()]
    for each, postings in entries():
        said = each.note.replace('"', '\\"')
        lines.append(f'{each.day} * "{each.payee}" "{said}"' + (f" #{each.tag}" if each.tag else ""))
        lines += [f"  {name(account)}  {cents(amount)} EUR" for account, amount in postings]
    lines.append("2025-12-31 balance Assets:Giro  565.00 EUR")
    return "\n".join(lines).encode()


def gnucash_csv() -> bytes:
    heading = (
        "Date,Transaction ID,Number,Description,Notes,Commodity/Currency,Void Reason,Action,Memo,Full Account Name,"
        "Account Name,Amount With Sym,Amount Num.,Value With Sym,Value Num.,Reconcile,Reconcile Date,Rate/Price"
    )
    rows = []
    for number, (each, postings) in enumerate(entries()):
        for account, amount in postings:
            short, shown = account.rpartition(":")[2], f"{Decimal(amount).scaleb(-2):,.2f}"
            said = (each.day, f"{number:032x}", "", each.payee or "Transfer", each.note, "CURRENCY::EUR", "", "", "")
            rows.append((*said, account, short, f"€{shown}", shown, f"€{shown}", shown, "c", "", "1.00"))
    return table(heading, rows)


def _books() -> tuple[dict[str, str], dict[str, tuple[str, str, str]]]:
    """Guids by full name, and name, type and parent by guid."""
    guids, accounts = {"": "root"}, dict[str, tuple[str, str, str]]()
    types = {"Giro": "BANK", "Reserve Savings": "BANK", "Visa Card": "CREDIT"}
    roots = {
        "Assets": "ASSET",
        "Liabilities": "LIABILITY",
        "Income": "INCOME",
        "Expenses": "EXPENSE",
        "Equity": "EQUITY",
    }
    for _, postings in entries():
        for full, _ in postings:
            parts = full.split(":")
            for depth in range(1, len(parts) + 1):
                here, above = ":".join(parts[:depth]), ":".join(parts[: depth - 1])
                if here not in guids:
                    guids[here] = f"a{len(guids)}"
                    accounts[guids[here]] = (
                        parts[depth - 1],
                        types.get(parts[depth - 1], roots[parts[0]]),
                        guids[above],
                    )
    return guids, accounts


def gnucash_sqlite() -> bytes:
    guids, accounts = _books()
    bookings, splits, notes = [], list[Sequence[Any]](), []
    for number, (each, postings) in enumerate(entries()):
        bookings.append((f"x{number}", "eur", "", f"{each.day} 10:59:00", each.payee or "Transfer"))
        notes.append((f"x{number}", "notes", each.note))
        for place, (account, amount) in enumerate(postings):
            splits.append((f"s{number}.{place}", f"x{number}", guids[account], "", "c", amount, 100, amount, 100))
    script = """
        CREATE TABLE commodities (guid TEXT, namespace TEXT, mnemonic TEXT);
        CREATE TABLE accounts (guid TEXT, name TEXT, account_type TEXT, commodity_guid TEXT, parent_guid TEXT,
            hidden INT);
        CREATE TABLE transactions (guid TEXT, currency_guid TEXT, num TEXT, post_date TEXT, description TEXT);
        CREATE TABLE slots (obj_guid TEXT, name TEXT, string_val TEXT);
        CREATE TABLE splits (guid TEXT, tx_guid TEXT, account_guid TEXT, memo TEXT, reconcile_state TEXT,
            value_num INT, value_denom INT, quantity_num INT, quantity_denom INT);
    """
    return database(
        script,
        commodities=[("eur", "CURRENCY", "EUR")],
        accounts=[("root", "Root Account", "ROOT", None, None, 0)]
        + [(guid, name, kind, "eur", above, 0) for guid, (name, kind, above) in accounts.items()],
        transactions=bookings,
        slots=notes,
        splits=splits,
    )


def gnucash_xml() -> bytes:
    guids, accounts = _books()
    spaces = " ".join(
        f'xmlns:{n}="http://www.gnucash.org/XML/{n}"' for n in ("gnc", "act", "trn", "split", "cmdty", "ts", "slot")
    )
    lines = [f'<?xml version="1.0" encoding="utf-8" ?>\n<gnc-v2 {spaces}>\n<gnc:book version="2.0.0">']
    unit = "<cmdty:space>CURRENCY</cmdty:space><cmdty:id>EUR</cmdty:id>"
    lines.append(
        "<gnc:account><act:name>Root Account</act:name><act:id>root</act:id><act:type>ROOT</act:type></gnc:account>"
    )
    for guid, (name, kind, above) in accounts.items():
        lines.append(
            f"<gnc:account><act:name>{name}</act:name><act:id>{guid}</act:id><act:type>{kind}</act:type>"
            f"<act:commodity>{unit}</act:commodity><act:parent>{above}</act:parent></gnc:account>"
        )
    for number, (each, postings) in enumerate(entries()):
        payee, note = (text.replace("&", "&amp;") for text in (each.payee or "Transfer", each.note))
        slots = f"<slot><slot:key>notes</slot:key><slot:value type='string'>{note}</slot:value></slot>" if note else ""
        splits = "".join(
            f"<trn:split><split:id>s{number}.{place}</split:id><split:reconciled-state>n</split:reconciled-state>"
            f"<split:value>{amount}/100</split:value><split:quantity>{amount}/100</split:quantity>"
            f"<split:account>{guids[account]}</split:account></trn:split>"
            for place, (account, amount) in enumerate(postings)
        )
        lines.append(
            f"<gnc:transaction><trn:id>x{number}</trn:id><trn:date-posted><ts:date>{each.day} 10:59:00 +0000</ts:date>"
            f"</trn:date-posted><trn:description>{payee}</trn:description><trn:slots>{slots}</trn:slots>"
            f"<trn:splits>{splits}</trn:splits></gnc:transaction>"
        )
    return gzip.compress("\n".join([*lines, "</gnc:book></gnc-v2>"]).encode())


def qif() -> bytes:
    kinds = {"Giro": "Bank", "Reserve Savings": "Bank", "Visa Card": "CCard"}
    lines = ["!Option:AutoSwitch", "!Account"]
    for account, kind in kinds.items():
        lines += [f"N{account}", f"T{kind}", "^"]
    lines.append("!Clear:AutoSwitch")
    for account, kind in kinds.items():
        lines += ["!Account", f"N{account}", f"T{kind}", "^", f"!Type:{kind}"]
        lines += ["D11/01'25", f"T{cents(OPENINGS[account])}", "POpening Balance", f"L[{account}]", "^"]
        for each, here, other in sides():
            if here != account:
                continue
            year, month, day = each.day.split("-")
            lines += [f"D{month}/{day}'{year[2:]}", f"T{cents(total(each))}", f"P{each.payee or 'Transfer'}"]
            lines += [f"M{each.note}"] if each.note else []
            if other:
                lines.append(f"L[{other}]")
            elif len(each.parts) > 1:
                for group, name, amount in each.parts:
                    lines += [f"S{group}:{name}", f"${cents(amount)}"]
            elif each.parts[0][0]:
                lines.append(f"L{each.parts[0][0]}:{each.parts[0][1]}" + (f"/{each.tag}" if each.tag else ""))
            lines.append("^")
    return "\n".join(lines).encode()


def mmex() -> bytes:
    """One file an account, and no opening balances: they are given by a row that says so."""
    files, number = {}, 0
    for account in OPENINGS:
        rows = []
        for each, here, other in sides():
            if here != account:
                continue
            for group, name, amount in each.parts:
                number += 1
                kind = "Transfer" if other else "Withdrawal" if amount < 0 else "Deposit"
                payee = f"> {other}" if other else each.payee
                filed = f"{group}:{name}" if group else ""
                rows.append((number, each.day, "R", kind, account, payee, filed, cents(amount), "EUR", "", each.note))
        heading = "ID,Date,Status,Type,Account,Payee,Category,Amount,Currency,Number,Notes"
        files[f"{account.replace(' ', '')}__csv"] = table(heading, rows)
    return zipped(**files)


class Format(NamedTuple):
    """``loses`` are words for what the format cannot say: groups, tags, notes, openings, splits."""

    make: Callable[[], bytes]
    source: str
    loses: str = ""


FORMATS = {
    "actual": Format(actual, "Actual"),
    "actual csv": Format(actual_csv, "Actual"),
    "firefly": Format(firefly, "Firefly III"),
    "ynab": Format(ynab, "YNAB", "tags"),
    "mint": Format(mint, "Mint", "groups splits"),
    "sure": Format(sure, "Sure", "splits"),
    "ezbookkeeping": Format(ezbookkeeping, "ezBookkeeping", "splits notes"),
    "mmex": Format(mmex, "Money Manager Ex", "openings tags splits"),
    "hledger csv": Format(hledger_csv, "hledger"),
    "hledger": Format(hledger, "hledger"),
    "beancount": Format(beancount, "beancount"),
    "gnucash csv": Format(gnucash_csv, "GnuCash", "tags"),
    "gnucash sqlite": Format(gnucash_sqlite, "GnuCash", "tags"),
    "gnucash xml": Format(gnucash_xml, "GnuCash", "tags"),
    "qif": Format(qif, "QIF"),
}


def sent(name: str) -> list[SentFile]:
    """The file of a format, under a name that tells nothing."""
    return [SentFile("export", FORMATS[name].make())]
