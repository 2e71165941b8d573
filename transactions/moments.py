"""Days and moments in a person's time zone. A booking that has only a date is stored at noon there."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User
from accounts.zones import zone_of

# Bookings lie between these days, so that a day before or after is always a date that exists.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
NOON = time(12)


def today_of(user: User) -> date:
    return timezone.now().astimezone(zone_of(user)).date()


def moment_of(day: date, clock: time | None, zone: ZoneInfo) -> datetime:
    """The aware moment of ``day`` at ``clock``, at noon without one."""
    return datetime.combine(day, clock or NOON, tzinfo=zone)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at which ``day`` begins."""
    return datetime.combine(day, time.min, tzinfo=zone)
