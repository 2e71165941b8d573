"""The CSV of Actual and of Firefly III, and QIF with all accounts."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Final

from accounts.models import User
from wealthwise.core.progress import Advance
from wealthwise.portability.export.others.bookings import OutLedger, OutRow, lines_of, out_of

_ACTUAL: Final = (
    "Account", "Date", "Payee", "Notes", "Category_Group", "Category", "Amount", "Split_Amount", "Cleared",
)  # fmt: skip
_FIREFLY: Final = (
    "group_id", "journal_id", "type", "currency_code", "amount", "foreign_currency_code", "foreign_amount",
    "description", "date", "source_name", "source_type", "destination_name", "destination_type", "reconciled",
    "category", "budget", "bill", "tags", "notes",
)  # fmt: skip
_OWN: Final = "Asset account"
_KINDS: Final = {"cash": "Cash", "credit": "CCard", "investment": "Oth A", "other": "Oth A"}


def _as_csv(file: IO[bytes], rows: Iterable[Sequence[Any]]) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    csv.writer(text, lineterminator="\n").writerows(rows)
    text.detach()


def write_actual(user: User, file: IO[bytes], advance: Advance) -> None:
    _as_csv(file, _actual(out_of(user, advance)))


def _actual(ledger: OutLedger) -> Iterator[Sequence[Any]]:
    yield _ACTUAL
    for account in ledger.accounts:
        if account.opening:
            amount = f"{account.opening:.2f}"
            start = ("Income", "Starting Balances", amount, "0", "Cleared")
            yield (account.name, account.opened_on, "Starting Balance", "", *start)
    for row in ledger.rows:
        words = [row.note, *(f"#{re.sub(r'\s+', '-', tag)}" for tag in row.tags)]
        payee = row.other.name if row.other else row.payee
        note = " ".join(word for word in words if word)
        filed = ("", "") if row.other else (row.category, row.subcategory)
        yield (row.account.name, row.day, payee, note, *filed, f"{row.amount:.2f}", "0", "Cleared")


def write_firefly(user: User, file: IO[bytes], advance: Advance) -> None:
    _as_csv(file, _firefly(out_of(user, advance)))


def _firefly(ledger: OutLedger) -> Iterator[Sequence[Any]]:
    yield _FIREFLY
    for number, account in enumerate(ledger.accounts, 1):
        if account.opening:
            mine, start = (account.name, _OWN), (f'Initial balance for "{account.name}"', "Initial balance account")
            ends = (*start, *mine) if account.opening > 0 else (*mine, *start)
            amount = f"{abs(account.opening):.2f}"
            said = (ledger.currency, amount, "", "", "Opening balance", account.opened_on, *ends)
            yield (f"o{number}", f"o{number}", "Opening balance", *said, "", "", "", "", "", "")
    for row in ledger.rows:
        if row.is_first:
            yield _firefly_row(ledger, row)


def _firefly_row(ledger: OutLedger, row: OutRow) -> Sequence[Any]:
    mine, theirs = (row.account.name, _OWN), (row.payee, "Expense account" if row.amount < 0 else "Revenue account")
    kind = "Withdrawal" if row.amount < 0 else "Deposit"
    if row.other:
        kind, theirs = "Transfer", (row.other.name, _OWN)
    ends = (*mine, *theirs) if row.amount < 0 else (*theirs, *mine)
    sign = "-" if kind != "Deposit" else ""
    filed = ("", "") if row.other else (row.subcategory, row.category)
    said = (ledger.currency, f"{sign}{abs(row.amount):.2f}", "", "", row.payee, row.day, *ends)
    return (row.number, row.number, kind, *said, "", *filed, "", ",".join(row.tags), row.note)


# QIF.


def write_qif(user: User, file: IO[bytes], advance: Advance) -> None:
    file.writelines(lines_of(_qif(out_of(user, advance))))


def _qif(ledger: OutLedger) -> Iterator[str]:
    yield "!Option:AutoSwitch"
    yield "!Account"
    for account in ledger.accounts:
        yield from (f"N{account.name}", f"T{_KINDS.get(account.kind, 'Bank')}", "^")
    yield "!Clear:AutoSwitch"
    rows = ledger.by_account()
    for account in ledger.accounts:
        kind = _KINDS.get(account.kind, "Bank")
        yield from ("!Account", f"N{account.name}", f"T{kind}", "^", f"!Type:{kind}")
        if account.opening:
            yield from (f"D{account.opened_on:%m/%d/%Y}", f"T{account.opening:.2f}", "POpening Balance")
            yield from (f"L[{account.name}]", "^")
        for row in rows[account.name]:
            yield from _qif_row(row)


def _qif_row(row: OutRow) -> Iterator[str]:
    yield f"D{row.day:%m/%d/%Y}"
    yield f"T{row.amount:.2f}"
    yield f"P{' '.join(row.payee.split())}"
    if row.note:
        yield f"M{' '.join(row.note.split())}"
    if row.other:
        yield f"L[{row.other.name}]"
    elif row.subcategory:
        group, name = (re.sub(r"[:/\[\]]", " ", part).strip() or "-" for part in (row.category, row.subcategory))
        tags = ":".join(re.sub(r"[:/]", "-", tag) for tag in row.tags)
        yield f"L{group}:{name}" + (f"/{tags}" if tags else "")
    yield "^"
