"""The time zone a person lives in."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(user: Any) -> ZoneInfo:
    """The person's zone; UTC for nobody, and when the name is unknown to this machine."""
    try:
        return ZoneInfo(getattr(user, "time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
