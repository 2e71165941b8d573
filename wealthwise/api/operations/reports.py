"""Reports over any days: the statements of the pages, as figures."""

from datetime import date
from http import HTTPStatus
from typing import Any, Literal

from allauth.core.ratelimit import consume
from ninja import Query, Router, Schema
from pydantic import Field

from budgets.reports.cash_flow import flow_by_bucket
from budgets.reports.net_worth import net_worth_over_time
from budgets.reports.spending import spending_by_bucket
from transactions.models.cached_names import names_of
from transactions.summaries.ranges import DateRange, Narrowed
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.problems import Problem, invalid
from wealthwise.api.schemas import Day, Total
from wealthwise.core.days import today_of

router = Router(tags=["Reports"])
MOST_YEARS = 100


class DaysQuery(Schema):
    """Both days are in it; `by` is what the figures are of. Without a last day, today is."""

    date_from: Day
    date_to: Day | None = None
    by: Literal["month", "year"] = "month"


class AccountDaysQuery(DaysQuery):
    account: int | None = Field(None, description="Of one account alone.")


class SpentSeen(Schema):
    """Of the month or year that begins on `start`. `category` is null for what is uncategorised."""

    start: Day
    category: int | None
    name: str
    spent: Total


class SpendingSeen(Schema):
    rows: list[SpentSeen]
    total: Total


class FlowSeen(Schema):
    start: Day
    income: Total
    spent: Total
    net: Total


class CashFlowSeen(Schema):
    rows: list[FlowSeen]


class WorthSeen(Schema):
    """At the end of `day`."""

    day: Day
    owned: Total
    owed: Total
    net: Total


class NetWorthSeen(Schema):
    rows: list[WorthSeen]


@router.get("/spending", response=SpendingSeen, summary="Spending by category")
def read_spending(request: ApiRequest, query: Query[AccountDaysQuery]) -> dict[str, Any]:
    """Expenses less refunds; transfers are none."""
    days, account = _asked(request, query), _account(request, query)
    found = spending_by_bucket(request.user, days, query.by, Narrowed(account))
    rows = [
        {"start": each.bucket, "category": each.category_id, "name": each.category, "spent": each.spent}
        for each in found
    ]
    return {"rows": rows, "total": sum(each.spent for each in found)}


@router.get("/cash-flow", response=CashFlowSeen, summary="Income against spending")
def read_cash_flow(request: ApiRequest, query: Query[AccountDaysQuery]) -> dict[str, Any]:
    days, account = _asked(request, query), _account(request, query)
    found = flow_by_bucket(request.user, days, query.by, Narrowed(account))
    return {
        "rows": [{"start": each.bucket, "income": each.income, "spent": each.spent, "net": each.net} for each in found]
    }


@router.get("/net-worth", response=NetWorthSeen, summary="Net worth over time")
def read_net_worth(request: ApiRequest, query: Query[DaysQuery]) -> dict[str, Any]:
    """The first point is the day before the first."""
    found = net_worth_over_time(request.user, _asked(request, query), query.by)
    points = found.points
    return {"rows": [{"day": p.day, "owned": p.owned, "owed": p.owed, "net": p.net} for p in points]}


def _asked(request: ApiRequest, query: DaysQuery) -> DateRange:
    """Raises Problem, also for more reports in a minute than the pages allow."""
    if not consume(request, action="reports"):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "rate", "So many reports in a minute are too many.")
    first, last = query.date_from, query.date_to or max(today_of(request.user), query.date_from)
    if last < first:
        raise invalid({"date_to": ["The last day is before the first."]})
    if first < date(last.year - MOST_YEARS, 1, 1):
        raise invalid({"date_from": [f"Ask for {MOST_YEARS} years at most."]})
    return DateRange(first, last)


def _account(request: ApiRequest, query: AccountDaysQuery) -> int | None:
    if query.account is not None and query.account not in names_of(request.user).accounts:
        raise invalid({"account": ["That is not one of yours."]})
    return query.account
