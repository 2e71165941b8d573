"""How one country writes numbers and days; the words stay English. No ORM, no request.

A user has no locale of their own: it follows from their country, here and nowhere else. English as that
country writes it where there is such a thing (en_ZA, en_DE); otherwise the days of international English and
the numbers of the country's own language (pt_BR); without a country international English (en_001).
The middleware activates the signed-in user's for the time of the request, as it does their time zone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.languages import get_official_languages

INTERNATIONAL: Final = "en_001"
_MARKS: Final = {".", ",", "'", "\N{RIGHT SINGLE QUOTATION MARK}", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"}

Length = Literal["short", "medium", "long", "full"]
# By whether the month stands first. The locale's own short forms are figures in some places.
_PATTERNS: Final[dict[bool, dict[Length, str]]] = {
    False: {"short": "d MMM", "medium": "d MMM y", "long": "d MMMM y", "full": "EEE d MMM y"},
    True: {"short": "MMM d", "medium": "MMM d, y", "long": "MMMM d, y", "full": "EEE, MMM d, y"},
}


@dataclass(frozen=True, slots=True)
class Conventions:
    """``days`` is the locale of dates; the rest says how digits are grouped and where a currency stands.

    ``grouping`` is the size of the last group and of those before it: (3, 2) writes 12,34,567.
    """

    days: str
    month_first: bool
    decimal: str
    group: str
    grouping: tuple[int, int]
    symbol_first: bool
    symbol_apart: bool


@dataclass(frozen=True, slots=True)
class Habits:
    """What is active: the conventions of a country, and the currency that typed amounts are in ("" if unknown)."""

    conventions: Conventions
    currency: str = ""


@lru_cache(maxsize=300)
def conventions_of(country: str) -> Conventions:
    """The conventions of an ISO 3166 country; of nowhere, or of one that babel does not know, international ones."""
    english = _known(f"en_{country}") if country else None
    numbers = english or _spoken_in(country) or Locale.parse(INTERNATIONAL)
    return _conventions(str(english or INTERNATIONAL), numbers)


def _known(name: str) -> Locale | None:
    try:
        locale = Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return None
    return locale if _is_plain(locale) else None


def _spoken_in(country: str) -> Locale | None:
    for language in get_official_languages(country, de_facto=True):
        if "_" not in language and (locale := _known(f"{language}_{country}")):
            return locale
    return None


def _is_plain(locale: Locale) -> bool:
    """Whether its numbers can be typed on any keyboard: western digits from left to right, and known marks."""
    symbols = locale.number_symbols.get("latn", {})
    return locale.text_direction == "ltr" and {symbols.get("decimal"), symbols.get("group")} <= _MARKS


def _conventions(days: str, numbers: Locale) -> Conventions:
    symbols = numbers.number_symbols["latn"]
    pattern = numbers.currency_formats["standard"]
    positive = pattern.pattern.split(";")[0]
    first = positive.index("¤") < positive.index("0")
    beside = positive.partition("¤")[2][:1] if first else positive.partition("¤")[0][-1:]
    month_first = Locale.parse(days).date_formats["long"].pattern.startswith("M")
    return Conventions(
        days, month_first, symbols["decimal"], symbols["group"], pattern.grouping, first, beside.isspace()
    )


_active: ContextVar[Habits | None] = ContextVar("habits", default=None)


def active() -> Habits:
    """The habits of the user whose request this is; international ones outside of a request."""
    return _active.get() or Habits(conventions_of(""))


@contextmanager
def override(country: str, currency: str = "") -> Iterator[None]:
    """Activate the conventions of a country, and a currency, within a block."""
    token = _active.set(Habits(conventions_of(country), currency))
    try:
        yield
    finally:
        _active.reset(token)


def show_day(day: date, length: Length = "medium") -> str:
    """`15 Mar` (short), `15 Mar 2026`, `15 March 2026` (long) or `Sun 15 Mar 2026` (full).

    Month before day where English is written so. Never figures alone: 3/4 is two different days.
    """
    conventions = active().conventions
    return _written(day, _PATTERNS[conventions.month_first][length], conventions.days)


def show_month(day: date, pattern: Literal["MMM", "MMM y", "MMM yy", "MMMM y"] = "MMM y") -> str:
    """The month of a day: `Sep` or, as the country writes it, `Sept`; with its year as the pattern says."""
    return _written(day, pattern, active().conventions.days)


@lru_cache(maxsize=4096)
def _written(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def show_count(number: int) -> str:
    """A whole number with its digits grouped."""
    return ("−" if number < 0 else "") + grouped(str(abs(number)), active().conventions)


def counted(number: int, one: str, many: str = "") -> str:
    """`1 transaction`, `1,204 transactions`; ``many`` where the plural has more than an s."""
    return f"{show_count(number)} {one if number == 1 else many or f'{one}s'}"


def grouped(digits: str, conventions: Conventions) -> str:
    """Digits with the group mark between them."""
    last, before = conventions.grouping
    if before == 3:
        return f"{int(digits):,}".replace(",", conventions.group)
    if len(digits) <= last:
        return digits
    head, parts = digits[:-last], [digits[-last:]]
    while head:
        head, parts = head[:-before], [head[-before:], *parts]
    return conventions.group.join(parts)
