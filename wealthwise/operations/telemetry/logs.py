"""Log lines for machines: one JSON object a line, with the request and the user's uuid, and no private text.

An exception is told by its class and where it was raised. Its message is left out on purpose: PostgreSQL quotes
rows in errors, amounts and descriptions included.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

from wealthwise.operations.telemetry import context

FIELDS: Final = ("method", "view", "status", "milliseconds", "statements")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in _of_request() if value}
        line |= {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        if record.exc_info and record.exc_info[0]:
            line |= {"exception": record.exc_info[0].__name__, "stack": _frames(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False, default=str)


def _of_request() -> list[tuple[str, str]]:
    return [("request_id", context.request_id.get()), ("user", context.user_uuid())]


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
