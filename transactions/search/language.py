"""The language of the list's search box: text in, a `Search` out, and back to text. No ORM, no request.

Words and "exact words" are looked for, and operators such as ``amount>50`` or ``category:food,fuel`` narrow further;
``-`` leaves out whatever follows, and of what stands around an ``OR`` one is enough. Everything else must hold.
Reading never raises. What cannot be understood stays in the search as a `Term` with a sentence that says how to write
it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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
    Operator("corner shop", "both words, in the description, the comment, the category, the tags or the account"),
    Operator('"corner shop"', "these words one after the other"),
    Operator("12.50", "this amount, or these figures in a text"),
    Operator("coffee OR tea", "one of them, or both"),
    Operator('-coffee -"corner shop" -category:food', "without them: a minus leaves out whatever follows"),
    Operator("amount:10..50 amount>50 amount<=100", "from 10 to 50, larger than 50, up to 100, in or out"),
    Operator("amount:12.50", "exactly 12.50"),
    Operator('category:food,fuel subcategory:"dining out"', "filed in one of them; the beginning of a name is enough"),
    Operator("account:visa account:none", "in that account, or in none"),
    Operator("after:2026-01-01 before:2026-03-01", "on the first day or later, and earlier than the second"),
    Operator("on:2026-02-03 on:2026-02-03..2026-02-09", "on that day, or on these days"),
    Operator("tag:holiday tag:none", "that has this tag, or none"),
    Operator("in:expense, in:income", "money out, or money in"),
    Operator("is:uncategorised, is:transfer", "not filed yet, or between your accounts"),
)
NAMED: Final = {
    "category": "category:food",
    "subcategory": 'subcategory:"dining out"',
    "account": "account:visa",
    "tag": "tag:holiday",
}
RANGE: Final = ".."
DATED: Final = {"after": "after:2026-01-31", "before": "before:2026-03-01", "on": "on:2026-02-03"}
WORDED: Final = {
    "in": {"expense": "expense", "income": "income"},
    "is": {"uncategorised": "uncategorised", "uncategorized": "uncategorised", "transfer": "transfer"},
}
SIGNS: Final = {"": "=", ":": "=", "=": "=", ">": ">", "<": "<", ">=": ">=", "<=": "<=", "=>": ">=", "=<": "<="}


type Range = tuple[Decimal, Decimal] | tuple[date, date]


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a search.

    ``operator`` is "word" or the name of an operator, and ``value`` what follows it: a Decimal above or equal
    to zero after "amount", a date after "after", "before" and "on", a pair of these for a range, names after what is
    named, text otherwise. ``sign`` is the comparison of an amount. ``others`` are the terms that may hold instead.
    With a ``problem``, a sentence for the user, ``value`` is the text as it was written.
    """

    operator: str
    value: str | Decimal | date | Range | tuple[str, ...]
    sign: str = ""
    is_negated: bool = False
    problem: str = ""
    others: tuple["Term", ...] = ()

    @property
    def alternatives(self) -> tuple["Term", ...]:
        """The term alone, and those that may hold instead of it."""
        return replace(self, others=()), *self.others

    @property
    def names(self) -> tuple[str, ...]:
        """What a list of names names; empty for what is no such list."""
        return self.value if isinstance(self.value, tuple) and all(isinstance(one, str) for one in self.value) else ()  # type: ignore[return-value]  # checked

    def __str__(self) -> str:
        """As it is written in the box."""
        return f" {OR} ".join(_written(term) for term in self.alternatives)


@dataclass(frozen=True, slots=True)
class Search:
    """All that was asked for; a row is found when every term holds, or one of those beside it."""

    terms: tuple[Term, ...] = ()

    @property
    def parts(self) -> Iterator[Term]:
        """Every term, those beside others too."""
        return (one for term in self.terms for one in term.alternatives)

    @property
    def problems(self) -> list[str]:
        return list(dict.fromkeys(term.problem for term in self.parts if term.problem))

    def without(self, term: Term) -> "Search":
        return Search(tuple(other for other in self.terms if other != term))

    def instead(self, term: Term, other: Term) -> "Search":
        """The same search with ``other`` in the place of ``term``."""
        return Search(tuple(dict.fromkeys(other if each == term else each for each in self.terms)))


def parse(text: str) -> Search:
    """What ``text`` asks for. Saying a thing twice is saying it once."""
    kept, room = [], MAX_TERMS
    terms = list(dict.fromkeys(_alternatives(list(_terms(text)))))
    while terms and len(terms[0].alternatives) <= room:
        room -= len(terms[0].alternatives)
        kept.append(terms.pop(0))
    if terms:
        rest = " ".join(str(term) for term in terms)
        sentence = f"A search has at most {MAX_TERMS} parts. Leave out “{_short(rest)}”."
        kept += [_unread(str(term), sentence) for term in terms]
    return Search(tuple(kept))


def render(search: Search) -> str:
    """The text that `parse` reads as this search.

    A word “amount” is put in quotation marks, or it would take a word “>5” behind it for its value; so is a word OR.
    """
    return " ".join(map(str, search.terms))


OR: Final = "OR"
_AMOUNT = r"(?P<amount>(?i:amount))\s*(?P<sign>[<>]=?|=[<>]?|:)\s*"
_HEAD = re.compile(rf"(?P<minus>-?)(?:{_AMOUNT}|(?P<name>[A-Za-z]+):)?")
_VALUE = re.compile(r'"(?P<exact>[^"]*)"?|(?P<plain>[^\s"]*)')
_ITEM = re.compile(r'"(?P<exact>[^"]*)"?|(?P<plain>[^\s",]*)')
_SPACE = re.compile(r"\s+")
_SAME_QUOTE = str.maketrans(dict.fromkeys("“”„‟«»", '"'))


class _Token(NamedTuple):
    """A part as it stands: ``values`` is one, or of what is named a list."""

    is_negated: bool
    name: str
    sign: str
    values: tuple[str, ...]
    is_exact: bool

    @property
    def is_or(self) -> bool:
        return self == _Token(is_negated=False, name="", sign="", values=(OR,), is_exact=False)


def _tokens(text: str) -> Iterator[_Token]:
    text = text.translate(_SAME_QUOTE)
    place = _behind_space(text, 0)
    while place < len(text) and (head := _HEAD.match(text, place)):  # it always matches: nothing is a head too
        name = (head["amount"] or head["name"] or "").lower()
        values, is_exact, place = _values(text, head.end(), is_list=name in NAMED)
        yield _Token(bool(head["minus"]), name, head["sign"] or "", values, is_exact)
        place = _behind_space(text, place)


def _values(text: str, place: int, *, is_list: bool) -> tuple[tuple[str, ...], bool, int]:
    """What stands at ``place``, whether it is one in quotation marks, and where it ends."""
    found, pattern = [], _ITEM if is_list else _VALUE
    while value := pattern.match(text, place):  # so does this: any letter is a value
        is_exact = value["exact"] is not None
        found.append(" ".join((value["exact"] if is_exact else value["plain"]).split()))
        place = value.end()
        if not is_list or text[place : place + 1] != ",":
            break
        place += 1
    return tuple(found), is_exact and len(found) == 1, place


def _behind_space(text: str, place: int) -> int:
    space = _SPACE.match(text, place)
    return space.end() if space else place


def _terms(text: str) -> Iterator[Term]:
    """The terms, with None where one may hold instead of the one before."""
    for token in _tokens(text):
        if token.is_or:
            yield _EITHER
        elif term := _term(token):
            yield term


_EITHER: Final = Term("either", OR)


def _alternatives(terms: list[Term]) -> Iterator[Term]:
    """The terms with those beside them. An OR that has nothing before or behind it is a word."""
    place = 0
    while place < len(terms):
        group = [_as_word(terms[place])]
        place += 1
        while place + 1 < len(terms) and terms[place] is _EITHER and terms[place + 1] is not _EITHER:
            group.append(terms[place + 1])
            place += 2
        first, *others = dict.fromkeys(group)
        yield replace(first, others=tuple(others))


def _as_word(term: Term) -> Term:
    return Term("word", OR) if term is _EITHER else term


def _term(token: _Token) -> Term | None:
    """None for quotation marks around nothing."""
    name, values = token.name, tuple(dict.fromkeys(value for value in token.values if value))
    if not name:
        return _word(values[0] if values else "", is_negated=token.is_negated, is_exact=token.is_exact)
    listed = ",".join(map(_item if name in NAMED else _after_sign, values))
    minus = "-" if token.is_negated else ""
    written = f"{minus}{name}{token.sign or ':'}{listed or ('""' if token.is_exact else '')}"
    term = _operator(name, SIGNS[token.sign], values, written)
    return term if term.problem else replace(term, is_negated=token.is_negated)


def _word(value: str, *, is_negated: bool, is_exact: bool) -> Term | None:
    if not value:
        return None if is_exact or not is_negated else Term("word", "-")
    return Term("word", value, is_negated=is_negated)


def _operator(name: str, sign: str, values: tuple[str, ...], written: str) -> Term:
    reader = READERS.get(name)
    if reader is None:
        return _unread(written, f"“{written}”: there is no “{name}:”. Put words that hold a colon in quotation marks.")
    try:
        return reader(name, sign, values)
    except ValueError as error:
        return _unread(written, f"“{written}”: {error}")


def _unread(written: str, sentence: str) -> Term:
    return Term("unread", written, problem=sentence)


def _read_amount(name: str, sign: str, values: tuple[str, ...]) -> Term:
    value = "".join(values)
    ends = value.split(RANGE)
    if len(ends) != 2 or sign != "=":
        return Term(name, _amount(value), sign)
    if not ends[0] or not ends[1]:
        return Term(name, _amount("".join(ends)), ">=" if ends[0] else "<=")
    least, most = sorted(map(_amount, ends))
    return Term(name, (least, most), RANGE)


def _amount(value: str) -> Decimal:
    try:
        amount = parse_amount(value)
    except ValueError as error:
        reason = str(error) if value and not str(error).startswith("Enter") else "That is not an amount."
        raise ValueError(
            f"{reason[0].lower()}{reason[1:]} Write it like amount>50, amount:12.50 or amount:10..50."
        ) from error
    if amount < 0:
        raise ValueError("amounts are compared by size, so write amount>50, and in:expense for money out.")
    return amount


def _read_date(name: str, _: str, values: tuple[str, ...]) -> Term:
    value = "".join(values)
    first, *last = value.split(RANGE) if name == "on" else [value]
    if not last:
        return Term(name, _day(name, value))
    begin, end = sorted([_day(name, first), _day(name, RANGE.join(last))])
    return Term(name, (begin, end))


def _day(name: str, value: str) -> date:
    try:
        day = date.fromisoformat(value) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise ValueError(f"that is not a day. Write year, month and day, like {DATED[name]}.")
    return day


def _read_names(name: str, _: str, values: tuple[str, ...]) -> Term:
    if not values:
        raise ValueError(f"a name is missing. Write it like {NAMED[name]}.")
    return Term(name, values)


def _read_choice(name: str, _: str, values: tuple[str, ...]) -> Term:
    choices, value = WORDED[name], "".join(values).lower()
    if value not in choices:
        ways = " or ".join(f"{name}:{choice}" for choice in dict.fromkeys(choices.values()))
        raise ValueError(f"write {ways}.")
    return Term(name, choices[value])


READERS: Final[dict[str, Callable[[str, str, tuple[str, ...]], Term]]] = {
    "amount": _read_amount,
    **dict.fromkeys(NAMED, _read_names),
    **dict.fromkeys(DATED, _read_date),
    **dict.fromkeys(WORDED, _read_choice),
}


def _written(term: Term) -> str:
    """One term without those beside it, as it is written in the box."""
    minus, value = "-" if term.is_negated else "", term.value
    if term.problem:
        return str(value)
    if term.operator == "word":
        return minus + _quoted(str(value))
    if term.operator == "amount":
        sign = ":" if term.sign in ("=", RANGE) else term.sign
        return f"{minus}amount{sign}{RANGE.join(map(_plain, value)) if isinstance(value, tuple) else _plain(value)}"  # type: ignore[arg-type]  # amounts
    if isinstance(value, tuple):
        return f"{minus}{term.operator}:{(',' if term.names else RANGE).join(_item(str(one)) for one in value)}"
    return f"{minus}{term.operator}:{_after_sign(str(value))}"


def _quoted(word: str) -> str:
    """``word`` in quotation marks where it would be read as something else without them."""
    try:
        (token,) = _tokens(word)
    except ValueError:
        return f'"{word}"'
    is_plain = token == _Token(is_negated=False, name="", sign="", values=(word,), is_exact=False)
    return word if is_plain and word.lower() != "amount" and word != OR else f'"{word}"'


def _after_sign(value: str) -> str:
    return value if re.fullmatch(r'[^\s"<>=][^\s"]*', value) else f'"{value}"'


def _item(value: str) -> str:
    """A name in a list."""
    return f'"{value}"' if "," in value else _after_sign(value)


def _plain(amount: Decimal) -> str:
    return f"{amount:.2f}".removesuffix(".00")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
