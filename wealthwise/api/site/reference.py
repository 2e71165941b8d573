"""The description of the API: as OpenAPI for programs, and as a page for people."""

import json
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from wealthwise.api.problems import CONTENT_TYPE, Problem
from wealthwise.api.site.described import operations, shapes
from wealthwise.api.site.operations import ABOUT, api

BASE: Final = "/api/v1"
PROBLEM: Final = {
    "type": "object",
    "description": "What was refused (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "For programs."},
        "detail": {"type": "string", "description": "For people."},
        "errors": {
            "type": "object",
            "description": "Sentences by the field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "current": {"type": "object", "description": "What is there now, where it was changed meanwhile."},
    },
}
REFUSED: Final = {
    "description": "Refused, as `code` and `detail` say.",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same key, it is not added again.",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[ -~]*$"},
}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document. Every operation can be refused; what is added can be sent with a key."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=BASE)))
    found["components"]["schemas"]["Problem"] = PROBLEM
    for methods in found["paths"].values():
        for operation in methods.values():
            operation["operationId"] = operation["operationId"].rpartition("operations_")[2].partition("_")[2]
            operation["responses"]["default"] = REFUSED
            if {"200", "201"} <= operation["responses"].keys():
                operation.setdefault("parameters", []).append(KEY)
    return found


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def document_file(request: HttpRequest) -> HttpResponse:
    return HttpResponse(json.dumps(document(), ensure_ascii=False), content_type="application/json")


@login_not_required
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation with what it takes and gives, rendered here; there is nothing to run in the browser."""
    context = {"about": ABOUT, "operations": operations(document()), "shapes": shapes(document())}
    return render(request, "wealthwise/api/site/reference.html", context)


def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    told = "There is no such address. The description of the API is at /api/v1/."
    return Problem(HTTPStatus.NOT_FOUND, "no_address", told).response()
