"""How one cell of text turns into a day.

A format is written with the codes %d %m %b %Y %y, where %b is a month's name in any language, and with what stands
between them. It may lack the year. Some are no written days at all: ``excel`` counts days, ``unix`` seconds.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from transactions.importing.formats.months import languages_of, month_of, weekdays
from transactions.importing.formats.rows import UnreadableValue
from transactions.importing.formats.text import clean_text, plain_letters

# Longer than any day with its time that a bank prints; keeps hostile cells away from the patterns below.
DAY_LENGTH: Final = 60
SHOWN: Final = 40
# So many different days tell how they are written: more are two years of them, or hostile.
MOST_DIFFERENT: Final = 1500

# Offered to choose from, in order of preference where several fit equally well.
DATE_FORMATS: Final = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y",
    "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%m/%d/%y", "%m-%d-%y", "%m.%d.%y",
    "%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d. %b %Y", "%d de %b de %Y", "%b %d %Y",
    "%d %b %y", "%d-%b-%y", "%d/%b/%y", "%Y %b %d", "%d%m%Y", "%y-%m-%d",
)  # fmt: skip
_COUNTED: Final = {
    "excel": "days since 1900, as Excel counts",
    "unix": "seconds since 1970",
    "unixms": "ms since 1970",
}
_MOST_OF_A_FILE: Final = 2 * 366  # days between which those of a file usually are
_PARTS: Final = {
    "%Y": "([0-9]{4})",
    "%y": "([0-9]{2})",
    "%m": "([0-9]{1,2})",
    "%d": "([0-9]{1,2})",
    "%b": r"([^\W\d_]{2,20})",
}
_FORMAT_WORDS: Final = {"%Y": "year", "%y": "year", "%m": "month", "%d": "day", "%b": "month name"}
_ORDERS: Final = {"%Y": 0, "%d": 1, "%m": 2, "%b": 3, "%y": 4}
MOST_FORMAT: Final = 40

_TIME: Final = re.compile(
    r"(?<=[0-9.])[t ,-]+[0-9]{1,2}[:h][0-9]{2}.*$|(?<=[0-9])[ -]+[0-9]{2}\.[0-9]{2}\.[0-9]{2}(\.[0-9]+)?$", re.DOTALL
)
_COMPACT_TIME: Final = re.compile(r"((?:19|20)[0-9]{6})(?:t?[0-9]{4}|t?[0-9]{6})(?:[.,][0-9]+)?(?:z|\[.*)?")
_ORDINAL: Final = re.compile(r"(?<=[0-9])(?:st|nd|rd|th|er|eme|\u00ba|\u00aa)(?![^\W\d_])")
_FILLERS: Final = re.compile(r"(?<![^\W\d_])(?<!%)(?:de|del|di|of|den|the|d|r|\u0433|\u043e\u0434)(?![^\W\d_])\.?")
_ERAS: Final = {
    "r": 2019, "h": 1989, "s": 1926, "令和": 2019, "平成": 1989, "昭和": 1926,
}  # fmt: skip
_ERA: Final = re.compile(
    f"({'|'.join(_ERAS)})[. ]?([0-9]{{1,2}}|\u5143)([./-])(?=[0-9]{{1,2}}[./-][0-9]{{1,2}}(?![0-9]))"
)
_MINGUO: Final = re.compile("(?:民國 ?)?(1[0-4][0-9])([./-][0-9]{1,2}[./-][0-9]{1,2})")
_EAST_ASIAN: Final = re.compile("[\u5e74\ub144\u6708\uc6d4]")
_TOKENS: Final = re.compile(r"[0-9]+|[^\W\d_]+|[\W_]+")


@lru_cache(maxsize=4096)
def date_part(text: str) -> str:
    """The text as a format sees it: no time of day, no day of the week, no accents, ordinals or fillers."""
    text = text.strip()
    if len(text) > DAY_LENGTH:
        return ""
    plain = text.removeprefix("=").strip("\"'")
    if not plain.isascii():
        plain = "".join(str(unicodedata.decimal(c, c)) for c in unicodedata.normalize("NFKC", plain))
        plain = _EAST_ASIAN.sub("-", plain).replace("\u65e5", " ").replace("\uc77c", " ").replace("- ", "-")
    plain = _in_western_years(" ".join(plain_letters(plain).split()))
    if match := _COMPACT_TIME.fullmatch(plain):
        return match[1]
    plain = _TIME.sub("", plain).replace(",", " ")
    plain = _FILLERS.sub(" ", _ORDINAL.sub("", plain))
    plain = re.sub(r"(?<=[^\W\d_])\.", "", plain)
    plain = re.sub(r"(?<=[0-9])\. (?=[0-9])", ".", " ".join(plain.split()))
    words = re.findall(r"[^\W\d_]+", plain)
    if words and words[0] in weekdays() and (len(words) > 1 or len(re.findall("[0-9]+", plain)) > 2):
        plain = plain.replace(words[0], "", 1)
    return plain.strip(" .,-/" if not plain.startswith("-") else " .")


def _in_western_years(text: str) -> str:
    """A year of a Japanese era ("R8.3.2", or its name before it) or of the Republic of China ("115/03/02") as ours."""
    if match := _ERA.match(text):
        first = _ERAS[match[1]]
        return f"{first + int(match[2].replace('元', '1')) - 1}{match[3]}{text[match.end() :]}"
    if match := _MINGUO.fullmatch(text):
        return f"{1911 + int(match[1])}{match[2]}"
    return text


@lru_cache(maxsize=256)
def _as_seen(date_format: str) -> str:
    """A format as `date_part` would leave what is written in it."""
    plain = _FILLERS.sub(" ", date_format.replace(",", " ").replace("%a", ""))
    return re.sub(r"(%[dmYyb])\. (?=%[dmYy])", r"\1.", " ".join(plain.split())).strip(" .")


@lru_cache(maxsize=256)
def is_date_format(date_format: str) -> bool:
    """Whether a text is a format: a day and a month once, at most one year."""
    if date_format in _COUNTED:
        return True
    codes = re.findall("%(.)", date_format)
    return (
        len(date_format) <= MOST_FORMAT
        and date_format.count("%") == len(codes)
        and set(codes) <= set("dmbYya")
        and len(codes) == len(set(codes))
        and "d" in codes
        and ("m" in codes) != ("b" in codes)
        and not {"Y", "y"} <= set(codes)
    )


def has_year(date_format: str) -> bool:
    return date_format in _COUNTED or "%y" in date_format.lower()


_TYPED: Final = {"yyyy": "%Y", "yy": "%y", "mmmm": "%b", "mmm": "%b", "mm": "%m", "m": "%m", "dd": "%d", "d": "%d"}


def typed_format(text: str) -> str:
    """The format of "dd.mm.yyyy" or "%d.%m.%Y"; empty for what is none."""
    text = text.strip()
    if "%" not in text and text not in _COUNTED:
        words = (("%a" if set(w) == {"d"} and len(w) > 2 else _TYPED.get(w, w)) for w in _TOKENS.findall(text.lower()))
        text = "".join(words)
    return text if is_date_format(text) else ""


@lru_cache(maxsize=256)
def _date_pattern(date_format: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    seen = _as_seen(date_format)
    codes = tuple(re.findall("%[a-zA-Z]", seen))
    # Without separators only the fixed width tells where a part ends.
    compact = "".join(codes) == seen and "%b" not in codes
    pattern = re.escape(seen).replace(r"\ ", " +").replace(r"\.", r"\. ?")
    for code in codes:
        part = _PARTS[code].replace("{1,2}", "{2}") if compact else _PARTS[code]
        pattern = pattern.replace(code, part)
    return re.compile(pattern), codes


@lru_cache(maxsize=8192)
def _read(text: str, date_format: str, language: str, latest: date | None) -> date | str:
    """The day, or why there is none: a refusal is remembered as well as a day."""
    shown = clean_text(text, SHOWN)
    if date_format in _COUNTED:
        day = _counted(date_part(text), date_format)
        return day or f'"{shown}" is not a date written as {_COUNTED[date_format]}.'
    pattern, codes = _date_pattern(date_format)
    match = pattern.fullmatch(date_part(text))
    if match is None:
        return f'"{shown}" is not a date written as {describe_date_format(date_format)}.'
    parts = {code[1].lower(): value for code, value in zip(codes, match.groups(), strict=True)}
    month = month_of(parts["b"], language) if "b" in parts else int(parts["m"])
    if "b" in parts and not month:
        return f'"{shown}" does not name a month that is known.'
    year = _year(parts.get("y", ""), month, int(parts["d"]), latest)
    try:
        day = date(year, month, int(parts["d"]))
    except ValueError:
        return f'"{shown}" is not a day of the calendar.'
    return day if 1900 <= day.year <= 2100 else f'"{shown}" is not between the years 1900 and 2100.'


def _year(text: str, month: int, day: int, latest: date | None) -> int:
    """Two digits are 1970 to 2069; the Buddhist calendar is 543 years ahead; without a year, the last such day."""
    if not text:
        last = latest or date(2000, 12, 31)
        return last.year - ((month, day) > (last.month, last.day))
    year = int(text)
    if len(text) == 2:
        return year + (1900 if year >= 70 else 2000)
    return year - 543 if 2443 <= year <= 2643 else year


def _counted(text: str, date_format: str) -> date | None:
    if not re.fullmatch(r"[0-9]{5,13}(\.[0-9]{1,12})?", text):
        return None
    number = int(text.partition(".")[0])
    if date_format == "excel":
        return date(1899, 12, 30) + timedelta(days=number) if 10_000 <= number < 73_000 else None
    seconds = number // 1000 if date_format == "unixms" else number
    return datetime.fromtimestamp(seconds, UTC).date() if 100_000_000 <= seconds < 4_000_000_000 else None


def read_date(text: str, date_format: str, *, language: str = "", latest: date | None = None) -> date:
    """The day that a cell names under a format; a time of day behind it is left out.

    Months are named in ``language``, or in any. A day without a year is the last one up to ``latest``. Raises
    UnreadableValue with a reason.
    """
    found = _read(text, date_format, language, None if has_year(date_format) else latest)
    if isinstance(found, str):
        raise UnreadableValue(found)
    return found


def fits_date(text: str, date_format: str, *, language: str = "") -> bool:
    """Whether the text is a date under this format."""
    return isinstance(_read(text, date_format, language, None), date)


def describe_date_format(date_format: str) -> str:
    """A format in words: "day/month/year"."""
    if date_format in _COUNTED:
        return _COUNTED[date_format]
    return re.sub("%[a-zA-Z]", lambda code: _FORMAT_WORDS.get(code[0], "weekday"), date_format)


# --- how the days of a column are written ----------------------------------------------------------------------


def swapped(date_format: str) -> str:
    """The format with day and month the other way round."""
    return date_format.replace("%d", "%x").replace("%m", "%d").replace("%x", "%m")


@lru_cache(maxsize=4096)
def formats_of(text: str, *, is_named: bool = False) -> tuple[str, ...]:
    """Every format that the text could be written in. Days that are hard to tell from other numbers (without a year,
    or counted) only where a heading says that they are days.
    """
    seen = date_part(text)
    tokens = _TOKENS.findall(seen)
    numbers = [token for token in tokens if token[0].isdigit()]
    words = [token for token in tokens if token[0].isalpha()]
    if not 1 <= len(numbers) <= 3 or len(words) > 1 or len(tokens) > 6:
        return ()
    is_counted = is_named and re.fullmatch(r"[0-9]{5}\.[0-9]{1,12}", seen)
    found = (
        _compact(numbers[0] if is_counted else seen, is_named=is_named)
        if len(tokens) == 1 or is_counted
        else _spelled(tokens, numbers, words)
    )
    fitting = (f for f in dict.fromkeys(found) if is_date_format(f) and (is_named or has_year(f)))
    language = next(iter(languages_of(words)), "") if words else ""
    return tuple(f for f in fitting if fits_date(text, f, language=language))


def _compact(digits: str, *, is_named: bool) -> list[str]:
    if len(digits) == 8:
        return ["%Y%m%d", *(["%d%m%Y", "%m%d%Y"] if is_named else [])]
    if not is_named:
        return []
    counted = {5: "excel", 10: "unix", 13: "unixms"}.get(len(digits))
    if counted and _counted(digits, counted):
        return [counted]
    return ["%y%m%d", "%d%m%y"] if len(digits) == 6 else []


def _spelled(tokens: Sequence[str], numbers: Sequence[str], words: Sequence[str]) -> list[str]:
    if words and not languages_of(words):
        return []
    first_is_year, last_is_year = len(numbers[0]) == 4, len(numbers[-1]) == 4
    if words:
        orders = {1: [["%d"]], 2: [["%Y", "%d"]] if first_is_year else [["%d", "%Y" if last_is_year else "%y"]]}
    else:
        year = "%Y" if last_is_year else "%y"
        orders = {
            2: [["%d", "%m"], ["%m", "%d"]],
            3: [["%Y", "%m", "%d"]] if first_is_year else [["%d", "%m", year], ["%m", "%d", year], ["%y", "%m", "%d"]],
        }
    found = []
    for order in orders.get(len(numbers), []):
        codes = iter(order)
        found.append("".join(next(codes) if t[0].isdigit() else "%b" if t[0].isalpha() else t for t in tokens))
    return found


def is_day(text: str) -> bool:
    """Whether a text is a day with its year, in any format."""
    return any(character.isdigit() for character in text) and bool(formats_of(text))


@dataclass(frozen=True, slots=True)
class DayStyle:
    """How a column's days are written. ``ambiguous``: day and month could as well be the other way round;
    ``languages``: those in which the names of months mean different months, the chosen one first.
    """

    date_format: str = "%Y-%m-%d"
    language: str = ""
    is_ambiguous: bool = False
    languages: tuple[str, ...] = ()


def day_style(values: Iterable[str], month_first: Callable[[], bool], *, is_named: bool = True) -> DayStyle:
    """The format that fits the most of these days; ``month_first`` is asked where both orders fit as well."""
    days = list(dict.fromkeys(values))
    if len(days) > MOST_DIFFERENT:
        days = days[: MOST_DIFFERENT // 2] + days[-MOST_DIFFERENT // 2 :]
    fitting = Counter(f for day in days for f in formats_of(day, is_named=is_named))
    if not fitting:
        return DayStyle()
    best = min(fitting, key=lambda f: (-fitting[f], not has_year(f), _preference(f)))
    if "%b" in best:
        words = [
            re.findall(r"[^\W\d_]+", date_part(day))[-1] for day in days if best in formats_of(day, is_named=True)
        ]
        languages = tuple(languages_of(words))
        return DayStyle(best, languages[0] if languages else "", languages=languages if len(languages) > 1 else ())
    best = _year_first(best, days) if fitting[_turned(best)] == fitting[best] else best
    other = swapped(best)
    # Nobody who writes the month first writes dots.
    if "." in best or best == other or fitting[other] < fitting[best]:
        return DayStyle(best)
    return _either_way(best, other, days, month_first)


def _turned(date_format: str) -> str:
    """The format with a year of two digits first in place of the day."""
    return date_format.replace("%d", "%x").replace("%y", "%d").replace("%x", "%y") if "%y" in date_format else ""


def _year_first(best: str, days: Sequence[str]) -> str:
    """Of a format and the one with its year first, that which puts the days the nearer together."""
    spans = []
    for each in (best, _turned(best)):
        read = [read_date(day, each) for day in days if fits_date(day, each)]
        spans.append((max(read) - min(read)).days)
    return _turned(best) if spans[0] > 4 * spans[1] + _MOST_OF_A_FILE else best


def _preference(date_format: str) -> tuple[bool, list[int]]:
    """Years of four digits before those of two, and the order of `DATE_FORMATS`."""
    codes = re.findall("%[a-zA-Z]", date_format)
    return ("%Y" not in codes, [_ORDERS[code] for code in codes])


def _either_way(best: str, other: str, days: Sequence[str], month_first: Callable[[], bool]) -> DayStyle:
    latest = date(2000, 12, 31)  # a leap year, for days without a year
    both = [
        (read_date(day, best, latest=latest), read_date(day, other, latest=latest))
        for day in days
        if fits_date(day, best) and fits_date(day, other)
    ]
    if all(one == two for one, two in both):
        return DayStyle(best)
    ordered = [_is_ordered([pair[n] for pair in both]) for n in (0, 1)]
    # Banks sort their files: an order that holds one way only says more than where the bank may be.
    is_other = ordered[1] if ordered[0] != ordered[1] else month_first()
    return DayStyle(other if is_other else best, is_ambiguous=True)


def _is_ordered(days: Sequence[date]) -> bool:
    return all(a <= b for a, b in pairwise(days)) or all(a >= b for a, b in pairwise(days))
