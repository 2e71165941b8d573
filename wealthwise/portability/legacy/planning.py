"""What was planned: recurring items, periods with their one budget, allocations and income."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from accounts.models import User
from budgets.models import (
    Budget,
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
)
from budgets.models.periods import PERIOD_TYPES
from budgets.periods.following import settled
from wealthwise.core.money import ZERO
from wealthwise.portability.legacy.people import Carried
from wealthwise.portability.legacy.source import Row
from wealthwise.portability.legacy.values import day, money, planned, text

# A period that overlaps another of its type keeps its days under the first of these that is free there.
_OTHER_TYPES: Final = ("custom", "monthly", "quarterly", "yearly")


def carry_planning(found: Carried) -> None:
    _carry_recurring_income(found)
    _carry_recurring_allocations(found)
    _carry_periods(found)
    _carry_allocations(found)
    _carry_income(found)


def _type_of(row: Row, found: Carried) -> str:
    kind = str(row.get("period_type") or "").strip().lower()
    if kind in PERIOD_TYPES:
        return kind
    found.report.repaired("types of periods that are not known taken for custom", kind or "none")
    return "custom"


def _carry_recurring_income(found: Carried) -> None:
    for row, user in found.one_by_one("recurring_income_source"):
        where = f"recurring income {row['id']}"
        if (amount := planned(row.get("amount"), found.report, where)) is None:
            continue
        found.recurring_income[row["id"]] = RecurringIncomeSource(
            user=user,
            name=text(row.get("name"), 100, found.report, where) or "Income",
            amount=amount,
            period_type=_type_of(row, found),
            is_active=bool(row.get("is_active", True)),
        )
    RecurringIncomeSource.objects.bulk_create(found.recurring_income.values())
    found.report.carried["recurring income"] = len(found.recurring_income)


def _carry_recurring_allocations(found: Carried) -> None:
    """One is active per subcategory and type; later ones are paused."""
    active: set[tuple[int, str]] = set()
    for row, user in found.one_by_one("recurring_budget_allocation"):
        where = f"recurring allocation {row['id']}"
        subcategory = found.subcategories.get(row["subcategory_id"])
        if subcategory is None or subcategory.user_id != user.pk:
            found.report.left("recurring allocations without a subcategory of their person", where)
            continue
        amount = planned(row.get("allocated_amount"), found.report, where)
        if amount is None:
            continue
        key, is_active = (subcategory.pk, _type_of(row, found)), bool(row.get("is_active", True))
        if is_active and key in active:
            found.report.repaired("second active recurring allocations of a subcategory paused", where)
            is_active = False
        if is_active:
            active.add(key)
        found.recurring_allocations[row["id"]] = RecurringBudgetAllocation(
            user=user,
            subcategory=subcategory,
            allocated_amount=amount,
            period_type=key[1],
            is_active=is_active,
        )
    RecurringBudgetAllocation.objects.bulk_create(found.recurring_allocations.values())
    found.report.carried["recurring allocations"] = len(found.recurring_allocations)


# --- periods and their budgets --------------------------------------------------------------------------------


def _carry_periods(found: Carried) -> None:
    periods: dict[int, BudgetPeriod] = {}
    taken: dict[tuple[int, str], list[tuple[date, date]]] = {}
    pairs = list(found.owned("budget_period"))
    # The active one first, then the newest: what comes later keeps its days only where they are free.
    pairs.sort(key=lambda pair: (bool(pair[0].get("is_active")), str(pair[0].get("start_date"))), reverse=True)
    has_active: set[int] = set()
    for row, user in found.one_by_one("budget_period", pairs):
        if (period := _period(row, user, taken, found)) is None:
            continue
        if period.is_active and user.pk in has_active:
            found.report.repaired("further active periods of a person put aside", period.name)
            period.is_active = False
        if period.is_active:
            has_active.add(user.pk)
            period.chosen_at = timezone.now()
        periods[row["id"]] = period
    BudgetPeriod.objects.bulk_create(periods.values())
    found.report.carried["periods"] = len(periods)
    _carry_budgets(found, periods)


def _period(
    row: Row, user: User, taken: dict[tuple[int, str], list[tuple[date, date]]], found: Carried
) -> BudgetPeriod | None:
    report, where = found.report, f"period {row['id']} {row.get('name')}"
    start, end = day(row.get("start_date")), day(row.get("end_date"))
    if start is None or end is None:
        report.left("periods without days that can be read, with their budgets", where)
        return None
    if end < start:
        report.repaired("periods that ended before they began turned round", where)
        start, end = end, start
    wanted = _type_of(row, found)
    for kind in (wanted, *_OTHER_TYPES):
        days = taken.setdefault((user.pk, kind), [])
        if all(end < first or last < start for first, last in days):
            break
    else:
        report.left("periods that overlap others of every type, with their budgets", where)
        return None
    if kind != wanted:
        report.repaired("periods that overlap another of their type given another type", f"{where}: {kind}")
    days.append((start, end))
    name = text(row.get("name"), 100, report, where) or f"{start} to {end}"
    is_active = bool(row.get("is_active"))
    goes_on = settled(kind, start, end, None)
    return BudgetPeriod(
        user=user, name=name, period_type=kind, start_date=start, end_date=end, is_active=is_active, **goes_on
    )


def _carry_budgets(found: Carried, periods: dict[int, BudgetPeriod]) -> None:
    """Exactly one per period: a second joins the first, and a period without one gets an empty one."""
    by_period: dict[int, Budget] = {}
    for row in found.below("budget", "period_id", periods):
        period = periods[row["period_id"]]
        brought = money(row.get("balance_brought_forward") or 0, found.report, f"budget {row['id']}")
        if brought is None:
            found.report.repaired("amounts brought forward that are no number set to zero", f"budget {row['id']}")
        new = Budget(user=period.user, period=period, brought_forward=brought or 0)
        found.budgets[row["id"]] = known = by_period.setdefault(period.pk, new)
        if known is not new:
            found.report.repaired("second budgets of a period joined to the first", period.name)
    for period in periods.values():
        if period.pk not in by_period:
            by_period[period.pk] = Budget(user=period.user, period=period)
            found.report.repaired("periods without a budget given an empty one", period.name)
    Budget.objects.bulk_create(by_period.values())
    found.report.carried["budgets"] = len(by_period)


def _carry_allocations(found: Carried) -> None:
    """One per budget and subcategory, with the sum where the old file had several."""
    merged: dict[tuple[int, int], BudgetAllocation] = {}
    for row in found.below("budget_allocation", "budget_id", found.budgets):
        budget, subcategory = found.budgets[row["budget_id"]], found.subcategories.get(row.get("subcategory_id") or 0)
        where = f"allocation {row['id']}"
        if subcategory is None or subcategory.user_id != budget.user_id:
            found.report.left("allocations without a subcategory of their person", where)
            continue
        if (amount := planned(row.get("allocated_amount"), found.report, where)) is None:
            continue
        new = BudgetAllocation(
            user=budget.user,
            budget=budget,
            subcategory=subcategory,
            allocated_amount=amount,
            is_recurring_allocation=bool(row.get("is_recurring_allocation")),
            recurring=_own(found.recurring_allocations.get(row.get("recurring_allocation_id") or 0), budget),
        )
        known = merged.setdefault((budget.pk, subcategory.pk), new)
        if known is not new:
            known.allocated_amount += amount
            found.report.repaired("allocations of one subcategory in one budget added up", where)
    BudgetAllocation.objects.bulk_create(merged.values())
    found.report.carried["allocations"] = len(merged)


def _own(item: Any, budget: Budget) -> Any:
    return item if item is not None and item.user_id == budget.user_id else None


def _carry_income(found: Carried) -> None:
    """Sources as they were; what a budget had as income beyond them becomes one more."""
    sources: list[IncomeSource] = []
    totals: dict[int, Decimal] = {}
    for row in found.below("income_source", "budget_id", found.budgets):
        budget, where = found.budgets[row["budget_id"]], f"income {row['id']}"
        if (amount := planned(row.get("amount"), found.report, where)) is None:
            continue
        name = text(row.get("name"), 100, found.report, where) or "Income"
        recurring = _own(found.recurring_income.get(row.get("recurring_source_id") or 0), budget)
        sources.append(IncomeSource(user=budget.user, budget=budget, name=name, amount=amount, recurring=recurring))
        totals[row["budget_id"]] = totals.get(row["budget_id"], ZERO) + amount
    for row in found.source.rows("budget"):
        if (budget := found.budgets.get(row["id"])) is None or row.get("total_income") is None:
            continue
        found.report.about("budget", row)
        stated = money(row["total_income"], found.report, f"budget {row['id']}")
        if stated is None:
            found.report.repaired("incomes of budgets that are no number left to their sources", f"budget {row['id']}")
            continue
        if (rest := stated - totals.get(row["id"], ZERO)) > 0:
            sources.append(IncomeSource(user=budget.user, budget=budget, name="Income", amount=rest))
            found.report.repaired("incomes that a budget had without a source given one", f"budget {row['id']}")
    IncomeSource.objects.bulk_create(sources)
    found.report.carried["income sources"] = len(sources)
