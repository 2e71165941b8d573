"""Each request runs once, in its user's zone; months are counted across years."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.people.middleware import user_middleware
from wealthwise.core.days import bucket_end, end_of_month, months_before, zone_of


@pytest.mark.parametrize(
    ("name", "zone"), [("Africa/Johannesburg", "Africa/Johannesburg"), ("Mars/Olympus", "UTC"), ("../etc", "UTC")]
)
def test_a_request_runs_in_the_persons_zone(name: str, zone: str) -> None:
    request: Any = RequestFactory().get("/")
    request.user = SimpleNamespace(time_zone=name)
    seen = []

    def view(request: Any) -> HttpResponse:
        seen.append(timezone.get_current_timezone())
        return HttpResponse()

    user_middleware(view)(request)
    assert seen == [ZoneInfo(zone)]
    assert zone_of(request.user) == ZoneInfo(zone)


def test_a_view_that_fails_over_a_zone_is_not_run_again() -> None:
    request: Any = RequestFactory().post("/")
    request.user = SimpleNamespace(time_zone="UTC")
    calls = []

    def view(request: Any) -> HttpResponse:
        calls.append(request)
        raise ZoneInfoNotFoundError

    with pytest.raises(ZoneInfoNotFoundError):
        user_middleware(view)(request)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        ("2026-06-01", 0, "2026-06-01"),
        ("2026-01-01", 1, "2025-12-01"),
        ("2026-01-15", 13, "2024-12-01"),
        ("2026-03-01", 27, "2023-12-01"),
        ("2026-11-30", -2, "2027-01-01"),
    ],
)
def test_months_before(day: str, months: int, found: str) -> None:
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(found)


def test_ends_of_months_and_years() -> None:
    assert bucket_end(date(2028, 2, 1), "month") == date(2028, 2, 29)
    assert bucket_end(date(2026, 1, 1), "year") == date(2026, 12, 31)
    assert end_of_month(date(2026, 12, 5)) == date(2026, 12, 31)
