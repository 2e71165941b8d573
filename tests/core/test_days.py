"""Each request runs once, in its person's zone."""

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.people.middleware import person_middleware
from wealthwise.core.days import zone_of


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

    person_middleware(view)(request)
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
        person_middleware(view)(request)
    assert len(calls) == 1
