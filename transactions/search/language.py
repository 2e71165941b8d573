"""The language of the list's search box: text in, a `Search` out, and back to text. No ORM, no request.

Words and "exact words" are looked for, `-` leaves them out, and operators such as ``amount>50`` or
``category:food`` narrow further; everything written must hold. Reading never raises. What cannot be understood
stays in the search as a `Term` with a sentence that says how to write it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from wealthwise.core.money import parse_amount

MAX_TERMS: Final = 20  # each word is looked for in every row; a search of hundreds would be a slow one
YEARS: Final = range(1900, 2201)  # that the ledger covers


class Operator(NamedTuple):
    """How an operator is written, and what it finds, for the help beside the box."""

    example: str
    meaning: str


HELP: Final = (
    Operator("corner shop", "both words, in the description or the comment"),
    Operator('"corner shop"', "exactly these words"),
    Operator('-coffee -"corner shop"', "without them"),
    Operator("amount>50 amount<=100", "larger than 50, up to 100, in or out"),
    Operator("amount:12.50", "exactly 12.50"),
    Operator('category:food subcategory:"dining out"', "filed there; the beginning of a name is enough"),
    Operator("account:visa", "in that account"),
    Operator("after:2026-01-01 before:2026-03-01", "on the first day or later, and earlier than the second"),
    Operator("on:2026-02-03", "on that day"),
    Operator("in:expense, in:income", "money out, or money in"),
    Operator("is:uncategorised, is:transfer", "not filed yet, or between your accounts"),
)
NAMED: Final = {"category": "category:food", "subcategory": 'subcategory:"dining out"', "account": "account:visa"}
DATED: Final = {"after": "after:2026-01-31", "before": "before:2026-03-01", "on": "on:2026-02-03"}
WORDED: Final = {
    "in": {"expense": "expense", "income": "income"},
    "is": {"uncategorised": "uncategorised", "uncategorized": "uncategorised", "transfer": "transfer"},
}
SIGNS: Final = {"": "=", ":": "=", "=": "=", ">": ">", "<": "<", ">=": ">=", "<=": "<=", "=>": ">=", "=<": "<="}


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a search.

    ``operator`` is "word" or the name of an operator, and ``value`` what follows it: a Decimal above or equal
    to zero after "amount", a date after "after", "before" and "on", text otherwise. ``sign`` is the comparison
    of an amount. With a ``problem``, a sentence for the user, ``value`` is the text as it was written.
    """

    operator: str
    value: str | Decimal | date
    sign: str = ""
    is_negated: bool = False
    problem: str = ""

    def __str__(self) -> str:
        """As it is written in the box."""
        minus = "-" if self.is_negated else ""
        if self.problem:
            return str(self.value)
        if self.operator == "word":
            return minus + _quoted(str(self.value))
        if isinstance(self.value, Decimal):
            return f"amount{':' if self.sign == '=' else self.sign}{_plain(self.value)}"
        return f"{self.operator}:{_after_sign(str(self.value))}"


@dataclass(frozen=True, slots=True)
class Search:
    """All that was asked for; a row is found when every term holds."""

    terms: tuple[Term, ...] = ()

    @property
    def problems(self) -> list[str]:
        return list(dict.fromkeys(term.problem for term in self.terms if term.problem))

    def without(self, term: Term) -> "Search":
        return Search(tuple(other for other in self.terms if other != term))


def parse(text: str) -> Search:
    """What ``text`` asks for. Saying a thing twice is saying it once."""
    terms = list(dict.fromkeys(_terms(text)))
    if len(terms) > MAX_TERMS:
        rest = " ".join(str(term) for term in terms[MAX_TERMS:])
        sentence = f"A search has at most {MAX_TERMS} parts. Leave out “{_short(rest)}”."
        terms = [*terms[:MAX_TERMS], *(_unread(str(term), sentence) for term in terms[MAX_TERMS:])]
    return Search(tuple(terms))


def render(search: Search) -> str:
    """The text that `parse` reads as this search.

    A word “amount” is put in quotation marks, or it would take a word “>5” behind it for its value.
    """
    return " ".join(map(str, search.terms))


_AMOUNT = r"(?P<amount>(?i:amount))\s*(?P<sign>[<>]=?|=[<>]?|:)\s*"
_TOKEN = re.compile(rf'(?P<minus>-?)(?:{_AMOUNT}|(?P<name>[A-Za-z]+):)?(?:"(?P<exact>[^"]*)"?|(?P<plain>[^\s"]*))')
_SPACE = re.compile(r"\s+")
_SAME_QUOTE = str.maketrans(dict.fromkeys("“”„‟«»", '"'))


def _terms(text: str) -> Iterator[Term]:
    text = text.translate(_SAME_QUOTE)
    place = _behind_space(text, 0)
    while place < len(text) and (token := _TOKEN.match(text, place)):  # it always matches: any letter is a word
        term = _term(token)
        if term:
            yield term
        place = _behind_space(text, token.end())


def _behind_space(text: str, place: int) -> int:
    space = _SPACE.match(text, place)
    return space.end() if space else place


def _term(token: re.Match[str]) -> Term | None:
    """None for quotation marks around nothing."""
    is_exact = token["exact"] is not None
    value = " ".join((token["exact"] if is_exact else token["plain"]).split())
    name = (token["amount"] or token["name"] or "").lower()
    if not name:
        return _word(value, is_negated=bool(token["minus"]), is_exact=is_exact)
    written = f"{name}{token['sign'] or ':'}{_after_sign(value) if value or is_exact else ''}"
    if token["minus"]:
        return _unread(f"-{written}", f"“-{written}”: only words can be left out, such as -coffee.")
    return _operator(name, SIGNS[token["sign"] or ""], value, written)


def _word(value: str, *, is_negated: bool, is_exact: bool) -> Term | None:
    if not value:
        return None if is_exact or not is_negated else Term("word", "-")
    return Term("word", value, is_negated=is_negated)


def _operator(name: str, sign: str, value: str, written: str) -> Term:
    reader = READERS.get(name)
    if reader is None:
        return _unread(written, f"“{written}”: there is no “{name}:”. Put words that hold a colon in quotation marks.")
    try:
        return reader(name, sign, value)
    except ValueError as error:
        return _unread(written, f"“{written}”: {error}")


def _unread(written: str, sentence: str) -> Term:
    return Term("unread", written, problem=sentence)


def _read_amount(name: str, sign: str, value: str) -> Term:
    try:
        amount = parse_amount(value)
    except ValueError as error:
        reason = str(error) if value and not str(error).startswith("Enter") else "That is not an amount."
        raise ValueError(f"{reason[0].lower()}{reason[1:]} Write it like amount>50 or amount:12.50.") from error
    if amount < 0:
        raise ValueError("amounts are compared by size, so write amount>50, and in:expense for money out.")
    return Term(name, amount, sign)


def _read_date(name: str, _: str, value: str) -> Term:
    try:
        day = date.fromisoformat(value) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise ValueError(f"that is not a day. Write year, month and day, like {DATED[name]}.")
    return Term(name, day)


def _read_name(name: str, _: str, value: str) -> Term:
    if not value:
        raise ValueError(f"a name is missing. Write it like {NAMED[name]}.")
    return Term(name, value)


def _read_choice(name: str, _: str, value: str) -> Term:
    choices = WORDED[name]
    if value.lower() not in choices:
        ways = " or ".join(f"{name}:{choice}" for choice in dict.fromkeys(choices.values()))
        raise ValueError(f"write {ways}.")
    return Term(name, choices[value.lower()])


READERS: Final[dict[str, Callable[[str, str, str], Term]]] = {
    "amount": _read_amount,
    **dict.fromkeys(NAMED, _read_name),
    **dict.fromkeys(DATED, _read_date),
    **dict.fromkeys(WORDED, _read_choice),
}


def _quoted(word: str) -> str:
    """``word`` in quotation marks where it would be read as something else without them."""
    token = _TOKEN.fullmatch(word)
    return word if token and token["plain"] == word and word.lower() != "amount" else f'"{word}"'


def _after_sign(value: str) -> str:
    return value if re.fullmatch(r'[^\s"<>=][^\s"]*', value) else f'"{value}"'


def _plain(amount: Decimal) -> str:
    return f"{amount:.2f}".removesuffix(".00")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
