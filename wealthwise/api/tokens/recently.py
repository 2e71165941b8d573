"""What lets a program in for months is given only by who has just proven who they are."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.people.requests import UserRequest

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def proven_recently[**P](
    view: Callable[Concatenate[Any, P], HttpResponse],
) -> Callable[Concatenate[Any, P], HttpResponse]:
    """Ask for the second factor first where there is one, for the password otherwise; for some minutes that counts."""

    @wraps(view)
    def asked(request: Any, /, *args: P.args, **options: P.kwargs) -> HttpResponse:
        has_factor = is_mfa_enabled(request.user, FACTORS)
        if _has_proven(request, "mfa" if has_factor else "password"):
            return view(request, *args, **options)
        name = "mfa_reauthenticate" if has_factor else "account_reauthenticate"
        return redirect(f"{reverse(name)}?{urlencode({'next': request.path})}")

    return asked


def _has_proven(request: UserRequest, method: str) -> bool:
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(
        record["method"] == method and record.get("reauthenticated") and record["at"] > since for record in records
    )
