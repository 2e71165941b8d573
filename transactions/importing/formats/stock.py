"""Words for what was in an account, in place of what moved: opening balance, turnover, carried forward."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

from transactions.importing.formats.text import plain_letters, plain_words, words_in

LONGEST: Final = 80
_TEXTS: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
_STOCK, _PLACES, _DOUBTFUL = (
    frozenset(plain_letters(word) for word in words_in(_TEXTS[name])) for name in ("stock", "places", "doubtful_alone")
)

_ALL: Final = _STOCK | _PLACES
_TELLING: Final = _STOCK | {"brought", "carried", "bf", "cf", "b", "c"}
_FIRST: Final = re.compile(r"[\W_]*([^\W_]+)")
_SPELLED: Final = re.compile(r"(?:[^\W\d_] ){3,}[^\W\d_]")  # "S A L D O"
_ASCII_WORDS: Final = re.compile("[a-z0-9]+")


def has_stock_words(line: str) -> bool:
    """Whether any cell of a line may be one of the below: a quick no for nearly all of them."""
    plain = line.lower()
    return not line.isascii() or "s a l d o" in plain or not _TELLING.isdisjoint(_ASCII_WORDS.findall(plain))


def stock_words(cell: str) -> int:
    """Whether a cell is about what is there rather than what moved: 2 for "balance brought forward" and the like,
    1 for a single word that may be a shop as well ("Total"), 0 for anything else.
    """
    if len(cell) > LONGEST:
        return 0
    first = _FIRST.match(cell) if cell.isascii() else None
    if first and len(first[1]) > 1 and first[1].lower() not in _ALL and not first[1].isdecimal():
        return 0  # as nearly all of them
    return _stock_words(cell)


@lru_cache(maxsize=8192)
def _stock_words(cell: str) -> int:
    cell = cell.replace(" ", "") if _SPELLED.fullmatch(cell) else cell
    words = [word for word in plain_words(cell) if not word.isdecimal()]
    if not words or len(words) > 7 or not _ALL.issuperset(words):
        return 0
    named = [word for word in words if word in _STOCK]
    # "Brought forward" and "b/f" need no noun.
    if not named:
        return 2 if {"brought", "carried", "bf", "cf"} & set(words) or words in (["b", "f"], ["c", "f"]) else 0
    return 1 if len(words) == 1 and words[0] in _DOUBTFUL else 2
