"""Writes to periods."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from budgets.models import Budget, BudgetPeriod, CarryBy, CarryOver, PeriodType
from budgets.models.cached_periods import PERIODS
from budgets.periods.following import settled
from wealthwise.core.caching import forget
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError, NotFound, within_limits
from wealthwise.core.locales import show_day
from wealthwise.core.periods import Cycle
from wealthwise.postgres.sql import rows_of, run


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
    cycle: Cycle | None = None

    def columns(self) -> dict[str, object]:
        return {
            "period_type": self.period_type,
            "name": self.name,
            "start_date": self.start,
            "end_date": self.end,
            **settled(self.period_type, self.start, self.end, self.cycle),
        }


_FILL_INCOME = """
    INSERT INTO income_source (user_id, budget_id, name, amount, recurring_id)
    SELECT user_id, %(budget)s, name, amount, id FROM recurring_income_source
    WHERE user_id = %(user)s AND is_active AND period_type = %(type)s
"""


_HOLD_SUBCATEGORIES = """
    SELECT 1 FROM subcategory WHERE user_id = %(user)s AND id IN (
        SELECT subcategory_id FROM recurring_budget_allocation
        WHERE user_id = %(user)s AND is_active AND period_type = %(type)s
        UNION ALL
        SELECT a.subcategory_id FROM budget_period p
        JOIN budget b ON b.user_id = p.user_id AND b.period_id = p.id AND b.carry_by = 'subcategory'
        JOIN budget_allocation a ON a.user_id = p.user_id AND a.budget_id = b.id AND a.carry_over <> ''
        WHERE p.user_id = %(user)s AND p.period_type = %(type)s
    ) ORDER BY id FOR KEY SHARE
"""


_FILL_ALLOCATIONS = """
    INSERT INTO budget_allocation
        (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation, recurring_id)
    SELECT r.user_id, %(budget)s, r.subcategory_id, r.allocated_amount, true, r.id
    FROM recurring_budget_allocation r
    JOIN subcategory sc ON sc.user_id = r.user_id AND sc.id = r.subcategory_id AND NOT sc.is_archived
    JOIN category c ON c.user_id = r.user_id AND c.id = sc.category_id AND NOT c.is_archived
    WHERE r.user_id = %(user)s AND r.is_active AND r.period_type = %(type)s
"""


# Of the periods that contain today the one of the type that was chosen last, or else was begun first, is active: what
# `budgets.periods.active` says. Those that are not any more give way before, since the index is checked with each row.
_SETTLE = """
    WITH inside AS (
        SELECT p.user_id, p.id, row_number() OVER (
            PARTITION BY p.user_id ORDER BY t.chosen DESC NULLS LAST, t.begun
        ) AS place
        FROM budget_period p CROSS JOIN LATERAL (
            SELECT max(o.chosen_at) AS chosen, min(o.id) AS begun FROM budget_period o
            WHERE o.user_id = p.user_id AND o.period_type = p.period_type
        ) t
        WHERE p.user_id = ANY(%(users)s) AND p.start_date <= %(today)s AND p.end_date >= %(today)s
    ), over AS (
        UPDATE budget_period p SET is_active = false
        WHERE p.user_id = ANY(%(users)s) AND p.is_active
          AND NOT EXISTS (SELECT 1 FROM inside i WHERE i.id = p.id AND i.place = 1)
        RETURNING p.user_id
    ), begun AS (
        UPDATE budget_period p SET is_active = true
        FROM inside i
        WHERE p.user_id = i.user_id AND p.id = i.id AND i.place = 1 AND NOT p.is_active
          AND (SELECT count(*) FROM over) >= 0
        RETURNING p.user_id
    )
    SELECT user_id FROM over UNION SELECT user_id FROM begun
"""


@transaction.atomic
def settle_active(*, user: User, today: date | None = None) -> None:
    """Make the period that contains today the active one, and no other; does nothing where it is so already."""
    PERIODS.changed(user.pk)
    _hold(user)
    _settle(user, today)


@transaction.atomic
def settle_in_zone(*, zone: str, today: date) -> int:
    """As `settle_active` for everybody in a time zone, but who is being written; how many had another one."""
    users = [pk for (pk,) in rows_of(_UNSETTLED, zone=zone, today=today)]
    changed = rows_of(_SETTLE, users=users, today=today) if users else []
    for (user_id,) in changed:
        PERIODS.changed(user_id)
    return len(changed)


# By idx_budget_period_user_active those whose active one is over, by idx_budget_period_dates those who are in another.
_UNSETTLED = """
    SELECT u.id FROM "user" u
    WHERE u.time_zone = %(zone)s AND EXISTS (
        SELECT 1 FROM budget_period p WHERE p.user_id = u.id
          AND p.is_active <> (p.start_date <= %(today)s AND p.end_date >= %(today)s)
    )
    ORDER BY u.id FOR NO KEY UPDATE OF u SKIP LOCKED
"""


_KEEP_POLICIES = """
    INSERT INTO budget_allocation
        (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation, carry_over)
    SELECT user_id, %(budget)s, subcategory_id, 0, false, carry_over FROM budget_allocation
    WHERE user_id = %(user)s AND budget_id = %(source)s AND carry_over <> ''
    ORDER BY subcategory_id
    ON CONFLICT (budget_id, subcategory_id) DO UPDATE SET carry_over = excluded.carry_over
"""


@within_limits()
@transaction.atomic
def open_period(
    *, user: User, period_type: str, name: str, start: date, end: date, cycle: Cycle | None = None
) -> BudgetPeriod:
    """Create a period and its budget, filled from the active recurring items of its type.

    It carries over as the period before it does, and goes on by ``cycle`` unless its days say otherwise. It is active
    from its first day on. Raises PeriodInTheWay, naming the period, or RefusedPeriod.
    """
    plan = _Plan(period_type=period_type, name=name, start=start, end=end, cycle=cycle)
    run(_HOLD_SUBCATEGORIES, user=user.pk, type=period_type)
    _hold_person(user)
    period = _placed(user, plan, lambda: BudgetPeriod.objects.create(user=user, **plan.columns()))
    before = BudgetPeriod.objects.for_user(user).before(period).with_budget().first()
    budget = Budget.objects.create(user=user, period=period, **_as_before(before))
    for statement in (_FILL_INCOME, _FILL_ALLOCATIONS):
        run(statement, user=user.pk, budget=budget.pk, type=period_type)
    if before and budget.carry_by == CarryBy.SUBCATEGORY:
        run(_KEEP_POLICIES, user=user.pk, budget=budget.pk, source=before.budget.pk)
    _settle(user)
    period.is_active = BudgetPeriod.objects.for_user(user).active().filter(pk=period.pk).exists()
    return period


@transaction.atomic
def update_period(*, user: User, period_id: int, period_type: str, name: str, start: date, end: date) -> None:
    """Replace what a period says; its budget stays as it is. Raises as open_period does, and NotFound."""
    _hold_person(user)
    mine = BudgetPeriod.objects.for_user(user).filter(pk=period_id)
    if (known := mine.first()) is None:
        raise NotFound("That period is no longer there.")
    cycle = known.known_cycle if known.period_type == period_type else None
    plan = _Plan(period_type=period_type, name=name, start=start, end=end, cycle=cycle)
    _placed(user, plan, lambda: mine.update(**plan.columns()), but=[period_id])
    _settle(user)


@transaction.atomic
def activate_period(*, user: User, period_id: int) -> None:
    """Choose a period that contains today, and with it its type, before others. Raises NotFound or RefusedPeriod."""
    _hold_person(user)
    mine = BudgetPeriod.objects.for_user(user).filter(pk=period_id)
    if (period := mine.first()) is None:
        raise NotFound("That period is no longer there.")
    today = today_of(user)
    if today < period.start_date:
        begins = show_day(period.start_date, "long")
        raise RefusedPeriod(f"“{period.name}” begins on {begins}. It becomes the active period by itself then.")
    if today > period.end_date:
        ended = show_day(period.end_date, "long")
        raise RefusedPeriod(f"“{period.name}” ended on {ended}. The active period is one that today is in.")
    mine.update(chosen_at=timezone.now())
    _settle(user, today)


@transaction.atomic
def delete_period(*, user: User, period_id: int) -> None:
    """Delete a period; the database takes its budget, allocations and income along, and no transaction.

    Another that contains today becomes active. Raises NotFound.
    """
    _hold_person(user)
    if not BudgetPeriod.objects.for_user(user).filter(pk=period_id).delete()[0]:
        raise NotFound("That period is no longer there.")
    _settle(user)


def _hold_person(user: User) -> None:
    """Whoever writes periods waits here; what is cached of them ends when this commits."""
    forget(user.pk)
    _hold(user)


def _hold(user: User) -> None:
    list(User.objects.filter(pk=user.pk).select_for_update(no_key=True).values_list("pk"))


def _settle(user: User, today: date | None = None) -> None:
    rows_of(_SETTLE, users=[user.pk], today=today or today_of(user))


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


def _as_before(before: BudgetPeriod | None) -> dict[str, str]:
    """How the latest earlier period of the type carries over: who chose it once goes on with it."""
    if before is None or (before.budget.carry_over, before.budget.carry_by) == (CarryOver.NONE, CarryBy.PERIOD):
        return {}
    return {name: getattr(before.budget, name) for name in ("carry_over", "carry_by", "carry_basis")}
