"""What was set aside month by month: periods with their budgets. A month that has a period here is left as it is."""

from typing import Final

from accounts.models import User
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, CarryBy, CarryOver, PeriodType
from budgets.periods.following import settled
from budgets.periods.services import settle_active
from wealthwise.core.days import FIRST_DAY, LAST_DAY, end_of_month
from wealthwise.core.money import CENT, MAX_AMOUNT
from wealthwise.core.periods import calendar_cycle
from wealthwise.portability.moving.loading import Loaded
from wealthwise.portability.moving.sources.model import NOWHERE, PlannedMonth, SourceLedger

_TAKEN: Final = "budgets of months that have a budget period here already"


def load_months(user: User, ledger: SourceLedger, loaded: Loaded) -> None:
    """What a category has left goes on into the next month; what is missing does where the source says so."""
    months = [month for month in ledger.months if FIRST_DAY < month.first < LAST_DAY]
    if not months:
        return
    before: PlannedMonth | None = None
    for month in months:
        last = end_of_month(month.first)
        others = BudgetPeriod.objects.for_user(user)
        if others.overlapping(period_type=PeriodType.MONTHLY, start=month.first, end=last).exists():
            is_ours = others.filter(period_type=PeriodType.MONTHLY, start_date=month.first, end_date=last).exists()
            ledger.has_no_place[_TAKEN] += not (is_ours and loaded.known_rows)
        else:
            _load_month(user, ledger, loaded, month, before)
        before = month
    settle_active(user=user)


def _load_month(
    user: User, ledger: SourceLedger, loaded: Loaded, month: PlannedMonth, before: PlannedMonth | None
) -> None:
    last = end_of_month(month.first)
    name = calendar_cycle(PeriodType.MONTHLY, 1).around(month.first).name
    period = BudgetPeriod.objects.create(
        user=user,
        name=name,
        period_type=PeriodType.MONTHLY,
        start_date=month.first,
        end_date=last,
        **settled(PeriodType.MONTHLY, month.first, last, None),
    )
    follows = before is not None and end_of_month(before.first).toordinal() + 1 == month.first.toordinal()
    carried = {"carry_over": CarryOver.SURPLUS, "carry_by": CarryBy.SUBCATEGORY} if follows else {}
    budget = Budget.objects.create(user=user, period=period, **carried)
    allocations = list[BudgetAllocation]()
    for filing, amount in month.amounts.items():
        if filing == NOWHERE:
            continue
        if not 0 <= amount <= MAX_AMOUNT:
            ledger.has_no_place["planned amounts below zero"] += 1
            continue
        keeps = follows and before is not None and filing in before.keeps_missing
        if not amount and not keeps:
            continue
        allocations.append(
            BudgetAllocation(
                user=user,
                budget=budget,
                subcategory=loaded.filings[filing],
                allocated_amount=amount.quantize(CENT),
                carry_over=CarryOver.BOTH if keeps else "",
            )
        )
    BudgetAllocation.objects.bulk_create(allocations)
    loaded.made.months.append(month.first.isoformat())
