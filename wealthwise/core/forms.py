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

from wealthwise.core.errors import DomainError

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

    A DomainError that ``save`` raises becomes an error of the form, or of its field ``refused``; what was refused is
    shown again with status 422.
    A ``context`` that costs statements is a function, called only when the page is shown.
    """
    if request.method == "POST" and form.is_valid():
        try:
            return save()
        except DomainError as refusal:
            form.add_error(refused, str(refusal))
    shown = context() if callable(context) else context
    return render(request, template, {"form": form, **shown}, status=422 if form.errors else 200)


def done(request: HttpRequest, message: str, to: Any, *ids: int) -> HttpResponse:
    """Say what was done on the next page, which is ``to``: whatever ``redirect`` takes."""
    messages.success(request, message)
    return redirect(to, *ids)


def attempt(form: BaseForm, action: Callable[[], object]) -> bool:
    """Run a service for a valid form; a refusal becomes an error of the form."""
    if not form.is_valid():
        return False
    try:
        action()
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def way_back(request: HttpRequest, default: str = "transactions:list") -> str:
    """Where the user came from, when ``next`` is a page of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if wanted.startswith("/") and safe else reverse(default)
