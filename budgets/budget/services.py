"""Writes to periods and their budgets.

Locks are taken in one order, which continues that of the ledger: subcategories by id, the user, the
budget, its rows. Whoever opens, switches or deletes a period holds the user, so that two at once wait
for each other instead of meeting in a constraint; whoever fills a budget holds it and the subcategories,
so that neither disappears before the commit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import transaction

from accounts.models import User
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, CarryBasis, CarryBy, CarryOver, IncomeSource
from budgets.models.carry_over import carried_into
from transactions.models import Subcategory
from wealthwise.core.errors import DomainError, NotFound, RefusedAmount, within_limits
from wealthwise.core.money import MAX_AMOUNT, ZERO, format_money
from wealthwise.postgres.sql import rows_of

MOST_SHOWN: Final = 24  # periods of which a change is shown


class NotEnough(DomainError):
    """More was to be moved than is budgeted."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """What was there before a period's income: ``amount``, below zero for a debt, and what ``carry_over`` adds.

    ``policies`` are those of subcategories that differ from it, by id; all others are cleared.
    """

    amount: Decimal = ZERO
    carry_over: str = CarryOver.NONE.value
    carry_by: str = CarryBy.PERIOD.value
    carry_basis: str = CarryBasis.RECEIVED.value
    policies: Mapping[int, str] = field(default_factory=dict)

    def check(self) -> None:
        check_amount(abs(self.amount))
        known = self.carry_by in CarryBy and self.carry_basis in CarryBasis
        if not known or {self.carry_over, *self.policies.values()} - set(CarryOver.values):
            raise RefusedAmount("Choose what is carried over.")


@transaction.atomic
def set_brought_forward(*, user: User, period_id: int, forwarding: Forwarding) -> None:
    """Replace what a period brings forward. Raises RefusedAmount or NotFound."""
    forwarding.check()
    hold_subcategories(user, forwarding.policies)
    budget = hold_budget(user, period_id)
    budget.brought_forward = forwarding.amount
    budget.carry_over, budget.carry_by = forwarding.carry_over, forwarding.carry_by
    budget.carry_basis = forwarding.carry_basis
    budget.save(update_fields=["brought_forward", "carry_over", "carry_by", "carry_basis"])
    rows = BudgetAllocation.objects.for_user(user).in_budget(budget)
    rows.exclude(carry_over="").exclude(subcategory_id__in=forwarding.policies).update(carry_over="")
    BudgetAllocation.objects.bulk_create(
        [
            BudgetAllocation(user=user, budget=budget, subcategory_id=pk, allocated_amount=ZERO, carry_over=policy)
            for pk, policy in sorted(forwarding.policies.items())
        ],
        update_conflicts=True,
        unique_fields=["budget", "subcategory"],
        update_fields=["carry_over"],
    )


class Forwarded(NamedTuple):
    """What a period brings forward in all, before a change and after it."""

    period: BudgetPeriod
    before: Decimal
    after: Decimal


_FORWARDED = """
    SELECT p.id, b.brought_forward + budget_carried(p.user_id, p.id)
    FROM budget_period p JOIN budget b ON b.user_id = p.user_id AND b.period_id = p.id
    WHERE p.user_id = %(user)s AND p.id = ANY(%(periods)s)
"""


def preview_brought_forward(*, user: User, period_id: int, forwarding: Forwarding) -> list[Forwarded]:
    """What setting it would change in this period and the later ones of its type, the first first.

    It is set, read and taken back, so that what is shown is what will be. Raises as `set_brought_forward` does.
    """
    mine = BudgetPeriod.objects.for_user(user)
    with transaction.atomic():
        period = mine.filter(pk=period_id).first()
        if period is None:
            raise NotFound("That period is no longer there.")
        same = mine.filter(period_type=period.period_type, start_date__gte=period.start_date).order_by("start_date")
        later = list(same[:MOST_SHOWN])
        asked = {"user": user.pk, "periods": [each.pk for each in later]}
        before = dict(rows_of(_FORWARDED, **asked))
        set_brought_forward(user=user, period_id=period_id, forwarding=forwarding)
        after = dict(rows_of(_FORWARDED, **asked))
        transaction.set_rollback(True)
    return [Forwarded(each, before[each.pk], after[each.pk]) for each in later if before[each.pk] != after[each.pk]]


@transaction.atomic
def take_brought_forward(*, user: User, period_id: int) -> Decimal:
    """From now on bring forward whatever the period of the same type before this one has left; return it.

    An amount that was typed gives way to it. Raises NotFound when there is none before.
    """
    mine = BudgetPeriod.objects.for_user(user)
    period = mine.filter(pk=period_id).first()
    if period is None or not mine.before(period).exists():
        raise NotFound("There is no earlier period of this type to take a balance from.")
    set_brought_forward(user=user, period_id=period_id, forwarding=Forwarding(carry_over=CarryOver.BOTH))
    return carried_into(user, period_id)


@within_limits()
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
