"""Where a signed-in person arrives."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from budgets.dashboard.cards import dashboard_page
from budgets.dashboard.snapshot import snapshot
from wealthwise.core.days import today_of


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if user.onboarding_step < User.OnboardingStep.DONE:
        return redirect("onboarding_step", user.onboarding_step)
    today = today_of(user)
    page = dashboard_page(user, snapshot(user, today), today)
    is_demo = user.email == settings.DEMO_EMAIL
    return render(request, "budgets/dashboard.html", {"page": page, "is_demo": is_demo})
