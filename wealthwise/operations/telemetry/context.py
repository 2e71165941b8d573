"""What belongs to the request that is being answered, for log lines written anywhere below it."""

from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
current: ContextVar[Any] = ContextVar("current", default=None)


def user_uuid() -> str:
    """Whose request it is, if somebody asked already: asking from here would cost statements."""
    person = getattr(current.get(), "_cached_user", None)
    return str(person.uuid) if person is not None and person.is_authenticated else ""
