"""What the words of a bank mean: the role of a column by its heading, and of a cell by what it says."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.numbers import list_currencies

from transactions.importing.formats.text import plain_letters, plain_words, words_in

CURRENCY_CODES: Final = frozenset(code.lower() for code in list_currencies()) - {"all", "top", "try", "mad", "cup"}
_WORDS: Final = tomllib.loads(Path(__file__).with_name("words.toml").read_text())
_FILLERS: Final = frozenset(words_in(_WORDS["beside"]["fillers"]))
_CURRENCY_WORDS: Final = CURRENCY_CODES | {"€", "$", "£"}
_LONGEST: Final = 80


@lru_cache(maxsize=4096)
def heading_words(cell: str) -> str:
    """A heading as plain words: no accents, brackets, punctuation or currency code; camelCase is taken apart."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]|[*:](?:innen|in|r)\b", " ", cell[:_LONGEST])
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)
    words = plain_words(spaced) or plain_words(cell[:_LONGEST])
    if len(words) > 1:
        words = [word for word in words if word not in _CURRENCY_WORDS] or words
        # "D/C" is made of letters, and "date d'opération" of words.
        if any(len(word) > 1 for word in words):
            words = [word for word in words if word not in _FILLERS] or words
    return " ".join(words) if len(words) < 8 else ""


def _normal(text: str) -> set[str]:
    return {plain_letters(word) for word in words_in(text)}


_ROLES: Final = {
    heading_words(word): (role, rank)
    for role, words in reversed(_WORDS["headings"].items())
    for rank, word in reversed(list(enumerate(words_in(words))))
}
_LOOSE: Final = {role: _normal(words) for role, words in _WORDS["loose"].items()}
_OUT, _IN = _normal(_WORDS["directions"]["out"]), _normal(_WORDS["directions"]["in"])
_PAIRS: Final = {tuple(pair.split()) for pair in words_in(_WORDS["directions"]["pairs"])}
_CARDS: Final = [tuple(map(heading_words, pair.split(">"))) for pair in words_in(_WORDS["beside"]["cards"])]
_OTHERS, _NO_DIRECTION = _normal(_WORDS["beside"]["others"]), _normal(_WORDS["beside"]["no_direction"])
_UNBOOKED, _BOOKED = _normal(_WORDS["states"]["unbooked"]), _normal(_WORDS["states"]["booked"])
_DENIALS: Final = frozenset(words_in("ej|ikke|inte|nao|nem|nicht|nie|niet|no|non|not|nu|ne|pas|не"))
_SIGNS: Final = {"+": 1, "-": -1, "\u2212": -1, "\u2013": -1}


_COMPOUNDS: Final = ("betrag", "bedrag", "belopp", "belop", "belob", "datum", "saldo", "beschreibung")
_FOREIGN: Final = ("original", "fremd", "ursprung", "rest", "gesamt", "mindest", "ablauf", "geburt")


@lru_cache(maxsize=4096)
def heading_role(cell: str) -> tuple[str, int] | None:
    """(role, rank) of a heading; a lower rank is a better fit."""
    name = heading_words(cell)
    if re.fullmatch(r"\s*[+\u00b1]\s*/\s*[-\u2212\u2013]\s*|\s*[-\u2212]\s*/\s*\+\s*", cell):
        return "flag", 0
    if name in _ROLES:
        return _ROLES[name]
    words = set(name.split())
    if words & _LOOSE["debit"] and words & _LOOSE["credit"]:
        return None if words & _NO_DIRECTION else ("amount" if words & _LOOSE["amount"] else "flag", 1000)
    # German and its like put words together: Buchungsbetrag.
    words |= {end for word in words for end in _COMPOUNDS if word.endswith(end) and not word.startswith(_FOREIGN)}
    # A foreign script has no spaces between its words.
    joined = "" if name.isascii() else name
    for role, loose in _LOOSE.items():
        has_word = bool(words & loose) or any(not word.isascii() and word in joined for word in loose)
        if has_word and (role == "balance" or not words & _OTHERS):
            return role, 1000
    return None


def roles_of(cells: Sequence[str]) -> dict[str, list[int]]:
    """The columns of each role, the best first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for column, cell in enumerate(cells):
        if role := heading_role(cell):
            found.setdefault(role[0], []).append((role[1], column))
    roles = {role: [column for _, column in sorted(ranked)] for role, ranked in found.items()}
    return roles if "amount" in roles else _of_card(cells, roles)


def _of_card(cells: Sequence[str], roles: dict[str, list[int]]) -> dict[str, list[int]]:
    """The roles, where two columns are what was bought with a card and what was paid back."""
    names = [heading_words(cell) for cell in cells]
    for bought, paid in _CARDS:
        if names.count(bought) == 1 == names.count(paid):
            out, back = names.index(bought), names.index(paid)
            kept = {role: [c for c in columns if c not in (out, back)] for role, columns in roles.items()}
            return {role: columns for role, columns in kept.items() if columns} | {"debit": [out], "credit": [back]}
    return roles


@lru_cache(maxsize=4096)
def direction(cell: str) -> int:
    """-1 for a word that says debit, 1 for one that says credit, 0 for anything else."""
    if cell.strip() in _SIGNS:
        return _SIGNS[cell.strip()]
    words = heading_words(cell).split()
    if not words or len(words) > 3:
        return 0
    known = {(word in _IN) - (word in _OUT) for word in words} - {0}
    return known.pop() if len(known) == 1 else 0


def are_sure(values: Sequence[str]) -> bool:
    """Whether each of some words tells its direction by itself, or two of them as a pair."""
    plain = tuple(plain_letters(value).strip(" .") for value in values)
    return all(map(direction, values)) or plain in _PAIRS or plain[::-1] in _PAIRS


def outward(values: Iterable[str], heading: str = "") -> frozenset[str] | None:
    """Which of the values of a column say that money goes out; None where the column tells no direction.

    The letters of a pair explain each other (D is debit beside K, and credit beside MD), and a heading such as
    "in/out" names them in words. An empty set: they tell a direction, and nobody knows which is which.
    """
    seen = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    if not 1 <= len(seen) <= _MOST_WORDS or set(heading_words(heading).split()) & _NO_DIRECTION:
        return None
    if len(seen) == 2:
        plain = [plain_letters(value).strip(" .") for value in seen]
        for first, second in ((0, 1), (1, 0)):
            if (plain[first], plain[second]) in _PAIRS:
                return frozenset({seen[first]})
    said = {value: direction(value) for value in seen}
    unknown = [value for value, way in said.items() if not way]
    if not unknown:
        return frozenset(value for value, way in said.items() if way < 0)
    if len(seen) == 2 and len(unknown) == 1:
        known = next(value for value in seen if value != unknown[0])
        return frozenset({known if said[known] < 0 else unknown[0]})
    is_flag = (heading_role(heading) or ("", 0))[0] == "flag" or _names_both(heading, seen)
    return frozenset() if len(seen) == 2 and is_flag else None


# A bank that tells kinds of bookings has more of them.
_MOST_WORDS: Final = 6


def _names_both(heading: str, values: Sequence[str]) -> bool:
    """Whether a heading names the two values of its column: "Bevétel/Kiadás"."""
    words = plain_words(heading)
    return len(words) > 1 and all(plain_words(value)[:1] and plain_words(value)[0] in words for value in values)


@lru_cache(maxsize=4096)
def is_unbooked(cell: str) -> bool:
    """Whether a cell says that the row is pending, was reverted, or failed."""
    words = plain_words(cell[:_LONGEST])
    if not words or len(words) > 4:
        return False
    is_denied = bool(_DENIALS & set(words)) and any(word in _BOOKED for word in words)
    return is_denied or any(word in _UNBOOKED for word in words)


@lru_cache(maxsize=4096)
def is_state(cell: str) -> bool:
    """Whether a cell says what became of a row, booked or not."""
    words = plain_words(cell[:_LONGEST])
    return bool(words) and len(words) <= 4 and any(word in _UNBOOKED or word in _BOOKED for word in words)
