"""Writes to periods."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from budgets.models import Budget, BudgetPeriod, CarryOver, PeriodType
from wealthwise.core.caching import forget
from wealthwise.core.errors import DomainError, NotFound
from wealthwise.core.locales import show_day
from wealthwise.postgres.sql import run


class PeriodInTheWay(DomainError):
    """Another period of the same type shares a day."""


class RefusedPeriod(DomainError):
    """The period ends before it starts, or has no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a user says about a period; both days are in it."""

    period_type: str
    name: str
    start: date
    end: date

    def columns(self) -> dict[str, object]:
        return {
            "period_type": self.period_type,
            "name": self.name,
            "start_date": self.start,
            "end_date": self.end,
        }


_FILL_INCOME = """
    INSERT INTO income_source (user_id, budget_id, name, amount, recurring_id)
    SELECT user_id, %(budget)s, name, amount, id FROM recurring_income_source
    WHERE user_id = %(user)s AND is_active AND period_type = %(type)s
"""


_HOLD_RECURRING = """
    SELECT 1 FROM subcategory WHERE user_id = %(user)s AND id IN (
        SELECT subcategory_id FROM recurring_budget_allocation
        WHERE user_id = %(user)s AND is_active AND period_type = %(type)s
    ) ORDER BY id FOR KEY SHARE
"""


_FILL_ALLOCATIONS = """
    INSERT INTO budget_allocation
        (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation, recurring_id)
    SELECT user_id, %(budget)s, subcategory_id, allocated_amount, true, id FROM recurring_budget_allocation
    WHERE user_id = %(user)s AND is_active AND period_type = %(type)s
"""


@transaction.atomic
def open_period(
    *, user: User, period_type: str, name: str, start: date, end: date, activate: bool = True
) -> BudgetPeriod:
    """Create a period and its budget, filled from the active recurring items of its type.

    It carries over as the period before it does. With ``activate`` it becomes the active one.
    Raises PeriodInTheWay, naming the period, or RefusedPeriod.
    """
    plan = _Plan(period_type=period_type, name=name, start=start, end=end)
    run(_HOLD_RECURRING, user=user.pk, type=period_type)
    _hold_person(user)
    if activate:
        _switch_off(user)
    period = _placed(user, plan, lambda: BudgetPeriod.objects.create(user=user, is_active=activate, **plan.columns()))
    budget = Budget.objects.create(user=user, period=period, carry_over=_as_before(user, period))
    for statement in (_FILL_INCOME, _FILL_ALLOCATIONS):
        run(statement, user=user.pk, budget=budget.pk, type=period_type)
    return period


@transaction.atomic
def update_period(*, user: User, period_id: int, period_type: str, name: str, start: date, end: date) -> None:
    """Replace what a period says; its budget stays as it is. Raises as open_period does, and NotFound."""
    plan = _Plan(period_type=period_type, name=name, start=start, end=end)
    _hold_person(user)
    mine = BudgetPeriod.objects.for_user(user).filter(pk=period_id)
    if not _placed(user, plan, lambda: mine.update(**plan.columns()), but=[period_id]):
        raise NotFound("That period is no longer there.")


@transaction.atomic
def activate_period(*, user: User, period_id: int) -> None:
    """Make a period the active one instead of any other. Raises NotFound."""
    _hold_person(user)
    # In this order: the index on the active period is checked with each row.
    _switch_off(user)
    if not BudgetPeriod.objects.for_user(user).filter(pk=period_id).update(is_active=True):
        raise NotFound("That period is no longer there.")


@transaction.atomic
def delete_period(*, user: User, period_id: int, activate_next: bool = True) -> BudgetPeriod | None:
    """Delete a period; the database takes its budget, allocations and income along, and no transaction.

    When it was the active one and ``activate_next`` is given, the latest remaining becomes active and is
    returned. Raises NotFound.
    """
    _hold_person(user)
    mine = BudgetPeriod.objects.for_user(user)
    doomed = mine.filter(pk=period_id).first()
    if doomed is None:
        raise NotFound("That period is no longer there.")
    mine.filter(pk=period_id).delete()
    following = mine.active_first().first() if doomed.is_active and activate_next else None
    if following:
        mine.filter(pk=following.pk).update(is_active=True)
    return following


def _hold_person(user: User) -> None:
    """Whoever writes periods waits here; what is cached of them ends when this commits."""
    forget(user.pk)
    list(User.objects.filter(pk=user.pk).select_for_update(no_key=True).values_list("pk"))


def _switch_off(user: User) -> None:
    BudgetPeriod.objects.for_user(user).active().update(is_active=False)


def _placed[Result](user: User, plan: _Plan, write: Callable[[], Result], but: Collection[int] = ()) -> Result:
    """Run a write that gives a period its days; what the database refuses is told in words."""
    if not plan.name.strip():
        raise RefusedPeriod("Give the period a name.")
    if plan.end < plan.start:
        raise RefusedPeriod("The end date is before the start date.")
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        found = BudgetPeriod.objects.for_user(user).overlapping(
            period_type=plan.period_type, start=plan.start, end=plan.end
        )
        if (other := found.exclude(pk__in=but).order_by("start_date").first()) is None:
            raise
        raise PeriodInTheWay(_in_the_way(other)) from error


def _in_the_way(other: BudgetPeriod) -> str:
    first, last = (show_day(day, "long") for day in (other.start_date, other.end_date))
    label = PeriodType(other.period_type).label.lower()
    return f"“{other.name}” is in the way: it runs from {first} to {last}, and {label} periods cannot overlap."


def _as_before(user: User, period: BudgetPeriod) -> Coalesce:
    """How the latest earlier period of the type carries over: who chose it once goes on with it."""
    before = BudgetPeriod.objects.for_user(user).before(period).values("budget__carry_over")[:1]
    return Coalesce(Subquery(before), Value(CarryOver.NONE.value))
