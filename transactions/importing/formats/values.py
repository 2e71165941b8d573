"""How one cell of text turns into an amount."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from transactions.importing.formats.rows import RowNote, UnreadableValue
from transactions.importing.formats.text import clean_text
from wealthwise.core.money import CENT, MAX_AMOUNT

# Longer than any amount that a bank prints; keeps hostile cells away from the patterns below.
VALUE_LENGTH = 40

# A currency as banks write it: R, EUR, Rs., KSh, zł, Kč.
_CURRENCY = r"(?:(?:[^\W\d_]\.?){1,5})?"
_NUMBER = r"(?:[0-9](?:[0-9 .,']*[0-9.,])?|[.,][0-9]+)"
_AMOUNT = re.compile(rf"({_CURRENCY}) ?([-+]?) ?({_CURRENCY}) ?({_NUMBER}) ?({_CURRENCY}) ?([-+]?) ?({_CURRENCY})")
_MARK = re.compile(r"(?<![^\W\d_])(DR|DB|CR|[SHDC])\.?$|^(DR|CR)\.?(?= ?[-+]?[0-9])")
_OUT_MARKS = {"DR", "DB", "S", "D"}
_SAME = str.maketrans(
    {
        "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2010": "-", "\u2011": "-", "\u2019": "'", "\u00b4": "'",
        "`": "'", "\u066b": ".", "\u066c": ",",
    }
)  # fmt: skip
# What banks write where there is no value.
_NOTHING: Final = re.compile(r"(?:[$\u20ac\u00a3\u00a5\u20b9]? ?[-\u2013\u2014\u2212]{0,3}|n/a|\.)", re.IGNORECASE)


_WORDS_FOR_NOTHING: Final = {"na", "null", "none", "nil"}
LONGEST_NOTHING: Final = 5


def is_nothing(text: str) -> bool:
    """Whether a cell stands for no value: a dash, "N/A"."""
    if text.isalnum():
        return text.lower() in _WORDS_FOR_NOTHING
    return len(text) < LONGEST_NOTHING and _NOTHING.fullmatch(text.strip()) is not None


_BARE: Final = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,2})?")


class Printed(NamedTuple):
    """An amount as it is printed: its sign (0 for none), the bare number, a mark such as CR, and its currency."""

    sign: int
    number: str
    mark: str = ""
    currency: str = ""


def _plain(text: str) -> str:
    """The text in plain signs and capitals, and no symbol of a currency."""
    text = text.strip().removeprefix("=").strip("\"'") if text[:1] in "='\" " else text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_SAME)
        text = "".join(_plain_character(c) for c in text)
    text = text.replace("$", " ").translate(_SAME) if "$" in text or "`" in text else text
    return re.sub(r"[.,]-{1,2}$", "", " ".join(text.upper().split()))


def _plain_character(character: str) -> str:
    kind = unicodedata.category(character)
    return " " if kind == "Sc" else str(unicodedata.decimal(character)) if kind == "Nd" else character


@lru_cache(maxsize=8192)
def _printed(text: str) -> Printed | str:
    """What "(12.50)", "12.50-", "R 1,234.56" or "12.50 DR" say, or why it is no amount: both are remembered."""
    if _BARE.fullmatch(text):  # most amounts of most files, in a tenth of the time
        return Printed(-1, text[1:]) if text[0] == "-" else Printed(0, text)
    shown = clean_text(text[: 4 * VALUE_LENGTH], VALUE_LENGTH)
    plain = _plain(text) if len(text) <= VALUE_LENGTH else ""
    plain = re.sub(r"^[^\W\d_]{1,5}\.? ?(?=\()", "", plain)
    signs, mark = [], ""
    if plain.startswith("(") and plain.endswith(")"):
        signs.append(-1)
        plain = plain[1:-1].strip()
    if found := _MARK.search(plain):
        mark = found[1] or found[2]
        signs.append(-1 if mark in _OUT_MARKS else 1)
        plain = (plain[: found.start()] + plain[found.end() :]).strip()
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        return f'"{shown}" is not an amount.'
    signs += [-1 if sign == "-" else 1 for sign in (match[2], match[6]) if sign]
    if len(set(signs)) > 1:
        return f'"{shown}" has two different signs.'
    currency = next((word for word in (match[1], match[3], match[5], match[7]) if word), "")
    return Printed(signs[0] if signs else 0, match[4], mark, currency.strip("."))


def printed(text: str) -> Printed | None:
    """How an amount is printed; None for what is none."""
    found = _printed(text)
    return None if isinstance(found, str) else found


@lru_cache(maxsize=32)
def _usual(decimal: str, thousands: str) -> re.Pattern[str]:
    """Nearly all amounts of nearly all files: digits, a minus before them at most, groups of three."""
    groups = f"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    return re.compile(rf"-?(?:{groups}[0-9]{{1,12}})(?:{re.escape(decimal)}[0-9]{{1,2}})?")


def read_amount(text: str, decimal: str, thousands: str) -> Decimal:
    """The exact value of an amount as printed, not yet rounded to cents.

    Spaces and apostrophes between groups of three are always understood; `thousands` adds one more
    separator. A wrong group ("12,50" where the comma separates thousands) raises UnreadableValue rather
    than give a hundred times the amount.
    """
    if _usual(decimal, thousands).fullmatch(text):
        return Decimal(text.replace(thousands, "").replace(decimal, "."))
    value = _value(text, decimal, thousands)
    if isinstance(value, str):
        raise UnreadableValue(value)
    return value


@lru_cache(maxsize=8192)
def _value(text: str, decimal: str, thousands: str) -> Decimal | str:
    found = _printed(text)
    if isinstance(found, str):
        return found
    whole, _, fraction = found.number.partition(decimal)
    if whole.isdecimal() and whole.isascii() and _BARE.fullmatch(f"0.{fraction or '0'}"):
        return Decimal(f"{'-' if found.sign < 0 else ''}{whole}.{fraction or '0'}")
    groups = re.split(f"[ '{re.escape(thousands)}]", whole)
    grouped = len(groups) == 1 or (
        1 <= len(groups[0]) <= 3 and len(groups[-1]) == 3 and all(2 <= len(g) <= 3 for g in groups[1:])
    )
    digits = "".join(groups) or "0"
    if not grouped or not digits.isdigit() or not (fraction or "0").isdigit():
        shown = clean_text(text, VALUE_LENGTH)
        return f'"{shown}" does not fit amounts with "{decimal}" before the decimals.'
    value = Decimal(f"{digits}.{fraction or '0'}")
    return -value if found.sign < 0 else value


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
    return any(isinstance(_value(text, *style), Decimal) for style in ((".", ","), (",", ".")))


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


class DecimalStyle(NamedTuple):
    """How numbers are written; whether nothing tells "1.234" from one and a quarter."""

    decimal: str
    thousands: str
    is_doubtful: bool


def style_of_numbers(values: Iterable[str]) -> DecimalStyle:
    """The separators that most of these amounts speak for, else "." and ","."""
    votes: Counter[str] = Counter()
    thousands: Counter[str] = Counter()
    for value in values:
        found = _printed(value)
        if isinstance(found, str):
            continue
        separator, weight = _decimal_vote(found.number)
        votes[separator] += weight
        thousands.update({" ", "'"} & set(found.number))
    decimal = "," if votes[","] > votes["."] else "."
    # Without a space or apostrophe seen, the opposite sign: next month's file may have a larger amount.
    group = next((s for s, _ in thousands.most_common(1)), "." if decimal == "," else ",")
    return DecimalStyle(
        decimal, group, is_doubtful=0 < votes[decimal] < 100 and not votes["." if decimal == "," else ","]
    )


def decimal_style(values: Iterable[str]) -> tuple[str, str]:
    """(decimal separator, thousands separator) that most of these amounts speak for."""
    return style_of_numbers(values)[:2]
