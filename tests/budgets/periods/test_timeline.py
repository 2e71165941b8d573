"""All periods of a user in one statement: whose they are, which one is shown, and with what."""

from typing import Any

import pytest
import time_machine
from django.core.exceptions import FieldFetchBlocked
from django.urls import reverse

from budgets.budget import services
from budgets.models import BudgetPeriod
from budgets.periods.timeline import timeline_of
from tests.factories import make_period

pytestmark = pytest.mark.django_db


@pytest.fixture
def periods(owner: Any, stranger: Any) -> list[BudgetPeriod]:
    """February and an active March of the owner; the stranger has the same."""
    made = []
    for user in (stranger, owner):
        february = make_period(user, "2026-02-01", "2026-02-28", active=False, name="February 2026")
        march = make_period(user)
        services.add_income(user=user, period_id=february.pk, name="Pay", amount=100)
        services.set_brought_forward(
            user=user, period_id=march.pk, forwarding=services.Forwarding(amount=7, carry_over="both")
        )
        made = [february, march]
    return made


@time_machine.travel("2026-03-20T10:00:00Z")
def test_the_active_one_is_shown_with_its_budget(owner, periods, django_assert_num_queries):
    february, march = periods
    with django_assert_num_queries(1):
        timeline = timeline_of(owner)
        shown = timeline.shown
        assert shown is timeline.periods[0]
        assert (shown.budget.period, shown.budget.user_id) == (shown, owner.pk)
    assert timeline.periods == [march, february]
    known = BudgetPeriod.objects.for_user(owner).with_budget().get(pk=march.pk)
    for name in ("name", "period_type", "start_date", "end_date", "cycle", "is_active", "chosen_at", "user_id"):
        assert getattr(shown, name) == getattr(known, name)
    for name in ("pk", "brought_forward", "carry_over"):
        assert getattr(shown.budget, name) == getattr(known.budget, name)
    for row in (shown, shown.budget):
        with pytest.raises(FieldFetchBlocked):  # no page shows it, so it is not read
            row.created_at  # noqa: B018


def test_any_other_is_shown_by_its_id(owner, periods):
    timeline = timeline_of(owner, periods[0].pk)
    assert timeline.shown == periods[0]
    assert timeline.periods == periods[::-1]


def test_what_is_not_the_persons_own_is_not_shown(owner, stranger, periods):
    assert timeline_of(stranger, periods[0].pk).shown is None
    assert {period.user_id for period in timeline_of(stranger).periods} == {stranger.pk}
    assert len(timeline_of(owner).periods) == 2


@pytest.mark.parametrize(
    ("today", "name"),
    [
        ("2026-01-31", "February 2026"),
        ("2026-02-10", "February 2026"),
        ("2026-03-01", "March 2026"),
        ("2026-05-01", "March 2026"),
    ],
)
def test_without_an_active_one_the_nearest_is_shown(owner, periods, today, name):
    with time_machine.travel(f"{today}T10:00:00Z"):
        assert timeline_of(owner).shown.name == name
        flagged = BudgetPeriod.objects.for_user(owner).active().values_list("name", flat=True)
        assert list(flagged) == ([name] if today in ("2026-02-10", "2026-03-01") else [])


@pytest.mark.parametrize("number", [0, 2**31, 10**40])
def test_a_number_that_nothing_has_is_not_found(owner_client, periods, number):
    assert owner_client.get(reverse("budgets:budget_period", args=[number])).status_code == 404
