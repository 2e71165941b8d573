"""Days, months, and timestamps in a user's time zone. A booking that has only a date is stored at noon there."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

# Bookings lie between these days, so that a day before or after is always a date that exists.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
NOON = time(12)
ONE_DAY: Final = timedelta(days=1)


def zone_of(user: Any) -> ZoneInfo:
    """The user's zone; UTC for nobody, and when the name is unknown to this machine."""
    try:
        return ZoneInfo(getattr(user, "time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def today_of(user: Any) -> date:
    """The day that it is where ``user`` lives."""
    return timezone.now().astimezone(zone_of(user)).date()


def timestamp_of(day: date, clock: time | None, zone: ZoneInfo) -> datetime:
    """The aware timestamp of ``day`` at ``clock``, at noon without one."""
    return datetime.combine(day, clock or NOON, tzinfo=zone)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def end_of_month(day: date) -> date:
    return months_before(day, -1) - ONE_DAY


def months_before(day: date, months: int) -> date:
    """The first day of the month that many months before the one with ``day`` in it; below zero, after it."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def bucket_end(first: date, unit: str) -> date:
    """The last day of the month or year that begins on ``first``."""
    return date(first.year, 12, 31) if unit == "year" else end_of_month(first)
