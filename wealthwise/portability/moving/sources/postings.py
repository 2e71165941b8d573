"""Double entry made to rows of accounts: GnuCash, hledger and beancount all keep their books so."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from wealthwise.core.money import ZERO
from wealthwise.portability.moving.sources.model import NOWHERE, Filing, SourceLedger, SourceRow, take_openings
from wealthwise.portability.moving.sources.tables import kind_by_name

type Side = Literal["own", "income", "expense", "equity"]

# What the roots of a chart of accounts are called, in small letters.
_NAMES: Final[tuple[tuple[Side, str], ...]] = (
    (
        "own",
        "asset assets liability liabilities debt debts bank cash aktiva aktiven vermögen fremdkapital passiva "
        "verbindlichkeiten actif actifs passif passifs dettes activo activos pasivo pasivos attività passività "
        "ativo ativos passivo passivos activa schulden",
    ),
    (
        "income",
        "income incomes revenue revenues ertrag erträge einnahmen revenus recettes ingresos entrate receitas "
        "inkomsten opbrengsten",
    ),
    (
        "expense",
        "expense expenses aufwand aufwendungen ausgaben dépenses charges gastos egresos uscite spese despesas "
        "uitgaven kosten imbalance-usd imbalance-eur imbalance-gbp",
    ),
    ("equity", "equity capital eigenkapital anfangsbestand capitaux patrimonio kapitaal"),
)
ROOTS: Final[dict[str, Side]] = {name: side for side, names in _NAMES for name in names.split()}
_LEAST: Final = Decimal("0.005")
_OPENING: Final = ("opening", "anfangs", "ouverture", "apertura", "abertura", "begin")
_UNKNOWN: Final = ("imbalance", "orphan", "unknown", "uncategorized", "uncategorised", "ausgleichskonto")


@dataclass(slots=True)
class BookPosting:
    """``amount`` in the account's own ``currency``, ``value`` in that of the booking."""

    account: str
    amount: Decimal
    currency: str = ""
    value: Decimal | None = None
    note: str = ""
    cleared: str = ""
    key: str = ""

    @property
    def weight(self) -> Decimal:
        return self.amount if self.value is None else self.value


@dataclass(slots=True)
class BookEntry:
    day: date
    payee: str
    note: str = ""
    tags: tuple[str, ...] = ()
    cleared: str = ""
    key: str = ""
    postings: list[BookPosting] = field(default_factory=list)


@dataclass(slots=True)
class ChartOfAccounts:
    """Which accounts of a set of books are the person's own, and what the others mean.

    ``sides`` and ``kinds`` are what the books themselves declare, by account; else the root of the name tells.
    """

    separator: str = ":"
    sides: dict[str, Side] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    unknown: Counter[str] = field(default_factory=Counter)

    def side(self, account: str) -> Side | None:
        name = account
        while name:
            if name in self.sides:
                return self.sides[name]
            name = name.rpartition(self.separator)[0]
        root = account.split(self.separator, maxsplit=1)[0].strip().lower()
        found = ROOTS.get(root) or ("expense" if root.startswith(_UNKNOWN) else None)
        if found is None:
            self.unknown[account.split(self.separator, maxsplit=1)[0]] += 1
        return found

    def filing(self, account: str) -> Filing:
        """The category of an account of income or expenses: its name below the root."""
        parts = [part.strip() for part in account.split(self.separator) if part.strip()]
        side = self.side(account)
        if side not in ("income", "expense") or any(word in parts[-1].lower() for word in _UNKNOWN):
            return NOWHERE
        if len(parts) < 3:
            return parts[0], parts[-1]
        return parts[1], self.separator.join(parts[2:])


def book(ledger: SourceLedger, chart: ChartOfAccounts, entries: Iterable[BookEntry], home: str) -> None:
    """The rows of entries, with transfers and opening balances; ``home`` is the currency that they are kept in.

    Every own account gets exactly what is posted to it. What is in another currency or a security stays outside.
    """
    openings = list[SourceRow]()
    for number, entry in enumerate(entries, 1):
        own, others = list[BookPosting](), list[BookPosting]()
        for posting in entry.postings:
            is_own = chart.side(posting.account) == "own"
            if is_own and posting.currency not in ("", home):
                ledger.has_no_place[f"amounts in {posting.currency} in {posting.account}"] += 1
                is_own = False
            (own if is_own else others).append(posting)
        if not own:
            if entry.postings:
                ledger.has_no_place["bookings that touch no account of money in the currency"] += 1
            continue
        if abs(sum((p.amount for p in own), ZERO) + sum((p.weight for p in others), ZERO)) >= _LEAST:
            ledger.notes.append(f"{entry.day} {entry.payee}: the sides do not add up; the rest is filed nowhere.")
        made = _Rows(entry, chart, entry.key or f"entry {number}").of(own, others)
        ledger.rows += made
        if _is_opening(chart, own, others):
            openings += made
    for row in ledger.rows:
        ledger.account(row.account, currency=home)
    take_openings(ledger, openings)
    _name(ledger, chart)


def _is_opening(chart: ChartOfAccounts, own: list[BookPosting], others: list[BookPosting]) -> bool:
    """Against nothing but opening balances."""
    return bool(others) and all(
        chart.side(each.account) == "equity" and any(word in each.account.lower() for word in _OPENING)
        for each in others
    )


@dataclass(slots=True)
class _Rows:
    entry: BookEntry
    chart: ChartOfAccounts
    key: str
    made: list[SourceRow] = field(default_factory=list)

    def of(self, own: list[BookPosting], others: list[BookPosting]) -> list[SourceRow]:
        """Each other posting against the own account that pays for it; what is left between own accounts is
        transferred.
        """
        left = defaultdict[str, Decimal](Decimal)
        first = dict[str, BookPosting]()
        for posting in own:
            left[posting.account] += posting.amount
            first.setdefault(posting.account, posting)
        for other in others:
            # The one that has the most left of the sign that this takes away.
            payer = max(left, key=lambda name: left[name] * (-1 if other.weight > 0 else 1))
            left[payer] -= -other.weight
            self._add(first[payer], -other.weight, other)
        self._transfer(left, first)
        for name, rest in left.items():
            mine = [row for row in self.made if row.account == name]
            if mine and abs(rest) < _LEAST:
                mine[-1].amount += rest  # what a price leaves of a cent
            elif rest:
                self._add(first[name], rest, None)
        if sum(not row.transfer for row in self.made) > 1:
            for row in self.made:
                row.split = "" if row.transfer else self.key
        return self.made

    def _add(self, posting: BookPosting, amount: Decimal, other: BookPosting | None) -> SourceRow:
        entry, filing = self.entry, self.chart.filing(other.account) if other else NOWHERE
        notes = [entry.note, posting.note, other.note if other else ""]
        note = ". ".join(dict.fromkeys(part for part in notes if part))
        row = SourceRow(posting.account, entry.day, amount, entry.payee, note, filing, entry.tags)
        row.cleared = posting.cleared or entry.cleared
        row.key = f"{entry.key} {len(self.made)}" if entry.key else ""
        self.made.append(row)
        return row

    def _transfer(self, left: dict[str, Decimal], first: dict[str, BookPosting]) -> None:
        while True:
            out = min(left, key=lambda name: left[name])
            into = max(left, key=lambda name: left[name])
            amount = min(-left[out], left[into])
            if amount <= 0:
                return
            number = len(self.made)
            for name, signed in ((out, -amount), (into, amount)):
                self._add(first[name], signed, None).transfer = f"{self.key} {number}"
                left[name] -= signed


def _name(ledger: SourceLedger, chart: ChartOfAccounts) -> None:
    """The last part of each account's name where no other has it, else more of it."""
    parts = {key: [part.strip() for part in key.split(chart.separator)] for key in ledger.accounts}
    last = Counter(names[-1].lower() for names in parts.values())
    for key, account in ledger.accounts.items():
        names = parts[key]
        account.name = names[-1] if last[names[-1].lower()] == 1 else chart.separator.join(names[1:] or names)
        account.kind = chart.kinds.get(key) or kind_by_name(*names[1:]) or ("other" if len(names) > 1 else "")
        account.is_closed = key in chart.closed
    for filing in {row.filing for row in ledger.rows if row.filing != NOWHERE}:
        ledger.filings.append(filing)


def tell_income(ledger: SourceLedger, chart: ChartOfAccounts, entries: Iterable[BookEntry]) -> None:
    """Categories of accounts of income are income."""
    for entry in entries:
        for posting in entry.postings:
            if (filing := chart.filing(posting.account)) != NOWHERE:
                ledger.is_income.setdefault(filing[0], chart.side(posting.account) == "income")
