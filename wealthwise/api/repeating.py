"""A program that asks again because it heard no answer: what it sent with one Idempotency-Key acts once."""

import hashlib
from collections.abc import Callable, Sequence
from http import HTTPStatus
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel

from accounts.people.once import SentBefore, do_once, made_before, note_made
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.problems import Problem

LONGEST = 255


def create_once(
    request: ApiRequest, sent: BaseModel, create: Callable[[], Sequence[int]]
) -> tuple[HTTPStatus, list[int]]:
    """The ids that ``create`` gives, or gave when the same was sent with that key: 201 the first time, then 200.

    Without a key it always creates. Raises Problem where the key was sent with something else.
    """
    given = request.headers.get("Idempotency-Key", "")
    if not given:
        return HTTPStatus.CREATED, list(create())
    if len(given) > LONGEST:
        raise Problem(HTTPStatus.BAD_REQUEST, "idempotency_key", f"A key has at most {LONGEST} characters.")
    key, made = uuid5(NAMESPACE_URL, f"{request.auth.token_id} {given}"), list[int]()

    def act(receipt: int) -> None:
        made.extend(create())
        note_made(request.user, receipt, made)

    said = f"{request.method} {request.path} {sent.model_dump_json()}"
    try:
        acted = do_once(request.user, key, hashlib.sha256(said.encode()).hexdigest(), act)
    except SentBefore:
        told = "That key was sent with something else before. Use a key of its own for each thing to add."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency_key", told) from None
    return (HTTPStatus.CREATED, made) if acted else (HTTPStatus.OK, made_before(request.user, key))
