"""Writes to periods and their budgets.

Locks are taken in one order, which continues that of the ledger: subcategories by id, the person, the
budget, its rows. Whoever opens, switches or deletes a period holds the person, so that two at once wait
for each other instead of meeting in a constraint; whoever fills a budget holds it and the subcategories,
so that neither disappears before the commit.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from budgets.carrying import carried_into
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, CarryOver, IncomeSource, PeriodType
from transactions.models import Subcategory
from wealthwise.caching import forget
from wealthwise.errors import DomainError
from wealthwise.locales import show_day
from wealthwise.money import MAX_AMOUNT, format_money

ZERO = Decimal(0)


class PeriodInTheWay(DomainError):
    """Another period of the same type shares a day."""


class RefusedPeriod(DomainError):
    """The period ends before it starts, or has no name."""


class RefusedAmount(DomainError):
    """Below zero, or more than a budget can hold."""


class NotEnough(DomainError):
    """More was to be moved than is budgeted."""


class NotFound(DomainError):
    """What was pointed at is not there, no longer there, or somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a person says about a period; both days are in it."""

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


# Periods.

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


def run(statement: str, **parameters: int | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


# What a budget holds.


@transaction.atomic
def set_allocation(*, user: User, period_id: int, subcategory_id: int, amount: Decimal) -> None:
    """Budget ``amount`` for a subcategory. Raises RefusedAmount or NotFound."""
    set_allocations(user=user, period_id=period_id, amounts={subcategory_id: amount})


@transaction.atomic
def set_allocations(*, user: User, period_id: int, amounts: Mapping[int, Decimal]) -> None:
    """Budget these amounts by subcategory id, in one upsert; all others stay.

    A row that came from a recurring allocation keeps its link. Raises RefusedAmount or NotFound.
    """
    for amount in amounts.values():
        check_amount(amount)
    hold_subcategories(user, amounts)
    _write_allocations(hold_budget(user, period_id), amounts)


@transaction.atomic
def move_money(*, user: User, period_id: int, source_id: int, target_id: int, amount: Decimal) -> None:
    """Take ``amount`` from what is budgeted for one subcategory and give it to another.

    Raises RefusedAmount, NotFound, or NotEnough when the source would go below zero.
    """
    if amount <= 0:
        raise RefusedAmount("The amount to move must be above zero.")
    if source_id == target_id:
        raise RefusedAmount("Choose two different subcategories.")
    names = hold_subcategories(user, {source_id, target_id})
    budget = hold_budget(user, period_id)
    rows = BudgetAllocation.objects.for_user(user).in_budget(budget).filter(subcategory_id__in=names)
    has = dict(rows.values_list("subcategory_id", "allocated_amount"))
    left = has.get(source_id, ZERO) - amount
    if left < 0:
        there = format_money(has.get(source_id, ZERO), user.currency)
        raise NotEnough(f"Only {there} is budgeted for {names[source_id]}.")
    raised = has.get(target_id, ZERO) + amount
    check_amount(raised)
    _write_allocations(budget, {source_id: left, target_id: raised})


@transaction.atomic
def set_brought_forward(*, user: User, period_id: int, amount: Decimal, carry_over: str = CarryOver.NONE) -> None:
    """What was there before the period's income: ``amount``, below zero for a debt, and what ``carry_over`` adds.

    Raises RefusedAmount or NotFound.
    """
    check_amount(abs(amount))
    if carry_over not in CarryOver:
        raise RefusedAmount("Choose what is carried over.")
    mine = Budget.objects.for_user(user).of_period(period_id)
    if not mine.update(brought_forward=amount, carry_over=carry_over):
        raise NotFound("That budget is no longer there.")


@transaction.atomic
def take_brought_forward(*, user: User, period_id: int) -> Decimal:
    """From now on bring forward whatever the period of the same type before this one has left; return it.

    An amount that was typed gives way to it. Raises NotFound when there is none before.
    """
    mine = BudgetPeriod.objects.for_user(user)
    period = mine.filter(pk=period_id).first()
    if period is None or not mine.before(period).exists():
        raise NotFound("There is no earlier period of this type to take a balance from.")
    set_brought_forward(user=user, period_id=period_id, amount=ZERO, carry_over=CarryOver.BOTH)
    return carried_into(user, mine.with_budget().get(pk=period_id))


@transaction.atomic
def add_income(*, user: User, period_id: int, name: str, amount: Decimal) -> IncomeSource:
    """Raises RefusedAmount or NotFound."""
    check_amount(amount)
    budget = hold_budget(user, period_id)
    return IncomeSource.objects.create(user=user, budget=budget, name=name, amount=amount)


@transaction.atomic
def update_income(*, user: User, income_id: int, name: str, amount: Decimal) -> None:
    """The link to a recurring income stays. Raises RefusedAmount or NotFound."""
    check_amount(amount)
    if not IncomeSource.objects.for_user(user).filter(pk=income_id).update(name=name, amount=amount):
        raise NotFound("That income is no longer there.")


def _write_allocations(budget: Budget, amounts: Mapping[int, Decimal]) -> None:
    """One upsert; on conflict only the amount changes, so links to recurring allocations last."""
    BudgetAllocation.objects.bulk_create(
        [
            BudgetAllocation(user_id=budget.user_id, budget=budget, subcategory_id=pk, allocated_amount=amount)
            for pk, amount in sorted(amounts.items())
        ],
        update_conflicts=True,
        unique_fields=["budget", "subcategory"],
        update_fields=["allocated_amount"],
    )


def hold_budget(user: User, period_id: int) -> Budget:
    """Lock a period's budget, so that the period is not deleted before its new rows are checked."""
    budget = Budget.objects.for_user(user).of_period(period_id).select_for_update(no_key=True).first()
    if budget is None:
        raise NotFound("That budget is no longer there.")
    return budget


def hold_subcategories(user: User, ids: Collection[int]) -> dict[int, str]:
    """Lock subcategories by id until the transaction ends; return their names. Raises NotFound."""
    mine = Subcategory.objects.for_user(user).filter(pk__in=ids).order_by("pk")
    names = dict(mine.select_for_update(no_key=True).values_list("pk", "name"))
    if len(names) != len(set(ids)):
        raise NotFound("That subcategory is no longer there.")
    return names


def check_amount(amount: Decimal) -> None:
    if amount < 0:
        raise RefusedAmount("An amount in a budget cannot be below zero.")
    if amount > MAX_AMOUNT:
        raise RefusedAmount(f"The amount can be at most {MAX_AMOUNT:,}.")
