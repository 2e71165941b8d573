"""What the views of form pages share."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from wealthwise.core.errors import AskFirst, DomainError

page = require_http_methods(["GET", "HEAD", "POST"])


def posted(request: HttpRequest) -> QueryDict | None:
    """The data of a form, None unless one was sent; one that was sent can be empty."""
    return request.POST if request.method == "POST" else None


def form_page(
    request: HttpRequest,
    form: BaseForm,
    save: Callable[[], HttpResponse],
    template: str,
    context: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    *,
    refused: str | None = None,
) -> HttpResponse:
    """The page of a form, or what ``save`` answers once a valid one was posted.

    What was refused (see `attempt`) is shown again with status 422. A ``context`` that costs statements is a
    function, called only when the page is shown.
    """
    answer = attempt(form, save, refused) if request.method == "POST" else None
    if answer is not None:
        return answer
    shown = context() if callable(context) else context
    return render(request, template, {"form": form, **shown}, status=422 if form.errors else 200)


def done(request: HttpRequest, message: str, to: Any, *ids: int) -> HttpResponse:
    """Say what was done on the next page, which is ``to``: whatever ``redirect`` takes."""
    messages.success(request, message)
    return redirect(to, *ids)


def attempt[Answer](form: BaseForm, action: Callable[[], Answer], refused: str | None = None) -> Answer | None:
    """What ``action`` answers for a valid form; a DomainError becomes an error of the form or its field ``refused``.

    The form is still valid afterwards when nothing was refused. One that asks first gets a checkbox with the question,
    see `has_agreed`.
    """
    if form.is_valid():
        try:
            return action()
        except DomainError as refusal:
            form.asks_first = isinstance(refusal, AskFirst)  # type: ignore[attr-defined]  # for the macro of errors
            form.add_error(None if isinstance(refusal, AskFirst) else refused, str(refusal))
    return None


def has_agreed(request: HttpRequest) -> bool:
    """Whether the user agreed to what a service asked first."""
    return "agreed" in request.POST


def way_back(request: HttpRequest, default: str = "transactions:list") -> str:
    """Where the user came from, when ``next`` is a page of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if wanted.startswith("/") and safe else reverse(default)
