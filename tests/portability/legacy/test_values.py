"""One old value at a time."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.people.choices import zone_of_country
from wealthwise.portability.legacy import values
from wealthwise.portability.legacy.report import RepairReport

CAPE = ZoneInfo("Africa/Johannesburg")


@pytest.mark.parametrize(
    ("old", "new", "repair"),
    [
        (-44.68, "-44.68", []),
        (0.1 + 0.2, "0.30", ["amounts freed of binary dust"]),
        (-850.005, "-850.00", ["amounts rounded to cents"]),
        (-1250.555, "-1250.56", ["amounts rounded to cents"]),
        (-0.0, "0.00", []),
        (12, "12.00", []),
        (1e-9, "0.00", ["amounts freed of binary dust"]),
    ],
)
def test_money(old: Any, new: str, repair: list[str]) -> None:
    report = RepairReport()
    amount = values.money(old, report, "here")
    assert str(amount) == new
    assert list(report.repairs) == repair


@pytest.mark.parametrize("old", [None, "twelve", True, float("nan"), float("inf"), 1e12, b"1"])
def test_what_is_no_money(old: Any) -> None:
    assert values.money(old, RepairReport(), "") is None


@given(st.decimals("-9999999999.99", "9999999999.99", places=2))
def test_every_amount_in_cents_survives_the_float(amount: Decimal) -> None:
    report = RepairReport()
    assert values.money(float(amount), report, "") == amount
    assert not report.repairs["amounts rounded to cents"]


def test_planned_amounts_are_never_negative() -> None:
    report = RepairReport()
    assert [values.planned(old, report, "") for old in (-5.0, None, 7.5)] == [0, 0, Decimal("7.50")]
    assert report.repairs["planned amounts below zero set to zero"] == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [("O&#39;Brien caf&eacute;", "O'Brien café"), (None, ""), ("  a\n b ", "a b"), ("x" * 30, "x" * 20), (7, "7")],
)
def test_text(old: Any, new: str) -> None:
    assert values.text(old, 20, RepairReport(), "") == new


def test_a_day_is_noon_at_home_and_a_timestamp_has_its_day_and_time_there() -> None:
    report = RepairReport()
    dated = {
        "2024-06-30 00:00:00.000000": (date(2024, 6, 30), None, datetime(2024, 6, 30, 12, tzinfo=CAPE)),
        "2024-05-31 23:30:00.000000": (date(2024, 6, 1), time(1, 30), datetime(2024, 5, 31, 23, 30, tzinfo=UTC)),
    }
    assert {old: values.dating(old, CAPE, report, "") for old in dated} == dated
    assert sum(report.repairs.values()) == 1


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)),  # noqa: DTZ001 - naive, as the old file has them
    st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo"]),
)
def test_no_booking_leaves_its_day_or_timestamp(old: datetime, zone: str) -> None:
    dated = values.dating(str(old), ZoneInfo(zone), RepairReport(), "")
    assert dated is not None
    day, clock, timestamp = dated
    assert timestamp.astimezone(ZoneInfo(zone)).date() == day
    if old.time() == time.min:
        assert (day, clock) == (old.date(), None)
    else:
        assert timestamp == old.replace(tzinfo=UTC)


@pytest.mark.parametrize("old", [None, "", "soon", "0001-01-01 00:00:00", "9999-12-31", 5])
def test_what_is_no_moment(old: Any) -> None:
    assert values.instant(old) is None


def test_days_countries_and_zones() -> None:
    assert (values.day("2026-02-28"), values.day(None), values.day("2026-02-30")) == (date(2026, 2, 28), None, None)
    names = ("South Africa", "germany", "US", "Atlantis", None)
    assert [values.country_code(name) for name in names] == ["ZA", "DE", "US", "", ""]
    zones = [zone_of_country(code, "UTC") for code in ("ZA", "US", "")]
    assert zones == ["Africa/Johannesburg", "UTC", "UTC"]
