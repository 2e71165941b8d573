"""Log lines for machines: one JSON object a line, with the request and the person's uuid, and no private text.

An exception is told by its class and where it was raised. Its message is left out on purpose: PostgreSQL quotes
rows in errors, amounts and descriptions included.
"""

import logging
import traceback
from typing import Final

from structlog import processors, stdlib
from structlog.typing import EventDict, WrappedLogger

from wealthwise.ops import context

FIELDS: Final = ("method", "view", "status", "milliseconds", "statements")


def json_formatter() -> logging.Formatter:
    """For records of the standard library, which is what Django and every package write."""
    return stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            processors.TimeStamper("iso", key="time"),
            stdlib.add_log_level,
            stdlib.add_logger_name,
            stdlib.ExtraAdder(FIELDS),
            _of_request,
            _without_message,
        ],
        processors=[
            stdlib.ProcessorFormatter.remove_processors_meta,
            processors.EventRenamer("message"),
            processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


def _of_request(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    told = {"request_id": context.request_id.get(), "user": context.user_uuid()}
    line.update((name, value) for name, value in told.items() if value)
    return line


def _without_message(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    kind, _, trace = line.pop("exc_info", None) or (None, None, None)
    if kind:
        line["exception"] = kind.__name__
        line["stack"] = [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(trace)]
    return line
