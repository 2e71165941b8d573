"""Browsers report what the policy of content kept from a page: a fault of ours, or markup that somebody got in.

A line of the log names the view, the directive and what kind of thing it was: never an address of a page, which may
carry a token, and no word of the report that is not ours. A report is short, and only so many a minute are told.
"""

import json
import logging
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

LONGEST: Final = 16 * 1024  # bytes of a report
AT_ONCE: Final = 20  # reports of one request that are looked at
A_MINUTE: Final = 30  # lines of one process
KINDS: Final = ("inline", "eval", "wasm-eval", "data", "blob", "self")
logger = logging.getLogger("wealthwise.violations")


class Minute:
    """Lets so many through within a minute."""

    def __init__(self, most: int) -> None:
        self.most, self.begun, self.count, self.lock = most, 0.0, 0, threading.Lock()

    def has_room(self) -> bool:
        with self.lock:
            if time.monotonic() - self.begun >= 60:
                self.begun, self.count = time.monotonic(), 0
            self.count += 1
            return self.count <= self.most


_minute = Minute(A_MINUTE)


@csrf_exempt
@login_not_required
@require_POST
def violations(request: HttpRequest) -> HttpResponse:
    """Answers nothing, whatever was sent: who reports is a browser, or somebody who pretends to be one."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    for view, directive, kind in _told(request.body):
        if _minute.has_room():
            logger.warning("The policy kept something from a page: %s of %s at %s.", directive, kind, view)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _told(body: bytes) -> Iterator[tuple[str, str, str]]:
    """View, directive and kind of each report, in both forms that browsers have; nothing of what is none."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return
    reports = sent[:AT_ONCE] if isinstance(sent, list) else [sent]
    for report in reports:
        inner = report.get("body", report.get("csp-report")) if isinstance(report, dict) else None
        if isinstance(inner, dict):
            directive = _word(inner, "effectiveDirective", "effective-directive", "violated-directive").partition(" ")[
                0
            ]
            name = directive.removesuffix("-elem").removesuffix("-attr")
            kind = _word(inner, "blockedURL", "blocked-uri")
            yield (
                _view_of(_word(inner, "documentURL", "document-uri")),
                directive if name in settings.SECURE_CSP else "something",
                kind if kind in KINDS else "another origin",
            )


def _word(report: dict[str, Any], *names: str) -> str:
    return next((str(report[name]) for name in names if report.get(name)), "")


def _view_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name or "unnamed"
    except (Resolver404, ValueError):
        return "no view"
