"""One day for one row, everywhere and for good: thirty zones, twenty cycles, before and after a change of the zone."""

import csv
import io
from collections import Counter
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict

from accounts.models import User
from budgets.budget.summary import budget_summary
from budgets.models import BudgetPeriod
from budgets.reports.cash_flow import flow_by_bucket
from budgets.reports.spending import spending_by_bucket
from budgets.reports.where_it_went import spending_by_part
from tests.factories import make_account, make_period, make_subcategory, make_user, signed_in
from transactions.ledger import listing
from transactions.ledger.services import Booking, record_transaction
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.search.filters import FilterForm
from transactions.summaries.ranges import DateRange
from transactions.summaries.upkeep import drift_of
from wealthwise.core.caching import forget

pytestmark = pytest.mark.django_db

# Beyond both ends of UTC, half and quarter hours, both hemispheres, changes at midnight, and zones for which machines
# carry different tables.
ZONES = [
    "Pacific/Kiritimati", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham",
    "Australia/Lord_Howe", "Australia/Adelaide", "Asia/Tokyo", "Asia/Manila",
    "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran", "Asia/Beirut",
    "Africa/Cairo", "Africa/Johannesburg", "Africa/Casablanca", "Europe/Berlin",
    "Europe/London", "UTC", "Atlantic/Azores", "America/Sao_Paulo",
    "America/Asuncion", "America/Santiago", "America/St_Johns", "America/Havana",
    "America/New_York", "America/Edmonton", "America/Vancouver", "Pacific/Honolulu",
    "Pacific/Pago_Pago", "Etc/GMT+12",
]  # fmt: skip
FIRST = date(2026, 3, 1)
CLOCKS = [None, time(0, 0), time(0, 30), time(2, 30), time(11, 59), time(12, 0), time(23, 30), time(23, 59, 59)]
# Ends of months and of the year, days of changes of the clock, and the days beside them.
DAYS = [
    date(2026, 3, 1), date(2026, 3, 8), date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 31), date(2026, 4, 1),
    date(2026, 4, 5), date(2026, 4, 24), date(2026, 4, 30), date(2026, 9, 27), date(2026, 10, 3), date(2026, 10, 4),
    date(2026, 10, 25), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1),
    date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 28),
]  # fmt: skip
CYCLES = [
    *((date(2026, month, 1), date(2026, month + 1, 1) - timedelta(days=1)) for month in (3, 4, 9, 10, 11)),
    (date(2026, 3, 25), date(2026, 4, 24)),
    (date(2026, 3, 31), date(2026, 4, 29)), (date(2026, 3, 30), date(2026, 4, 29)),
    (date(2026, 10, 25), date(2026, 11, 24)), (date(2026, 12, 31), date(2027, 1, 30)),
    (date(2026, 3, 29), date(2026, 4, 4)), (date(2026, 10, 4), date(2026, 10, 17)),
    (date(2026, 10, 25), date(2026, 11, 21)), (date(2026, 4, 1), date(2026, 6, 30)),
    (date(2026, 4, 6), date(2026, 7, 5)), (date(2026, 10, 1), date(2026, 12, 31)),
    (date(2026, 4, 6), date(2027, 4, 5)), (date(2026, 7, 1), date(2027, 6, 30)),
    (date(2026, 1, 1), date(2026, 12, 31)), (date(2026, 12, 31), date(2026, 12, 31)),
]  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_every_page_says_the_same_day_and_a_change_of_zone_moves_nothing(zone: str) -> None:
    user = make_user("somebody", time_zone=zone)
    booked = book(user)
    before = everything(user, booked, CYCLES[::2])
    user.time_zone = ZONES[(ZONES.index(zone) + 17) % len(ZONES)]
    user.save(update_fields=["time_zone"])
    assert everything(user, booked, CYCLES[1::2]) == before
    assert drift_of([user.pk]) == []


def book(user: User) -> dict[date, Decimal]:
    """A row for each day and time, recorded as a form does; what went out on each day. No two sums are equal."""
    account, food = make_account(user), make_subcategory(user)
    make_period(user)
    out: Counter[date] = Counter()
    for number, day in enumerate(DAYS):
        clock = CLOCKS[number % len(CLOCKS)]
        for extra in (clock, None):
            amount = Decimal(2**number) + (Decimal("0.25") if extra else Decimal("0.50"))
            booking = Booking(
                amount=amount,
                is_income=False,
                description=f"{day}",
                day=day,
                clock=extra,
                account=account,
                subcategory=food,
            )
            record_transaction(user=user, booking=booking)
            out[day] += amount  # type: ignore[assignment]
    return dict(out)  # type: ignore[arg-type]


def everything(user: User, booked: dict[date, Decimal], cycles: list[tuple[date, date]]) -> dict[str, Any]:
    """What each page says of the rows, each proven from what was booked, as every one of the ``cycles`` is."""
    for ends in cycles:
        prove(user, booked, *ends)
    client = signed_in(user)
    page = client.get("/transactions/").context["listing"]
    days = [(day.date, day.net) for day in page.days]
    assert days == sorted(((day, -amount) for day, amount in booked.items()), reverse=True)
    assert all(str(day.date) == entry.description for day in page.days for entry in day.entries)
    file = b"".join(client.get("/transactions/download/").streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(file)))
    assert [(line["Date"], line["Description"]) for line in lines] == [
        (entry.description, entry.description) for day in page.days for entry in day.entries
    ]
    return {
        "days": days,
        "times": [line["Time"] for line in lines],
        "order": list(Transaction.objects.for_user(user).newest_first().values_list("pk", flat=True)),
        "months": months(user, booked),
    }


def prove(user: User, booked: dict[date, Decimal], start: date, end: date) -> None:
    """Spent from ``start`` to ``end`` by the list, by a report from the summaries, and by the budget of a period."""
    truth = sum((amount for day, amount in booked.items() if start <= day <= end), Decimal(0))
    form = FilterForm(QueryDict(f"date_from={start}&date_to={end}"), user=user, names=names_of(user))
    figures = listing.build(Transaction.objects.for_user(user), form, cursor="", only_rows=False).figures
    reported = sum((part.spent for part in spending_by_part(user, DateRange(start, end))), Decimal(0))
    BudgetPeriod.objects.for_user(user).update(start_date=start, end_date=end)
    forget(user.pk)
    period = BudgetPeriod.objects.for_user(user).with_budget().get()
    assert (-figures.money_out, reported, budget_summary(user, period).spent) == (truth, truth, truth), (start, end)


def months(user: User, booked: dict[date, Decimal]) -> dict[date, Decimal]:
    """Spent by month, by two reports."""
    year = DateRange(FIRST, date(2027, 2, 28))
    truth: Counter[date] = Counter()
    for day, amount in booked.items():
        truth[day.replace(day=1)] += amount  # type: ignore[assignment]
    assert {row.bucket: row.spent for row in flow_by_bucket(user, year, "month") if row.spent} == dict(truth)
    assert {row.bucket: row.spent for row in spending_by_bucket(user, year, "month")} == dict(truth)
    return dict(truth)  # type: ignore[arg-type]
