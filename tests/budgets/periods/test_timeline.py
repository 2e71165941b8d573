"""All periods of a user in one statement: whose they are, which one is shown, and with what."""

from typing import Any

import pytest
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
        services.set_brought_forward(user=user, period_id=march.pk, amount=7, carry_over="both")
        made = [february, march]
    return made


def test_the_active_one_is_shown_with_its_budget(owner, periods, django_assert_num_queries):
    february, march = periods
    with django_assert_num_queries(1):
        timeline = timeline_of(owner)
        shown = timeline.shown
        assert shown is timeline.periods[0]
        assert (shown.budget.period, shown.budget.user_id, shown.carried) == (shown, owner.pk, 100)
    assert timeline.periods == [march, february]
    known = BudgetPeriod.objects.for_user(owner).with_budget().get(pk=march.pk)
    for name in ("name", "period_type", "start_date", "end_date", "is_active", "user_id", "carried"):
        assert getattr(shown, name) == getattr(known, name)
    for name in ("pk", "brought_forward", "carry_over"):
        assert getattr(shown.budget, name) == getattr(known.budget, name)
    for row in (shown, shown.budget):
        with pytest.raises(FieldFetchBlocked):  # no page shows it, so it is not read
            row.created_at  # noqa: B018


def test_any_other_is_shown_by_its_id(owner, periods):
    timeline = timeline_of(owner, periods[0].pk)
    assert timeline.shown == periods[0]
    assert timeline.shown.carried == 0
    assert timeline.periods == periods[::-1]


def test_what_is_not_the_persons_own_is_not_shown(owner, stranger, periods):
    assert timeline_of(stranger, periods[0].pk).shown is None
    assert {period.user_id for period in timeline_of(stranger).periods} == {stranger.pk}
    BudgetPeriod.objects.for_user(owner).update(is_active=False)
    assert timeline_of(owner).shown is None
    assert len(timeline_of(owner).periods) == 2


@pytest.mark.parametrize("number", [0, 2**31, 10**40])
def test_a_number_that_nothing_has_is_not_found(owner_client, periods, number):
    assert owner_client.get(reverse("budgets:budget_period", args=[number])).status_code == 404
