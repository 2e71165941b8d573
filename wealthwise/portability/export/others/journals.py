"""Journals of hledger and beancount: one booking a row, one for both sides of a transfer."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Final

from accounts.models import User
from wealthwise.core.progress import Advance
from wealthwise.portability.export.others.bookings import OutAccount, OutLedger, OutRow, lines_of, out_of

_OPENING: Final = "Equity:Opening Balances"
_NOWHERE: Final = "Expenses:Unknown"


def write_hledger(user: User, file: IO[bytes], advance: Advance) -> None:
    file.writelines(lines_of(_hledger(out_of(user, advance))))


def _root(account: OutAccount) -> str:
    return "Liabilities" if account.kind == "credit" else "Assets"


def _filed(row: OutRow) -> str:
    """Where the other side of a row is booked, in names that a journal can hold."""
    if not row.subcategory:
        return _NOWHERE
    parts = (" ".join(re.sub(r"[:;()\[\]]", " ", part).split()) or "-" for part in (row.category, row.subcategory))
    return ":".join(["Income" if row.is_income else "Expenses", *parts])


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[;|]", ",", text).split())


def _hledger(ledger: OutLedger) -> Iterator[str]:
    yield "decimal-mark ."
    for account in ledger.accounts:
        kind = "L" if account.kind == "credit" else "A"
        yield f"account {_root(account)}:{account.name}  ; type:{kind}"
    for account in ledger.accounts:
        if account.opening:
            yield f"\n{account.opened_on} * Opening balance"
            yield f"    {_root(account)}:{account.name}  {account.opening:.2f} {ledger.currency}"
            yield f"    {_OPENING}  {-account.opening:.2f} {ledger.currency}"
    for row in ledger.rows:
        if not row.is_first:
            continue
        # A word with a colon behind it would be read as a tag.
        note = re.sub(r":(?=\s|$|\S)", "-", _one_line(row.note))
        comment = ", ".join([*([note] if note else []), *(f"{re.sub(r'[\s:,]+', '-', tag)}:" for tag in row.tags)])
        yield f"\n{row.day} * {_one_line(row.payee)}" + (f"  ; {comment}" if comment else "")
        yield f"    {_root(row.account)}:{row.account.name}  {row.amount:.2f} {ledger.currency}"
        other = f"{_root(row.other)}:{row.other.name}" if row.other else _filed(row)
        yield f"    {other}  {-row.amount:.2f} {ledger.currency}"


# beancount: names of accounts are one word a level.


def write_beancount(user: User, file: IO[bytes], advance: Advance) -> None:
    file.writelines(lines_of(_beancount(out_of(user, advance))))


def _word(text: str) -> str:
    word = re.sub(r"[^\w]+|_", "-", text).strip("-") or "X"
    return word[:1].upper() + word[1:] if word[:1].isalpha() else f"N{word}"


def _text(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Words:
    """Each name as one word, told apart where two would be the same."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.used: set[str] = set()

    def of(self, name: str) -> str:
        if name not in self.known:
            plain = word = ":".join(map(_word, name.split(":")))
            number = 1
            while word in self.used:
                number += 1
                word = f"{plain}-{number}"
            self.known[name] = word
            self.used.add(word)
        return self.known[name]


def _beancount(ledger: OutLedger) -> Iterator[str]:
    words, currency = _Words(), ledger.currency
    begun = min((account.opened_on for account in ledger.accounts), default=None)
    yield f'option "operating_currency" "{currency}"'
    for account in ledger.accounts:
        yield f"{account.opened_on} open {words.of(f'{_root(account)}:{account.name}')} {currency}"
    if begun:
        others = {_OPENING, *(_filed(row) for row in ledger.rows if not row.other)}
        for name in sorted(others):
            yield f"{begun} open {words.of(name)}"
    for account in ledger.accounts:
        if account.opening:
            yield f'\n{account.opened_on} * "Opening balance"'
            yield f"  {words.of(f'{_root(account)}:{account.name}')}  {account.opening:.2f} {currency}"
            yield f"  {words.of(_OPENING)}  {-account.opening:.2f} {currency}"
    for row in ledger.rows:
        if not row.is_first:
            continue
        tags = "".join(f" #{re.sub(r'[^A-Za-z0-9_/.-]+', '-', tag).strip('-') or 'tag'}" for tag in row.tags)
        day = max(row.day, row.other.opened_on) if row.other else row.day
        yield f"\n{day} * {_text(row.payee)} {_text(row.note)}{tags}"
        yield f"  {words.of(f'{_root(row.account)}:{row.account.name}')}  {row.amount:.2f} {currency}"
        other = f"{_root(row.other)}:{row.other.name}" if row.other else _filed(row)
        yield f"  {words.of(other)}  {-row.amount:.2f} {currency}"
    for account in ledger.accounts:
        if account.closed_on:
            yield f"\n{account.closed_on + timedelta(days=2)} close {words.of(f'{_root(account)}:{account.name}')}"
