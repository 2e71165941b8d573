"""The names of months and of days of the week, in the languages that banks write in, out of babel."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from babel import Locale

from transactions.importing.formats.text import plain_letters

# The likelier first: English wins a word that it shares with others.
LANGUAGES: Final = (
    "en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hu", "ro", "hr", "sl", "sr",
    "sr_Latn", "bs", "bg", "mk", "ru", "uk", "be", "el", "tr", "lt", "lv", "et", "is", "ga", "ca", "eu", "gl", "af",
    "sw", "zu", "xh", "am", "so", "ar", "he", "fa", "ur", "hi", "bn", "id", "ms", "vi", "th", "fil", "ka", "hy", "az",
    "kk", "uz_Latn", "sq", "mt", "lb",
)  # fmt: skip
# What banks write beside what babel knows.
_ALSO: Final = {"maerz": 3, "mrz": 3, "sept": 9, "set": 9, "sett": 9, "janv": 1, "fevr": 2, "avr": 4, "juil": 7}
_SHORTEST: Final = 3

# What each word means in one language.
Names = Mapping[str, int]


def _words(locale: Locale, what: str) -> dict[str, int]:
    """Whole names and abbreviations, as plain letters; babel counts months from 1 and days from 0."""
    found = dict[str, int]()
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in getattr(locale, what)[context][width].items():
                word = plain_letters(name).strip(" .'\u2019")
                if word.isalpha():
                    found.setdefault(word, number)
    return found


def _with_beginnings(whole: Mapping[str, int], shortest: int) -> dict[str, int]:
    """The words and each beginning of them that means one thing only."""
    meanings = dict[str, set[int]]()
    for word, number in whole.items():
        for length in range(shortest, len(word)):
            meanings.setdefault(word[:length], set()).add(number)
    short = {word: numbers.pop() for word, numbers in meanings.items() if len(numbers) == 1}
    return short | dict(whole)


@lru_cache(maxsize=len(LANGUAGES))
def months_of(language: str) -> Names:
    """Every word of a language that means a month."""
    found = _with_beginnings(_words(Locale.parse(language), "months"), _SHORTEST)
    return {**_ALSO, **found} if language in {"en", "de", "fr", "pt", "it"} else found


@lru_cache(maxsize=1)
def all_months() -> Names:
    """The words that mean one month in all languages that have them; English has the last word."""
    meanings = dict[str, set[int]]()
    for language in LANGUAGES:
        for word, month in months_of(language).items():
            meanings.setdefault(word, set()).add(month)
    return {word: months.pop() for word, months in meanings.items() if len(months) == 1} | dict(months_of("en"))


@lru_cache(maxsize=1)
def weekdays() -> frozenset[str]:
    """Every word, and beginning of a word, that means a day of the week somewhere."""
    words = (_with_beginnings(_words(Locale.parse(language), "days"), 2) for language in LANGUAGES)
    return frozenset(word for names in words for word in names)


@lru_cache(maxsize=256)
def month_of(word: str, language: str = "") -> int:
    """The month that a word names in a language, or in all that know it; 0 for no month."""
    return (months_of(language) if language else all_months()).get(word, 0)


def languages_of(words: Iterable[str]) -> list[str]:
    """The languages in which all of these words are months, the likelier first: those of other meaning only once."""
    wanted = list(dict.fromkeys(words))
    found = dict[tuple[int, ...], str]()
    for language in LANGUAGES:
        names = months_of(language)
        if all(word in names for word in wanted):
            found.setdefault(tuple(names[word] for word in wanted), language)
    return list(found.values())


def language_name(language: str) -> str:
    """ "Polish" of "pl"."""
    return Locale.parse(language).get_display_name("en") or language
