"""How values look on the way in and out: money as text, days as ISO dates, names without control characters.

Everything is checked here as the forms of the pages check it; names that are not known are refused, so that a slip
of the pen never widens a filter or loses a value in silence.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Final

from django.db import models
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic import WithJsonSchema as Described

from wealthwise.core.days import FIRST_DAY, LAST_DAY
from wealthwise.core.money import MAX_AMOUNT

MONEY: Final = r"^-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?$"
ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_TIME: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
MOST_KEY: Final = 2**63 - 1
MOST_SMALL_KEY: Final = 2**31 - 1


class Sent(Schema):
    """What a program sends: no field that is not described."""

    model_config = ConfigDict(extra="forbid")


def _money(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not re.fullmatch(MONEY[1:-1], value):
        raise ValueError('Send amounts as text with at most two decimals, such as "-12.50".')
    return Decimal(value)


def _in_range(value: Decimal) -> Decimal:
    if abs(value) > MAX_AMOUNT:
        raise ValueError("The amount is larger than can be kept.")
    return value


def _above_zero(value: Decimal) -> Decimal:
    if value <= 0:
        raise ValueError("The amount must be above zero.")
    return value


def _not_zero(value: Decimal) -> Decimal:
    if not value:
        raise ValueError("The amount must not be zero.")
    return value


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not ISO_DAY.fullmatch(value):
        raise ValueError("Send days as YYYY-MM-DD.")
    return value


def _known_day(value: date) -> date:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError(f"Send a day between {FIRST_DAY} and {LAST_DAY}.")
    return value


def _time(value: Any) -> Any:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(ISO_TIME[1:-1], value):
        raise ValueError("Send times as HH:MM or HH:MM:SS.")
    return value


def _plain(value: str) -> str:
    if "\0" in value:
        raise ValueError("Null characters are not allowed.")
    return value


_WRITTEN: Final = PlainSerializer(lambda value: f"{value:.2f}", return_type=str)
_TEXT_OF_MONEY: Final = Described({"type": "string", "pattern": MONEY, "examples": ["-12.50"]})
Money = Annotated[Decimal, BeforeValidator(_money), AfterValidator(_in_range), _WRITTEN, _TEXT_OF_MONEY]
MoneyAboveZero = Annotated[Money, AfterValidator(_above_zero)]
MoneyNotZero = Annotated[Money, AfterValidator(_not_zero)]
# Of balances and sums, which may be larger than any amount that is sent.
Total = Annotated[Decimal, _WRITTEN, Described({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"})]
Day = Annotated[
    date, BeforeValidator(_day), AfterValidator(_known_day), Described({"type": "string", "format": "date"})
]
Clock = Annotated[
    time,
    BeforeValidator(_time),
    PlainSerializer(lambda value: value.isoformat("seconds"), return_type=str),
    Described({"type": "string", "pattern": ISO_TIME, "examples": ["18:30"]}),
]
Key = Annotated[int, Field(ge=1, le=MOST_KEY, strict=True)]
SmallKey = Annotated[int, Field(ge=1, le=MOST_SMALL_KEY, strict=True)]
# In an address, where digits are text.
RowPath = Annotated[int, Field(ge=1, le=MOST_KEY)]
SmallPath = Annotated[int, Field(ge=1, le=MOST_SMALL_KEY)]
Version = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="What the row said when you read it.")]


def text(most: int, least: int = 1) -> Any:
    """A text of a person, without space around it."""
    limits = StringConstraints(strip_whitespace=True, min_length=least, max_length=most)
    return Annotated[str, limits, AfterValidator(_plain)]


def text_of(model: type[models.Model], name: str, least: int = 1) -> Any:
    """A text that fits into a column."""
    column: Any = model._meta.get_field(name)
    return text(column.max_length, least)


Name = text(100)


def version_of(*values: Any) -> str:
    """A digest of what a row says. Whoever sends it back says which state of the row they saw."""
    said = json.dumps([_as_text(value) for value in values], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _as_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return ",".join(map(str, value)) if isinstance(value, Iterable) and not isinstance(value, str) else str(value)
