"""How one value looks in the file, and what is accepted there when it comes back.

``encode`` takes what the database holds and gives what JSON holds; ``decode`` goes back and raises Fault. What
``encode`` gives, ``decode`` accepts. ``cell`` is the value for a table in a spreadsheet. None is null in the file, and
reaches none of the three.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from django.db import models

from wealthwise.core.money import MAX_AMOUNT

type Cell = str | int | bool | Decimal | date | datetime | time | None

LONGEST_TEXT: Final = 100_000  # of a column without a limit of its own
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_MONEY: Final = re.compile(r"-?[0-9]{1,10}\.[0-9]{2}")


class Fault(ValueError):
    """Why a value was not accepted, as the end of a sentence: "must be text"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """A value that may be missing when ``null`` is set; the rest is said by the subclasses."""

    null: bool = False

    def encode(self, value: Any, zone: ZoneInfo) -> Any:
        return value

    def decode(self, value: Any) -> Any:
        raise NotImplementedError

    def cell(self, value: Any) -> Cell:
        cell: Cell = value
        return cell

    def read(self, value: Any) -> Any:
        """``decode``, with None let through where it may be."""
        if value is None:
            if self.null:
                return None
            raise Fault("is missing")
        return self.decode(value)


@dataclass(frozen=True, slots=True)
class Text(Codec):
    """``shape`` is a pattern that the whole text must match; an empty text is refused when ``required``."""

    longest: int
    required: bool = False
    shape: str = ""

    def decode(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Fault("must be text")
        if self.required and not value:
            raise Fault("must not be empty")
        if len(value) > self.longest:
            raise Fault(f"has more than {self.longest} characters")
        if _UNSTORABLE.search(value):
            raise Fault("has a character that cannot be stored")
        if self.shape and not re.fullmatch(self.shape, value):
            raise Fault("does not have the right form")
        return value


@dataclass(frozen=True, slots=True)
class Choice(Codec):
    allowed: Collection[str]

    def decode(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.allowed:
            raise Fault(f"must be one of {', '.join(self.allowed)}")
        return value


@dataclass(frozen=True, slots=True)
class Money(Codec):
    """A decimal with two places, as text, so that no reader makes a float of it."""

    signed: bool = True

    def encode(self, value: Decimal, zone: ZoneInfo) -> str:
        return f"{value:.2f}"

    def decode(self, value: Any) -> Decimal:
        if not isinstance(value, str) or not _MONEY.fullmatch(value):
            raise Fault("must be an amount as text with two decimals, such as “12.50”")
        amount = Decimal(value)
        if abs(amount) > MAX_AMOUNT or (amount < 0 and not self.signed):
            raise Fault("is out of range")
        return amount


def _within_reach(day: date) -> None:
    """The first and the last year of the calendar cannot be shown in every zone."""
    if not 1 < day.year < 9999:
        raise Fault("is out of range")


@dataclass(frozen=True, slots=True)
class Timestamp(Codec):
    """An ISO 8601 timestamp with its offset; written in the user's zone."""

    def encode(self, value: datetime, zone: ZoneInfo) -> str:
        return value.astimezone(zone).isoformat()

    def decode(self, value: Any) -> datetime:
        try:
            timestamp = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise Fault("must be a moment such as 2026-03-15T12:00:00+02:00") from None
        if timestamp.utcoffset() is None:
            raise Fault("must have an offset from UTC, such as +02:00")
        _within_reach(timestamp)
        return timestamp.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Day(Codec):
    def encode(self, value: date, zone: ZoneInfo) -> str:
        return value.isoformat()

    def decode(self, value: Any) -> date:
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError):
            raise Fault("must be a day such as 2026-03-15") from None
        _within_reach(day)
        return day


@dataclass(frozen=True, slots=True)
class Clock(Codec):
    """A time of the owner's day."""

    def encode(self, value: time, zone: ZoneInfo) -> str:
        return value.isoformat()

    def decode(self, value: Any) -> time:
        try:
            clock = time.fromisoformat(value)
        except (TypeError, ValueError):
            raise Fault("must be a time such as 19:30:00") from None
        if clock.tzinfo is not None:
            raise Fault("must be a time without an offset")
        return clock


@dataclass(frozen=True, slots=True)
class Flag(Codec):
    def decode(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Fault("must be true or false")
        return value


@dataclass(frozen=True, slots=True)
class Count(Codec):
    """A whole number from ``least`` to ``most``."""

    most: int
    least: int = 0

    def decode(self, value: Any) -> int:
        if type(value) is not int or not self.least <= value <= self.most:
            raise Fault(f"must be a whole number from {self.least} to {self.most}")
        return value


@dataclass(frozen=True, slots=True)
class Uuid(Codec):
    def encode(self, value: UUID, zone: ZoneInfo) -> str:
        return str(value)

    def decode(self, value: Any) -> UUID:
        try:
            return UUID(value)
        except (TypeError, ValueError, AttributeError):
            raise Fault("must be a UUID") from None

    def cell(self, value: UUID) -> Cell:
        return str(value)


@dataclass(frozen=True, slots=True)
class Reference(Codec):
    """Names a row of an earlier section by its ``ref``. Resolved by whoever writes or reads, not here.

    One that ``may_be_gone`` is a number without a key: null in the file where the row is there no longer.
    """

    section: str
    may_be_gone: bool = False

    def decode(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Fault(f"must be the ref of a row in {self.section}")
        return value


@dataclass(frozen=True, slots=True)
class References(Reference):
    """A list of such names, in the order of the keys; null without any."""

    most: int = 20

    def decode(self, value: Any) -> Any:
        if not isinstance(value, list) or not 0 < len(value) <= self.most or len(set(map(str, value))) < len(value):
            raise Fault(f"must be a list of 1 to {self.most} different refs of rows in {self.section}")
        return [super(References, self).decode(ref) for ref in value]


def _text(column: Any) -> Text:
    return Text(column.max_length or LONGEST_TEXT, required=not column.blank, null=column.null)


_BY_TYPE: Final[dict[type, Callable[[Any], Codec]]] = {
    models.CharField: _text,
    models.TextField: _text,
    models.DecimalField: lambda column: Money(null=column.null),
    models.DateTimeField: lambda column: Timestamp(null=column.null),
    models.DateField: lambda column: Day(null=column.null),
    models.TimeField: lambda column: Clock(null=column.null),
    models.BooleanField: lambda column: Flag(null=column.null),
    models.UUIDField: lambda column: Uuid(null=column.null),
    models.PositiveIntegerField: lambda column: Count(2_147_483_647, null=column.null),
}


def codec_of(column: Any) -> Codec:
    """The form of a column's values, by its type. A type that is not here gets its codec in its section."""
    if column.choices:
        return Choice([str(value) for value, _ in column.choices], null=column.null)
    for kind in type(column).__mro__:
        if kind in _BY_TYPE:
            return _BY_TYPE[kind](column)
    raise ImproperlyConfigured(f"{column}: say in the codecs of its section how it looks in an export.")
