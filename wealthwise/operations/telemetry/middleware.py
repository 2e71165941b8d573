"""Around every request: an id, a log line, counters; and the probes, which pass by everything else."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from wealthwise.operations.telemetry import active, context, metrics
from wealthwise.operations.telemetry.probes import PROBES

Handler = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("wealthwise.request")
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,32}")


class StatementCounter:
    """Counts what goes to the database while it is wrapped around a connection."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], *call: Any) -> Any:
        self.count += 1
        return execute(*call)


def telemetry_middleware(get_response: Handler) -> Handler:
    """Outermost, so that it sees every answer. Probes are answered here: they come by address, not by host name."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if probe := PROBES.get(request.path_info):
            return probe(request)
        tokens = context.request_id.set(_request_id(request)), context.current.set(request)
        counter, begun = StatementCounter(), time.perf_counter()
        try:
            with connection.execute_wrapper(counter):
                response = get_response(request)
            _note(request, response, time.perf_counter() - begun, counter.count)
        finally:
            context.request_id.reset(tokens[0])
            context.current.reset(tokens[1])
        return response

    return middleware


def _request_id(request: HttpRequest) -> str:
    """That of the proxy in front, when it looks like one; otherwise our own."""
    given = request.headers.get("X-Request-ID", "")
    return given if _GIVEN.fullmatch(given) else uuid.uuid4().hex


def _note(request: HttpRequest, response: HttpResponse, seconds: float, statements: int) -> None:
    response.headers["X-Request-ID"] = context.request_id.get()
    match = request.resolver_match
    view = match.view_name or "unnamed" if match else "unknown"
    if person := context.user_uuid():
        active.seen(person)
    metrics.observe(view, response.status_code, seconds, statements)
    logger.info(
        "%s %s",
        request.method,
        view,
        extra={
            "method": request.method,
            "view": view,
            "status": response.status_code,
            "milliseconds": round(seconds * 1000, 1),
            "statements": statements,
        },
    )
