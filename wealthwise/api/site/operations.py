"""Every operation of the API, and what they are refused with."""

from http import HTTPStatus
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from wealthwise.api.authentication import Bearer
from wealthwise.api.operations import (
    accounts,
    categories,
    checks,
    files,
    planning,
    reports,
    transactions,
    transfers,
)
from wealthwise.api.problems import Problem, answered, of_schema
from wealthwise.core.errors import DomainError

TITLE: Final = "WealthWise"
VERSION: Final = "1.0.0"
ABOUT: Final = """\
Work with everything that you have here, by programs of your own. Each request carries a token of yours, as
`Authorization: Bearer wealthwise_…`; tokens are made in the settings. Amounts are text with a point (`"-12.50"`),
below zero for what goes out; days are `YYYY-MM-DD` in your own time zone. What is refused is told as problem+json:
`code` is for programs, `detail` for people, `errors` has sentences by the field. A row has a `version`: send it back
with a change, and nothing that somebody else changed meanwhile is lost. With a header `Idempotency-Key` what is added
is added once, however often it is sent."""

api = NinjaAPI(
    title=TITLE,
    version=VERSION,
    description=ABOUT,
    auth=Bearer(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
api.add_router("/accounts", accounts.router)
api.add_router("", categories.router)
api.add_router("/transactions", transactions.router)
api.add_router("/transfers", transfers.router)
api.add_router("", planning.router)
api.add_router("/reports", reports.router)
api.add_router("", checks.router)
api.add_router("", files.router)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return of_schema(error.errors).response()


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return Problem(HTTPStatus(error.status_code), "unreadable", str(error)).response()


for kind in (Problem, DomainError, Http404, AuthenticationError):
    api.add_exception_handler(kind, answered)
