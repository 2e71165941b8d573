"""Periods with their budgets, and what is due."""

from typing import Any, Literal

from ninja import Router, Schema, Status

from budgets.budget.services import set_allocation
from budgets.budget.summary import budget_summary
from budgets.models import BudgetPeriod
from budgets.periods.active import current_period
from budgets.periods.forms import PeriodForm
from budgets.periods.services import open_period
from budgets.schedules.upcoming import upcoming_of
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.operations.bookings import Clerk
from wealthwise.api.problems import invalid, not_found, of_form
from wealthwise.api.repeating import create_once
from wealthwise.api.schemas import Day, Money, Name, Sent, SmallPath, Total
from wealthwise.core.days import today_of

router = Router(tags=["Periods, budgets and what is due"])
PeriodKind = Literal["monthly", "quarterly", "yearly", "custom"]


class PeriodSeen(Schema):
    id: int
    name: str
    period_type: PeriodKind
    start: Day
    end: Day
    is_active: bool


class PeriodsSeen(Schema):
    """The latest first."""

    periods: list[PeriodSeen]


class PeriodSent(Sent):
    """Both days are in it; `keep_days` says that days which are odd for the type are meant."""

    name: Name
    period_type: PeriodKind
    start: Day
    end: Day
    keep_days: bool = False


class LineSeen(Schema):
    """A subcategory in a period. `allocated` is null where nothing is set aside; `left` is below zero if overspent."""

    subcategory: int
    name: str
    category: int
    allocated: Total | None
    carried: Total
    spent: Total
    left: Total


class IncomeSeen(Schema):
    id: int
    name: str
    amount: Total


class BudgetSeen(Schema):
    """A period with its plan and what became of it, as on the page of the budget."""

    period: PeriodSeen
    income: list[IncomeSeen]
    income_total: Total
    brought_forward: Total
    available: Total
    allocated: Total
    to_allocate: Total
    received: Total
    spent: Total
    left: Total
    uncategorised: Total
    lines: list[LineSeen]


class AllocationSent(Sent):
    allocated: Money


class DueSeen(Schema):
    """What is expected on a day and no row has settled."""

    schedule: int
    description: str
    day: Day
    amount: Total
    account: int
    is_late: bool


class ExpectedSeen(Schema):
    """What an account should hold at the end of `until`, and the lowest until then."""

    account: int
    balance: Total
    lowest: Total


class UpcomingSeen(Schema):
    """What is late, and what is due up to the next pay day; `until` is the day before it."""

    due: list[DueSeen]
    pay_day: Day | None
    until: Day
    expected: list[ExpectedSeen]


@router.get("/periods", response=PeriodsSeen, summary="List periods")
def list_periods(request: ApiRequest) -> dict[str, Any]:
    current_period(request.user)  # a day that began brings its period
    return {"periods": [_period(period) for period in BudgetPeriod.objects.for_user(request.user).timeline()]}


@router.post("/periods", response={201: PeriodSeen, 200: PeriodSeen}, summary="Open a period")
def create_period(request: ApiRequest, sent: PeriodSent) -> Status[Any]:
    """Refused where one of its type has a day of it."""
    form = PeriodForm(sent.model_dump(), is_new=True)
    if not form.is_valid():
        raise of_form(form)

    def create() -> list[int]:
        return [open_period(user=request.user, **form.period()).pk]

    status, made = create_once(request, sent, create)
    return Status(status, _period(_own(request, made[0])))


@router.get("/periods/{period_id}/budget", response=BudgetSeen, summary="Read the budget of a period")
def read_budget(request: ApiRequest, period_id: SmallPath) -> dict[str, Any]:
    """Allocated, spent and left by subcategory."""
    return _budget(request, period_id)


@router.put("/periods/{period_id}/lines/{subcategory_id}", response=BudgetSeen, summary="Set money aside")
def allocate(
    request: ApiRequest, period_id: SmallPath, subcategory_id: SmallPath, sent: AllocationSent
) -> dict[str, Any]:
    """For one subcategory; all others stay."""
    if said := Clerk.wrong_amount(sent.allocated):
        raise invalid({"allocated": [said]})
    set_allocation(user=request.user, period_id=period_id, subcategory_id=subcategory_id, amount=sent.allocated)
    return _budget(request, period_id)


@router.get("/schedules/upcoming", response=UpcomingSeen, summary="What is due")
def read_upcoming(request: ApiRequest) -> dict[str, Any]:
    period, today = current_period(request.user), today_of(request.user)
    found = upcoming_of(request.user, today, period.end_date if period else None)
    return {
        "due": [
            {
                "schedule": due.schedule.id,
                "description": due.schedule.description,
                "day": due.day,
                "amount": due.schedule.amount,
                "account": due.schedule.account_id,
                "is_late": due.day < today,
            }
            for due in [*found.late, *found.coming]
        ],
        "pay_day": found.pay_day.day if found.pay_day else None,
        "until": found.until,
        "expected": [
            {"account": each.account_id, "balance": each.balance, "lowest": each.lowest} for each in found.balances()
        ],
    }


def _own(request: ApiRequest, pk: int) -> BudgetPeriod:
    found = BudgetPeriod.objects.for_user(request.user).with_budget().filter(pk=pk).first()
    if found is None:
        raise not_found()
    return found


def _period(period: BudgetPeriod) -> dict[str, Any]:
    said = {name: getattr(period, name) for name in ("id", "name", "period_type", "is_active")}
    return said | {"start": period.start_date, "end": period.end_date}


def _budget(request: ApiRequest, period_id: int) -> dict[str, Any]:
    period = _own(request, period_id)
    found = budget_summary(request.user, period)
    sums = (
        "income_total", "brought_forward", "available", "allocated", "to_allocate", "received", "spent", "left",
        "uncategorised",
    )  # fmt: skip
    lines = [
        {
            "subcategory": line.id,
            "name": line.name,
            "category": group.id,
            "allocated": line.budgeted,
            "carried": line.rolled,
            "spent": line.spent,
            "left": line.balance,
        }
        for group in found.groups
        for line in group.lines
    ]
    income = [{"id": each.id, "name": each.name, "amount": each.amount} for each in found.income_sources]
    told = {name: getattr(found, name) for name in sums}
    return {"period": _period(period), "income": income, "lines": lines, **told}
