"""Pages that belong to no domain app: landing, the plain texts, the theme switch, errors."""

from typing import Final, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User

BLUR_COOKIE: Final = "blur_amounts"
ROWS_COOKIE: Final = "comfortable_rows"
A_YEAR: Final = 60 * 60 * 24 * 365


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("dashboard")
    return render(request, "wealthwise/public/landing.html")


@login_not_required
@require_safe
def page(request: HttpRequest, template: str) -> HttpResponse:
    return render(request, template)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or system for this user and return to where they were."""
    chosen = request.POST.get("theme", "")
    if chosen in User.Theme.values:
        user = cast(User, request.user)
        user.theme = chosen
        user.save(update_fields=["theme"])
    return _back(request)


@require_POST
def hide_amounts(request: HttpRequest) -> HttpResponse:
    """Remember on this device whether amounts are blurred, and return to where the user was."""
    return _remembered(request, BLUR_COOKIE, "hide")


@require_POST
def rows(request: HttpRequest) -> HttpResponse:
    """Remember on this device whether rows are comfortable or dense, and return to where the user was."""
    return _remembered(request, ROWS_COOKIE, "comfortable")


def _remembered(request: HttpRequest, cookie: str, field: str) -> HttpResponse:
    response = _back(request)
    if request.POST.get(field) == "1":
        response.set_cookie(cookie, "1", max_age=A_YEAR, samesite="Lax", secure=settings.USE_TLS)
    else:
        response.delete_cookie(cookie, samesite="Lax")
    return response


def _back(request: HttpRequest) -> HttpResponse:
    back = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    return redirect("dashboard")
