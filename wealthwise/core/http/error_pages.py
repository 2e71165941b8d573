"""What users see when something is refused or fails: one design, and always a way on.

Pages for 500 and 503 are rendered without the request: whatever failed may be what a request would ask.
"""

import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import requires_csrf_token
from psycopg_pool import PoolTimeout

RETRY_AFTER = "30"  # seconds
# Of a lost database: Django's, and the driver's own, as a COPY raises them.
LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
TOO_LONG = {"57014", "55P03"}  # SQLSTATE of a statement that was canceled, and of a lock that was not to be had
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}  # methods that change nothing


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/400.html", status=HTTPStatus.BAD_REQUEST)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=HTTPStatus.FORBIDDEN)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=HTTPStatus.NOT_FOUND)


@requires_csrf_token
def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/429.html", status=HTTPStatus.TOO_MANY_REQUESTS)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when the database could not be reached or took too long: that passes by itself."""
    errors, sent = list(_chain(sys.exc_info()[1])), request.method not in SAFE
    if any(getattr(error, "sqlstate", None) in TOO_LONG for error in errors):
        return took_too_long(sent=sent)
    if any(isinstance(error, LOST) for error in errors):
        answer: Any = unavailable(sent=sent)
        answer.may_pass = not any(isinstance(error, PoolTimeout) for error in errors)  # see again.py
        return answer  # type: ignore[no-any-return]
    return HttpResponse(render_to_string("errors/500.html"), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came of: what follows the loss of a database may be called otherwise."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def unavailable(*, sent: bool) -> HttpResponse:
    """``sent``: something was to be written. Whether it was, nobody knows who lost the database meanwhile."""
    return _later("errors/503.html", sent=sent)


def took_too_long(*, sent: bool) -> HttpResponse:
    """The database gave a statement up that ran, or waited for a lock, for longer than a page may."""
    return _later("errors/503_too_long.html", sent=sent)


def _later(template: str, *, sent: bool) -> HttpResponse:
    answer = HttpResponse(render_to_string(template, {"sent": sent}), status=HTTPStatus.SERVICE_UNAVAILABLE)
    answer["Retry-After"] = RETRY_AFTER
    return answer


def refused(status: HTTPStatus) -> HttpResponse:
    """For a request that nobody worked on, so that nothing was changed by it; or one that failed, for 500."""
    name = "errors/500.html" if status == HTTPStatus.INTERNAL_SERVER_ERROR else "errors/refused.html"
    answer = HttpResponse(render_to_string(name, {"status": status.value}), status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer["Retry-After"] = RETRY_AFTER
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or whose cookie is missing. Leads back to where it was."""
    back = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = ""
    return render(request, "errors/403_csrf.html", {"back": back}, status=HTTPStatus.FORBIDDEN)


def no_blank_page_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """An address that only takes forms answers a visit with a page too; Django's own answer is empty."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_blank = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content
        if is_blank and request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            page = render(request, "errors/405.html", status=response.status_code)
            page["Allow"] = response["Allow"]
            return page
        return response

    return middleware
