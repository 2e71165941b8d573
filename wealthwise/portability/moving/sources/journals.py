"""hledger and Ledger: what ``hledger print`` writes as CSV, and the text of a journal."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from transactions.importing.formats.values import style_of_numbers
from wealthwise.core.money import ZERO
from wealthwise.portability.moving.sources.model import NotMovable, SourceLedger
from wealthwise.portability.moving.sources.postings import (
    BookEntry,
    BookPosting,
    ChartOfAccounts,
    Side,
    book,
    tell_income,
)
from wealthwise.portability.moving.sources.tables import SourceTable, amounts_of, days_of

NAME: Final = "hledger"
COLUMNS: Final = ("txnidx", "date", "description", "account", "amount", "commodity")
_STATES: Final = {"*": "cleared", "!": ""}
_TAG: Final = re.compile(r"(?:^|(?<=[\s,]))([^\s:,]+):(?:\s+|$)?([^,]*)")
_HEAD: Final = re.compile(
    r"(?P<day>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:=\S+)?\s*(?P<state>[*!])?\s*(?:\((?P<number>[^)]*)\))?\s*(?P<said>.*)"
)
_AMOUNT: Final = re.compile(
    r"(?P<sign1>-?)\s*(?P<left>\"[^\"]+\"|[^\s\d\-.,;@={}\"]*)\s*(?P<sign2>[-+]?)\s*(?P<number>\d[\d.,' ]*|\.\d+)"
    r"\s*(?P<right>\"[^\"]+\"|[^\s\d\-.,;@={}\"]*)"
)
_TYPES: Final[dict[str, Side]] = {
    "a": "own", "asset": "own", "l": "own", "liability": "own", "c": "own", "cash": "own", "e": "equity",
    "equity": "equity", "r": "income", "revenue": "income", "income": "income", "x": "expense", "expense": "expense",
    "v": "equity", "conversion": "equity",
}  # fmt: skip
_BOOKING: Final = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[^\n]*\n(?:[ \t]+;[^\n]*\n)*[ \t]+\S", re.MULTILINE)
_REFUSED: Final = ("include", "alias", "apply", "capture", "bucket", "year", "Y", "tag", "payee", "end")


def currency_of(commodity: str) -> str:
    """A commodity without the quotes that some names need."""
    return commodity.strip().strip('"')


def day_of(text: str, line: int) -> date:
    """The day at the beginning of a line. Raises NotMovable for one that no calendar has."""
    try:
        return date.fromisoformat("-".join(part.zfill(2) for part in re.split(r"[-/.]", text)))
    except ValueError as error:
        raise NotMovable(f"Line {line}: “{text}” is no day.") from error


def tags_of(comment: str) -> tuple[str, tuple[str, ...]]:
    """A comment without its tags, and the tags. What a tag says stays in the comment: here a tag is a word alone."""
    tags = list[str]()

    def told(match: re.Match[str]) -> str:
        if match[1].startswith("//") or match[2].startswith("//"):
            return match[0]  # an address
        tags.append(match[1])
        return f"{match[1]}: {match[2].strip()}" if match[2].strip() else ""

    kept = _TAG.sub(told, comment)
    return " ".join(kept.replace(" ,", ",").split()).strip(" ,"), tuple(tags)


def read_table(table: SourceTable) -> SourceLedger:
    """One row a posting."""
    ledger, chart = SourceLedger(NAME), ChartOfAccounts()
    amounts = amounts_of(table.column("amount"), "amount")
    days = days_of(table.column("date"), month_first=False, notes=ledger.notes)
    entries = dict[str, BookEntry]()
    for record, amount, day in zip(table.records(), amounts, days, strict=True):
        note, tags = tags_of(record["comment"])
        entry = entries.setdefault(
            record["txnidx"], BookEntry(day, record["description"], note, tags, _STATES.get(record["status"], ""))
        )
        account = record["account"]
        if account[:1] in "([":
            ledger.has_no_place["virtual postings"] += 1
            continue
        said, more = tags_of(record["posting-comment"])
        entry.tags += tuple(tag for tag in more if tag not in entry.tags)
        entry.postings.append(BookPosting(account, amount, currency_of(record["commodity"]), None, said))
    return booked(ledger, chart, list(entries.values()))


def booked(ledger: SourceLedger, chart: ChartOfAccounts, entries: list[BookEntry]) -> SourceLedger:
    """Rows of the entries, kept in the currency that most postings to own accounts are in."""
    counts = Counter(p.currency for e in entries for p in e.postings if chart.side(p.account) == "own" and p.currency)
    home = counts.most_common(1)[0][0] if counts else ""
    book(ledger, chart, entries, home)
    if chart.unknown:
        raise NotMovable(
            f"Nothing says whether these hold your money: {', '.join(sorted(chart.unknown)[:5])}. "
            "Accounts begin with assets, liabilities, equity, income or expenses, or are declared with a type."
        )
    tell_income(ledger, chart, entries)
    return ledger


# The text of a journal.


def looks_like(text: str) -> bool:
    """A day at the beginning of a line, and an indented posting below."""
    return _BOOKING.search(text) is not None


@dataclass(slots=True)
class _Journal:
    ledger: SourceLedger
    chart: ChartOfAccounts
    styles: tuple[str, str]
    default: str = ""
    entries: list[BookEntry] = field(default_factory=list)
    elided: list[BookPosting | None] = field(default_factory=list)
    line: int = 0

    def amount(self, text: str) -> tuple[Decimal, str]:
        """A quantity and its commodity. Raises NotMovable."""
        text = " ".join(text.split())  # the pattern costs the square of the space in it
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise NotMovable(f"Line {self.line}: “{text[:60]}” is no amount.")
        decimal, group = self.styles
        digits = found["number"].replace(group, "").replace(" ", "").replace("'", "").replace(decimal, ".")
        if digits.count(".") > 1 or "," in digits:
            raise NotMovable(f"Line {self.line}: “{text[:60]}” can be read in two ways.")
        is_out = (found["sign1"] == "-") != (found["sign2"] == "-")
        commodity = currency_of(found["left"] or found["right"]) or self.default
        return Decimal(digits) * (-1 if is_out else 1), commodity


def read_text(text: str) -> SourceLedger:
    """Journals of hledger and Ledger without directives that change what is read. Raises NotMovable with a line."""
    numbers = re.findall(r"(?<=[ \t])(?:[^\s\d\-;]{0,4})-?(\d[\d.,']*)", text)
    style = style_of_numbers(numbers[:5000])
    journal = _Journal(SourceLedger(NAME), ChartOfAccounts(), (style.decimal, style.thousands))
    is_comment = False
    for number, raw in enumerate(text.splitlines(), 1):
        journal.line = number
        if is_comment or re.match(r"(comment|test)\b", raw):
            is_comment = not raw.startswith("end ")
            continue
        _line(journal, raw.rstrip())
    _close(journal)
    return booked(journal.ledger, journal.chart, journal.entries)


def _line(journal: _Journal, line: str) -> None:
    if not line.strip() or line[:1] in ";#*%|":
        return
    if line[0] in " \t":
        if journal.entries and journal.elided:
            _posting(journal, line.strip())
        return
    _close(journal)
    if head := _HEAD.match(line):
        said, _, comment = head["said"].partition(";")
        note, tags = tags_of(comment)
        day = day_of(head["day"], journal.line)
        payee, _, more = said.partition("|")
        told = ". ".join(part for part in (more.strip(), note) if part)
        journal.entries.append(BookEntry(day, payee.strip(), told, tags, _STATES.get(head["state"] or "", "")))
        journal.elided = [None]
        return
    _directive(journal, line)


def _directive(journal: _Journal, line: str) -> None:
    word = line.split(maxsplit=1)[0]
    if word == "account":
        name, _, comment = line[len("account") :].strip().partition(";")
        kind = re.search(r"type:\s*(\w+)", comment)
        if kind and (side := _TYPES.get(kind[1].lower())):
            journal.chart.sides[re.split(r"\s{2,}", name.strip())[0]] = side
    elif word == "D":
        journal.default = journal.amount(line[1:])[1]
    elif word in ("~", "="):
        journal.ledger.has_no_place["rules for periodic and automated bookings"] += 1
    elif word == "P":
        journal.ledger.has_no_place["prices"] += 1
    elif word[0].isdigit():
        raise NotMovable(
            f"Line {journal.line}: “{word}” is no day with its year. Write the journal out whole with "
            "“hledger print > whole.journal”, and send that."
        )
    elif word in _REFUSED or re.fullmatch(r"Y\d+", word):
        raise NotMovable(
            f"Line {journal.line}: “{word}” changes what the journal says. Write it out whole with "
            "“hledger print -O csv” or “hledger print > whole.journal”, and send that."
        )


def _posting(journal: _Journal, line: str) -> None:
    entry = journal.entries[-1]
    body, _, comment = line.partition(";")
    note, tags = tags_of(comment.strip())
    entry.tags += tuple(tag for tag in tags if tag not in entry.tags)
    if not body.strip():
        entry.note = ". ".join(part for part in (entry.note, note) if part)
        return
    if state := re.match(r"([*!])\s+", body):
        body = body[state.end() :]
    name, *rest = re.split(r"\s{2,}|\t+", body.strip(), maxsplit=1)
    if name[:1] in "([":
        journal.ledger.has_no_place["virtual postings"] += 1
        return
    written = rest[0].strip() if rest else ""
    posting = BookPosting(name, ZERO, note=note, cleared=_STATES.get(state[1], "") if state else "")
    written, _, asserted = written.partition("=")
    if written.strip():
        _value(journal, posting, written)
    elif asserted.strip():
        raise NotMovable(f"Line {journal.line}: an amount that follows from a balance. Print the journal whole first.")
    elif journal.elided[0] is not None:
        raise NotMovable(f"Line {journal.line}: two postings of one booking have no amount.")
    else:
        journal.elided[0] = posting
    entry.postings.append(posting)


def _value(journal: _Journal, posting: BookPosting, written: str) -> None:
    amount, at, price = written.partition("@")
    amount = re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]|\([^()]*\)", "", amount)
    posting.amount, posting.currency = journal.amount(amount)
    if at:
        each, _ = journal.amount(price.lstrip("@"))
        is_total = price.startswith("@")
        posting.value = each.copy_sign(posting.amount) if is_total else posting.amount * each


def _close(journal: _Journal) -> None:
    """The posting without an amount takes what is left of the booking."""
    if not journal.elided or not journal.entries:
        return
    entry, missing = journal.entries[-1], journal.elided[0]
    journal.elided = []
    if missing is None:
        return
    sums = defaultdict[str, Decimal](Decimal)
    for posting in entry.postings:
        if posting is not missing:
            sums[posting.currency] += posting.amount
    if any(posting.value is not None for posting in entry.postings):
        raise NotMovable(f"The booking of {entry.day} has a price and a posting without an amount. Print it whole.")
    left = [(currency, total) for currency, total in sums.items() if total]
    if len(left) > 1:
        raise NotMovable(f"The booking of {entry.day} has several currencies and a posting without an amount.")
    if left:
        missing.currency, missing.amount = left[0][0], -left[0][1]
