"""One value of the old file at a time: floats to exact decimals, naive UTC to timestamps, escaped HTML to text."""

import html
import math
import re
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from accounts.people.choices import COUNTRIES
from transactions.importing.formats.text import clean_text
from wealthwise.core.days import FIRST_DAY, LAST_DAY, timestamp_of
from wealthwise.core.money import CENT, MAX_AMOUNT, ZERO
from wealthwise.portability.legacy.report import RepairReport

# Less than this is the dust of binary fractions; more was typed or computed.
DUST: Final = Decimal("0.000001")
_PLAIN: Final = re.compile(r"[-+]?[0-9]{1,13}(?:\.[0-9]{1,9})?")
_COUNTRY_CODES: Final[dict[str, str]] = {name.casefold(): code for code, name in COUNTRIES} | {
    code.casefold(): code for code, _ in COUNTRIES
}


def money(value: Any, report: RepairReport, where: str) -> Decimal | None:
    """The float as whole cents, half to even; None when it is no amount or does not fit."""
    exact = _number(value, report, where)
    if exact is None:
        return None
    if abs(exact) > MAX_AMOUNT:
        return None
    cents = exact.quantize(CENT, rounding=ROUND_HALF_EVEN)
    if abs(exact - cents) >= DUST:
        report.repaired("amounts rounded to cents", f"{where}: {exact} to {cents}")
    elif exact != cents:
        report.repaired("amounts freed of binary dust", f"{where}: {exact} to {cents}")
    return abs(cents) if cents == 0 else cents


def _number(value: Any, report: RepairReport, where: str) -> Decimal | None:
    """What SQLite keeps as a number, or as the plain text of one: it puts any value into any column."""
    if isinstance(value, str) and _PLAIN.fullmatch(value.strip()):
        report.repaired("amounts that were kept as text", f"{where}: {value.strip()}")
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Decimal(repr(value))


def planned(value: Any, report: RepairReport, where: str) -> Decimal | None:
    """An amount that plans: never negative; empty is zero, and told. None for what is no amount, or too large."""
    if value is None:
        report.repaired("planned amounts that were empty taken for zero", where)
        return ZERO
    amount = money(value, report, where)
    if amount is None:
        report.left("planned amounts that are no number or too large", f"{where}: {str(value)[:40]}")
        return None
    if amount < 0:
        report.repaired("planned amounts below zero set to zero", f"{where}: {amount}")
        return ZERO
    return amount


def text(value: Any, length: int, report: RepairReport, where: str) -> str:
    """The text with its HTML entities resolved, on one line, at most ``length`` characters."""
    raw = str(value) if value is not None else ""
    plain = html.unescape(raw)
    if plain != raw:
        report.repaired("texts freed of escaped HTML", f"{where}: {raw[:40]} to {plain[:40]}")
    whole = clean_text(plain, len(plain))
    if len(whole) > length:
        report.repaired("texts cut to the length there is", where)
    return whole[:length].rstrip()


def instant(value: Any) -> datetime | None:
    """A naive UTC timestamp as SQLAlchemy writes it, aware; None for what is none or outside of the years covered."""
    try:
        timestamp = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    aware = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
    return aware if FIRST_DAY < aware.date() < LAST_DAY else None


def dating(value: Any, zone: ZoneInfo, report: RepairReport, where: str) -> tuple[date, time | None, datetime] | None:
    """The user's day, time and timestamp of a booking. Midnight sharp means a day without a time."""
    timestamp = instant(value)
    if timestamp is None:
        return None
    if timestamp.timetz().replace(tzinfo=None) == time.min:
        report.repaired("days without a time placed at noon of the person's zone", "")
        return timestamp.date(), None, timestamp_of(timestamp.date(), None, zone)
    local = timestamp.astimezone(zone)
    return local.date(), local.time(), timestamp


def day(value: Any) -> date | None:
    """A day within the years that forms accept."""
    try:
        found = date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def country_code(name: Any) -> str:
    """ISO code of a country by its English name or code; empty for an unknown one."""
    return _COUNTRY_CODES.get(str(name or "").strip().casefold(), "")
