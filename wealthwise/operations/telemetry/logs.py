"""Log lines that say what happened and nothing private: for machines one JSON object a line, for a terminal a line.

An exception is told by its class and where it was raised. Its message is left out on purpose: PostgreSQL quotes
rows in errors, amounts and descriptions included. What Django says of a request, a refusal or a suspicion names its
path, its host or where it came from, and paths carry tokens: it is told by the status and the name of the view.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, override

from wealthwise.operations.telemetry import context

FIELDS: Final = ("method", "view", "status", "milliseconds", "statements")


class PlainFormatter(logging.Formatter):
    """For a terminal: as Python writes them, without what is private."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname.capitalize()}: {message_of(record)}"
        if record.exc_info and record.exc_info[0]:
            line = "\n  ".join([f"{line} ({record.exc_info[0].__name__})", *_frames(record.exc_info[2])])
        return line


class JsonFormatter(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        line |= {name: value for name, value in _of_request() if value}
        line |= {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        if record.exc_info and record.exc_info[0]:
            line |= {"exception": record.exc_info[0].__name__, "stack": _frames(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False, default=str)


def message_of(record: logging.LogRecord) -> str:
    """The message; of one about a request only how it was answered and by which view."""
    request = record.__dict__.get("request")
    if request is None:
        return record.getMessage()
    match = getattr(request, "resolver_match", None)
    status = record.__dict__.get("status_code", "")
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else str(status)
    return f"{phrase}: {match.view_name if match else 'no view'}"


def _of_request() -> list[tuple[str, str]]:
    return [("request_id", context.request_id.get()), ("user", context.user_uuid())]


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
