"""How one cell of text turns into an amount or a day."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from transactions.importing.formats.rows import RowNote, UnreadableValue
from transactions.importing.formats.text import clean_text, plain_letters
from wealthwise.core.money import CENT, MAX_AMOUNT

# Longer than any amount or date that a bank prints; keeps hostile cells away from the patterns below.
VALUE_LENGTH = 40

_CURRENCY = r"(?:[A-Z]{1,4}\.?)?"
_NUMBER = r"(?:[0-9](?:[0-9 .,']*[0-9.,])?|[.,][0-9]+)"
_AMOUNT = re.compile(rf"{_CURRENCY} ?([-+]?) ?{_CURRENCY} ?({_NUMBER}) ?{_CURRENCY} ?([-+]?) ?{_CURRENCY}")
_MARK = re.compile(r"(?<![A-Z])(DR|DB|CR|S|H)$")
_SAME = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2010": "-", "\u2019": "'", "\u00b4": "'", "`": "'"})


@lru_cache(maxsize=4096)
def _split_amount(text: str) -> tuple[bool, str]:
    """(is it negative, the bare number) of "(12.50)", "12.50-", "R 1,234.56", "EUR -3", "12.50 DR"."""
    text = text.strip()
    plain = unicodedata.normalize("NFKC", text).translate(_SAME).upper() if len(text) <= VALUE_LENGTH else ""
    plain = " ".join("".join(" " if unicodedata.category(c) == "Sc" else c for c in plain).split())
    plain = re.sub(r"^[A-Z]{1,4}\.? ?(?=\()", "", plain)
    signs = []
    if plain.startswith("(") and plain.endswith(")"):
        signs.append("-")
        plain = plain[1:-1].strip()
    if mark := _MARK.search(plain):
        signs.append("-" if mark[1] in {"DR", "DB", "S"} else "+")
        plain = plain[: mark.start()].rstrip()
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        raise UnreadableValue(f'"{clean_text(text, VALUE_LENGTH)}" is not an amount.')
    signs += [sign for sign in (match[1], match[3]) if sign]
    if len(signs) > 1 and len(set(signs)) > 1:
        raise UnreadableValue(f'"{clean_text(text, VALUE_LENGTH)}" has two different signs.')
    return signs[:1] == ["-"], match[2]


def read_amount(text: str, decimal: str, thousands: str) -> Decimal:
    """The exact value of an amount as printed, not yet rounded to cents.

    Spaces and apostrophes between groups of three are always understood; `thousands` adds one more
    separator. A wrong group ("12,50" where the comma separates thousands) raises UnreadableValue rather
    than give a hundred times the amount.
    """
    negative, number = _split_amount(text)
    whole, _, fraction = number.partition(decimal)
    groups = re.split(f"[ '{re.escape(thousands)}]", whole)
    grouped = len(groups) == 1 or (
        1 <= len(groups[0]) <= 3 and len(groups[-1]) == 3 and all(2 <= len(g) <= 3 for g in groups[1:])
    )
    digits = "".join(groups) or "0"
    if not grouped or not digits.isdigit() or not (fraction or "0").isdigit():
        raise UnreadableValue(
            f'"{clean_text(text, VALUE_LENGTH)}" does not fit amounts with "{decimal}" before the decimals.'
        )
    value = Decimal(f"{digits}.{fraction or '0'}")
    return -value if negative else value


def to_cents(value: Decimal) -> tuple[Decimal, bool]:
    """(the amount in whole cents, rounded half to even; whether that changed it).

    Raises UnreadableValue for zero, and for more than 9,999,999,999.99 either way.
    """
    if abs(value) > MAX_AMOUNT:
        raise UnreadableValue("The amount is larger than 9,999,999,999.99.")
    cents = value.quantize(CENT, rounding=ROUND_HALF_EVEN)
    if not cents:
        raise UnreadableValue("The amount is zero, so there is nothing to record.")
    return cents, cents != value


def rounding_note(line: int, value: Decimal, cents: Decimal) -> RowNote:
    """The note that goes with an amount that `to_cents` changed."""
    return RowNote(line, f"The amount {value.normalize():f} was rounded to {cents}.")


def looks_like_amount(text: str) -> bool:
    """Whether some decimal style reads the text as an amount."""
    for decimal, thousands in ((".", ","), (",", ".")):
        try:
            read_amount(text, decimal, thousands)
        except UnreadableValue:
            continue
        return True
    return False


def _decimal_vote(number: str) -> tuple[str, int]:
    """(the decimal separator that one number speaks for, weight); ("", 0) when it has no separator."""
    point, comma = number.rfind("."), number.rfind(",")
    if point < 0 and comma < 0:
        return "", 0
    last, other = (".", ",") if point > comma else (",", ".")
    if other in number:
        return last, 100
    if number.count(last) > 1:
        return other, 100
    before, after = number.split(last)
    if len(after) != 3 or before in {"", "0"} or len(before) > 3:
        return last, 100
    # "1,234" alone: banks print two decimals, so three digits are more likely a group of thousands.
    return other, 1


def decimal_style(values: Iterable[str]) -> tuple[str, str]:
    """(decimal separator, thousands separator) that most of these amounts speak for, else (".", ",")."""
    votes: Counter[str] = Counter()
    thousands: Counter[str] = Counter()
    for value in values:
        try:
            _, number = _split_amount(value)
        except UnreadableValue:
            continue
        separator, weight = _decimal_vote(number)
        votes[separator] += weight
        thousands.update({" ", "'"} & set(number))
    decimal = "," if votes[","] > votes["."] else "."
    # Without a space or apostrophe seen, the opposite sign: next month's file may have a larger amount.
    return decimal, next((s for s, _ in thousands.most_common(1)), "." if decimal == "," else ",")


# --- dates ----------------------------------------------------------------------------------------------------

# In order of preference where several fit equally well. %b is a month's name, short or long.
DATE_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y",
    "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%m/%d/%y", "%m-%d-%y", "%m.%d.%y",
    "%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d. %b %Y", "%d de %b de %Y", "%b %d %Y",
    "%d %b %y", "%d-%b-%y", "%d/%b/%y", "%Y %b %d", "%d%m%Y", "%y-%m-%d",
)  # fmt: skip

_MONTH_WORDS = (
    "jan january januar janvier janv enero ene janeiro januari",
    "feb february februar fevrier fevr fev febrero fevereiro februari",
    "mar march marz maerz mrz mars marzo marco maart mrt",
    "apr april avril avr abril abr",
    "may mai mayo maio mei",
    "jun june juni juin junio junho",
    "jul july juli juillet juil julio julho",
    "aug august aout agosto ago augustus",
    "sep sept september septembre septiembre setembro set",
    "oct october okt oktober octobre octubre outubro out",
    "nov november novembre noviembre novembro",
    "dec december dez dezember decembre diciembre dic dezembro",
)
MONTHS = {word: month for month, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
_PARTS = {
    "%Y": "([0-9]{4})",
    "%y": "([0-9]{2})",
    "%m": "([0-9]{1,2})",
    "%d": "([0-9]{1,2})",
    "%b": r"([a-z]{3,10})\.?",
}
_FORMAT_WORDS = {"%Y": "year", "%y": "year", "%m": "month", "%d": "day", "%b": "month name"}
_TIME = re.compile(r"[T ,]+[0-9]{1,2}:[0-9]{2}.*$", re.DOTALL)


def date_part(text: str) -> str:
    """The text without a time of day, commas and accents."""
    if len(text := text.strip()) > VALUE_LENGTH:
        return ""
    return " ".join(plain_letters(_TIME.sub("", text)).replace(",", " ").split())


@lru_cache(maxsize=64)
def _date_pattern(date_format: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    codes = tuple(re.findall("%[a-zA-Z]", date_format))
    # Without separators only the fixed width tells where a part ends.
    compact = "".join(codes) == date_format
    pattern = re.escape(date_format)
    for code in codes:
        part = _PARTS[code].replace("{1,2}", "{2}") if compact else _PARTS[code]
        pattern = pattern.replace(code, part)
    return re.compile(pattern), codes


@lru_cache(maxsize=4096)
def read_date(text: str, date_format: str) -> date:
    """The day that a cell names under one of DATE_FORMATS; a time of day behind it is left out.

    Raises UnreadableValue with a reason. Two-digit years are 1970 to 2069.
    """
    pattern, codes = _date_pattern(date_format)
    match = pattern.fullmatch(date_part(text))
    shown = clean_text(text, VALUE_LENGTH)
    if match is None:
        raise UnreadableValue(f'"{shown}" is not a date written as {describe_date_format(date_format)}.')
    parts = {code[1].lower(): value for code, value in zip(codes, match.groups(), strict=True)}
    year = int(parts["y"])
    if "%y" in codes:
        year += 1900 if year >= 70 else 2000
    month = MONTHS.get(parts["b"], 0) if "b" in parts else int(parts["m"])
    try:
        day = date(year, month, int(parts["d"]))
    except ValueError:
        raise UnreadableValue(f'"{shown}" is not a day of the calendar.') from None
    if not 1900 <= day.year <= 2100:
        raise UnreadableValue(f'"{shown}" is not between the years 1900 and 2100.')
    return day


def describe_date_format(date_format: str) -> str:
    """A format in words: "day/month/year"."""
    return re.sub("%[a-zA-Z]", lambda code: _FORMAT_WORDS[code[0]], date_format)


def fits_date(text: str, date_format: str) -> bool:
    """Whether the text is a date under this format."""
    try:
        read_date(text, date_format)
    except UnreadableValue:
        return False
    return True
