"""Each request runs in its user's time zone; staff may have to carry a second factor."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from wealthwise.core import locales
from wealthwise.core.days import zone_of

Handler = Callable[[HttpRequest], HttpResponse]


def user_middleware(get_response: Handler) -> Handler:
    """Activate the signed-in user's time zone, country and currency for the time of the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if lacks_second_factor(request):
            messages.warning(request, "The console needs two-factor authentication. Set it up here.")
            return redirect("mfa_index")
        with timezone.override(zone_of(request.user)), _habits_of(request.user):
            return _kept_to_themselves(request, get_response(request))

    return middleware


def _kept_to_themselves(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What a signed-in user sees is stored nowhere: not by a proxy, not on a shared computer after they left."""
    is_person = getattr(request.user, "is_authenticated", False)
    if is_person and not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private, no-store"
    return response


def _habits_of(user: object) -> AbstractContextManager[None]:
    return locales.override(getattr(user, "country", ""), getattr(user, "currency", ""))


def lacks_second_factor(request: HttpRequest) -> bool:
    """Say whether staff asks for the console without the second factor that WEALTHWISE_STAFF_REQUIRE_MFA wants."""
    user = request.user
    return (
        settings.STAFF_REQUIRE_MFA
        and user.is_authenticated
        and user.is_staff
        and request.path.startswith(reverse("admin:index"))
        and not is_mfa_enabled(user)
    )
