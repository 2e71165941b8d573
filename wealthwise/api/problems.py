"""What a program is told when something is refused: problem+json (RFC 9457), in the sentences of the pages."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from transactions.bulk.services import Stale
from transactions.ledger.merging import ChangedMeanwhile
from wealthwise.core.errors import AskFirst, DomainError, NotFound

CONTENT_TYPE: Final = "application/problem+json"
NOT_YOURS: Final = "That is not one of yours, or no longer there."

type Errors = Mapping[str, Sequence[str]]


class Problem(Exception):
    """An answer that refuses. ``code`` is for programs, ``detail`` for people, ``errors`` are by the field."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, errors: Errors | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.errors, self.more = status, code, detail, errors, more

    def response(self) -> HttpResponse:
        told: dict[str, Any] = {"type": "about:blank", "title": self.status.phrase, "status": self.status.value}
        told |= {"code": self.code, "detail": self.detail, **({"errors": self.errors} if self.errors else {})}
        answer = HttpResponse(json.dumps(told | self.more), status=self.status, content_type=CONTENT_TYPE)
        if self.status == HTTPStatus.UNAUTHORIZED:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer


def invalid(errors: Errors, detail: str = "What was sent cannot be taken as it is.") -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors)


def not_found() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "not_found", NOT_YOURS)


def changed_meanwhile(current: Mapping[str, Any]) -> Problem:
    """With what is there now, and its version."""
    told = "This was changed meanwhile. Look at what is there now, then send your change with its version."
    return Problem(HTTPStatus.CONFLICT, "changed_meanwhile", told, current=current)


def of_form(form: BaseForm) -> Problem:
    """The sentences of a form that is not valid, by the names of its fields; those of all of it under ``form``."""
    errors = {("form" if name == "__all__" else name): list(map(str, said)) for name, said in form.errors.items()}
    return invalid(errors)


def of_domain_error(error: DomainError) -> Problem:
    """A rule of a service said no."""
    if isinstance(error, AskFirst):
        told = f"{error} Send it with agreed=true to do it all the same."
        return Problem(HTTPStatus.CONFLICT, "ask_first", told)
    if isinstance(error, NotFound):
        return Problem(HTTPStatus.NOT_FOUND, "not_found", str(error))
    if isinstance(error, ChangedMeanwhile):
        return Problem(HTTPStatus.CONFLICT, "changed_meanwhile", str(error), fields=error.both)
    if isinstance(error, Stale):
        return Problem(HTTPStatus.CONFLICT, "changed_meanwhile", str(error))
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "refused", str(error))


def of_schema(found: Sequence[Mapping[str, Any]]) -> Problem:
    """What the description of an operation does not allow, by the names of the fields."""
    if any(error["loc"][0] == "path" for error in found):
        return not_found()
    errors: dict[str, list[str]] = {}
    for error in found:
        place = map(str, error["loc"][2 if error["loc"][0] == "body" else 1 :])
        errors.setdefault(".".join(place) or "body", []).append(str(error["msg"]).removeprefix("Value error, "))
    return invalid(errors)


def answered(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The answer for whatever an operation refused with."""
    problem = (
        error if isinstance(error, Problem) else of_domain_error(error) if isinstance(error, DomainError) else None
    )
    return (problem or not_found()).response()
