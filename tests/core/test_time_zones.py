"""One table of time zones decides days: the pinned one."""

import zoneinfo
from importlib.metadata import version

import pytest
from django.db import connection

from accounts.people.choices import time_zones


def test_zones_come_from_the_pinned_package_and_not_from_the_machine() -> None:
    assert zoneinfo.TZPATH == ()
    assert version("tzdata")


def test_every_zone_that_can_be_chosen_is_in_it() -> None:
    assert {zoneinfo.ZoneInfo(name).key for name, _ in time_zones()} == {name for name, _ in time_zones()}


@pytest.mark.django_db
def test_sessions_of_the_database_keep_to_utc() -> None:
    """Statements compare timestamps with days, a day wider: see transactions.models.days."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone() == ("UTC",)
