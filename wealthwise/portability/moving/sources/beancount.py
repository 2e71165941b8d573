"""beancount: the text of a ledger, without includes and plugins, which would have to be run."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from wealthwise.core.money import ZERO
from wealthwise.portability.moving.sources.journals import booked, day_of
from wealthwise.portability.moving.sources.model import NotMovable, SourceLedger
from wealthwise.portability.moving.sources.postings import BookEntry, BookPosting, ChartOfAccounts

NAME: Final = "beancount"
_DATED: Final = re.compile(
    r"(?P<day>\d{4}[-/]\d{1,2}[-/]\d{1,2})\s+(?P<what>txn|[a-z]+|[*!&#?%PSTCURM])(?:\s+(?P<rest>.*))?$"
)
_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_POSTING: Final = re.compile(
    r"(?:[*!]\s+)?(?P<account>[^\W\d_a-z][\w\-]*(?::[\w\-]+)+)"
    r"(?:\s+(?P<number>[-+]?[\d.,]+)\s+(?P<currency>[A-Z][A-Z0-9'._\-]*)"
    r"\s*(?:\{\{?(?P<cost>[^}]*)\}\}?)?\s*(?P<at>@@?)?\s*(?P<price>[-+]?[\d.,]+)?\s*(?P<unit>[A-Z][A-Z0-9'._\-]*)?)?\s*"
)
_MARK: Final = re.compile(r"(?:^|\s)([#^])([\w\-/.]+)")
_STATES: Final = {"*": "cleared", "txn": "cleared"}
_MOST_DIGITS: Final = 20  # before the point
_LONGEST_LINE: Final = 4000  # texts in quotes cost the square of their line
_SILENT: Final = {"commodity", "event", "query", "document", "custom"}


def looks_like(text: str) -> bool:
    return (
        re.search(
            r'^\d{4}-\d{2}-\d{2}\s+(open\s+\S+:|balance\s+\S+:|(\*|!|txn)\s+(?:"[^\n]*")|commodity\s+[A-Z])',
            text,
            re.MULTILINE,
        )
        is not None
    )


@dataclass(slots=True)
class _LedgerText:
    ledger: SourceLedger
    chart: ChartOfAccounts
    entries: list[BookEntry] = field(default_factory=list)
    is_open: bool = False
    pads: dict[str, tuple[date, str]] = field(default_factory=dict)
    balances: list[tuple[date, str, Decimal, str, int]] = field(default_factory=list)
    pushed: list[str] = field(default_factory=list)
    line: int = 0


def read_text(text: str) -> SourceLedger:
    """Raises NotMovable with the line of what cannot be read."""
    found = _LedgerText(SourceLedger(NAME), ChartOfAccounts())
    for number, raw in enumerate(text.splitlines(), 1):
        found.line = number
        if len(raw) > _LONGEST_LINE:
            raise NotMovable(f"Line {number} is longer than {_LONGEST_LINE:,} characters.")
        line = _without_comment(raw)
        if not line.strip() or (line[:1] == "*" and not found.is_open):
            continue
        if line[:1] in " \t":
            if found.is_open:
                _posting(found, line.strip())
            continue
        found.is_open = False
        _top(found, line)
    for entry in found.entries:
        _fill(entry)
    _pad(found)
    return booked(found.ledger, found.chart, sorted(found.entries, key=lambda entry: entry.day))


def _without_comment(line: str) -> str:
    is_quoted = False
    for place, letter in enumerate(line):
        if letter == '"' and line[place - 1 : place] != "\\":
            is_quoted = not is_quoted
        elif letter == ";" and not is_quoted:
            return line[:place].rstrip()
    return line.rstrip()


def _top(found: _LedgerText, line: str) -> None:
    if dated := _DATED.match(line):
        _dated(found, day_of(dated["day"], found.line), dated["what"], dated["rest"] or "")
    elif line[0].isdigit():
        raise NotMovable(f"Line {found.line}: “{line[:60]}” cannot be read.")
    elif line.startswith(("include", "plugin")):
        raise NotMovable(
            f"Line {found.line}: “{line.split(maxsplit=1)[0]}” changes what the ledger says. Write it out whole with "
            "“bean-query … print > whole.beancount”, and send that."
        )
    elif line.startswith("pushtag"):
        found.pushed += (word.lstrip("#") for word in line.split()[1:2])
    elif line.startswith("poptag") and found.pushed:
        found.pushed.pop()


def _dated(found: _LedgerText, day: date, what: str, rest: str) -> None:
    words = rest.split()
    if what in _STATES or what in "!&#?%PSTCURM":
        texts = [text.replace('\\"', '"').replace("\\\\", "\\") for text in _TEXT.findall(rest)]
        marks = _MARK.findall(_TEXT.sub(" ", rest))
        tags = tuple(dict.fromkeys([*found.pushed, *(name for mark, name in marks if mark == "#")]))
        payee, note = (texts[0], texts[1]) if len(texts) > 1 else ("", texts[0] if texts else "")
        found.entries.append(BookEntry(day, payee or note, note if payee else "", tags, _STATES.get(what, "")))
        found.is_open = True
        if any(mark == "^" for mark, _ in marks):
            found.ledger.has_no_place["links between bookings"] += 1
    elif what == "close" and words:
        found.chart.closed.add(words[0])
    elif what == "pad" and len(words) > 1:
        found.pads[words[0]] = (day, words[1])
    elif what == "balance" and len(words) > 2:
        found.balances.append((day, words[0], _number(found, words[1]), words[-1], found.line))
    elif what == "price":
        found.ledger.has_no_place["prices"] += 1
    elif what == "note":
        found.ledger.has_no_place["notes of accounts"] += 1
    elif what not in _SILENT and what != "open":
        raise NotMovable(f"Line {found.line}: “{what}” is no directive that is known.")


def _number(found: _LedgerText, text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", ""))
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite() or number.adjusted() > _MOST_DIGITS:
        raise NotMovable(f"Line {found.line}: “{text[:60]}” is no amount.")
    return number


def _posting(found: _LedgerText, line: str) -> None:
    entry = found.entries[-1]
    if re.match(r"[a-z][\w\-]*:(\s|$)", line):
        if entry.postings or not line.startswith(("filename:", "lineno:")):
            found.ledger.has_no_place["metadata of bookings"] += 1
        return
    line = " ".join(line.split())  # the pattern costs a high power of the space in it
    match = _POSTING.fullmatch(line)
    if match is None:
        if line[:1] in "#^":
            entry.tags += tuple(name for mark, name in _MARK.findall(line) if mark == "#")
            return
        raise NotMovable(f"Line {found.line}: “{line[:60]}” is no posting that can be read.")
    posting = BookPosting(match["account"], ZERO)
    if match["number"]:
        posting.amount, posting.currency = _number(found, match["number"]), match["currency"]
        if match["cost"] is not None and (cost := re.match(r"\s*([\d.,]+)\s+([A-Z]+)", match["cost"])):
            posting.value = posting.amount * _number(found, cost[1])
        elif match["cost"] is not None:
            raise NotMovable(f"Line {found.line}: a lot without its cost. Print the ledger whole first.")
        elif match["at"] and match["price"]:
            price = _number(found, match["price"])
            posting.value = price.copy_sign(posting.amount) if match["at"] == "@@" else posting.amount * price
    else:
        posting.note = "?"
    entry.postings.append(posting)


def _fill(entry: BookEntry) -> None:
    """The posting without an amount takes what is left."""
    empty = [posting for posting in entry.postings if posting.note == "?"]
    if not empty:
        return
    sums = defaultdict[str, Decimal](Decimal)
    for posting in entry.postings:
        if posting.note != "?" and posting.value is None:
            sums[posting.currency] += posting.amount
    if len(empty) > 1 or any(posting.value is not None for posting in entry.postings):
        raise NotMovable(
            f"The booking of {entry.day} leaves an amount to be worked out. Print the ledger whole first."
        )
    left = [(currency, total) for currency, total in sums.items() if total]
    if len(left) > 1:
        raise NotMovable(f"The booking of {entry.day} has several currencies and a posting without an amount.")
    empty[0].note = ""
    if left:
        empty[0].currency, empty[0].amount = left[0][0], -left[0][1]


def _pad(found: _LedgerText) -> None:
    """What a pad books, so that the next balance holds; and balances that do not hold are told."""
    for day, account, amount, currency, line in sorted(found.balances):
        before = [
            posting.amount
            for entry in found.entries
            if entry.day < day
            for posting in entry.postings
            if posting.account == account and posting.currency == currency
        ]
        if not (missing := amount - sum(before, ZERO)):
            continue
        if account in found.pads and found.pads[account][0] < day:
            begun, source = found.pads.pop(account)
            postings = [BookPosting(account, missing, currency), BookPosting(source, -missing, currency)]
            found.entries.append(BookEntry(begun, "Opening balance", postings=postings))
        else:
            found.ledger.notes.append(
                f"Line {line}: the file says {amount} of {account}, its bookings {amount - missing}."
            )
