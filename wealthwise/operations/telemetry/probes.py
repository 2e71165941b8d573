"""Answers for machines that watch the service: /healthz, /readyz, /metrics."""

import json
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from wealthwise.operations.telemetry.metrics import exposition
from wealthwise.postgres.sql import value_of

_migrated = False  # what is applied stays applied for the life of a process


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing, so that a database that is away does not get the process killed."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Whether users should be sent here; says which part is missing, and nothing of why."""
    checks = {
        "database": _database,
        "cache": _cache,
        "migrations": _migrations,
        "secret_key": _secret_key,
        "static_files": _static_files,
    }
    found = {name: _holds(check) for name, check in checks.items()}
    text = json.dumps({name: "ok" if holds else "failing" for name, holds in found.items()})
    return HttpResponse(text + "\n", content_type="application/json", status=200 if all(found.values()) else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Behind a bearer token; without one in the settings there is no such address."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        answer = HttpResponse("A bearer token is needed.\n", content_type="text/plain", status=401)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


PROBES: Final[dict[str, Callable[[HttpRequest], HttpResponse]]] = {"/healthz": alive, "/readyz": ready}


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever is wrong, it is not ready
        return False


def _database() -> bool:
    return bool(value_of("SELECT 1") == 1)


def _cache() -> bool:
    """A round trip: the client ignores errors, so a cache that is down just forgets."""
    cache.set("readyz", "yes", 10)
    return bool(cache.get("readyz") == "yes")


def _secret_key() -> bool:
    """Without one every form fails; Django says so only when it is asked for it."""
    return bool(settings.SECRET_KEY)


def _static_files() -> bool:
    """Every page names its style sheets by the manifest, and fails without."""
    storage: Any = staticfiles_storage
    keeps_names = getattr(storage, "hashed_files", None) is None
    return keeps_names or bool(storage.exists(storage.stored_name("css/base.css")))


def _migrations() -> bool:
    global _migrated  # noqa: PLW0603
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
