"""What belongs to the request that is being answered, for log lines written anywhere below it."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
user_uuid: ContextVar[str] = ContextVar("user_uuid", default="")
