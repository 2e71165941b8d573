"""Where a signed-in user arrives."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.people.requests import UserRequest
from budgets.dashboard.charts import flow_chart, pace_chart, spending_donut
from budgets.dashboard.snapshot import snapshot
from transactions.search.links import rows_url
from transactions.summaries.ranges import DateRange
from wealthwise.core.days import today_of


@require_safe
def dashboard(request: UserRequest) -> HttpResponse:
    user = request.user
    if user.onboarding_step < User.OnboardingStep.DONE:
        return redirect("onboarding_step", user.onboarding_step)
    today = today_of(user)
    found = snapshot(user, today)
    period = found.standing.current
    context: dict[str, Any] = {
        "currency": user.currency,
        "ended": found.standing.ended,
        "flow": flow_chart(found.flow, user.currency),
        "is_demo": user.email == settings.DEMO_EMAIL,
        "lists": found.lists,
        "period": period,
        "today": today,
        "upcoming": found.upcoming,
        **dict.fromkeys(("bars", "figures", "pace", "spending")),
    }
    if period:
        days = DateRange(period.start_date, period.end_date)
        context |= {
            "bars": found.figures.bars(),
            "change": found.pace.change,
            "figures": found.figures,
            "before": found.standing.before,
            "pace": pace_chart(found.pace, days, found.standing.before, user.currency),
            "rows_of_period": partial(rows_url, days),
            "spending": spending_donut(found.figures, days, user.currency),
        }
    return render(request, "budgets/dashboard/dashboard.html", context)
