"""A request that a deadlock, a serialization failure or a lost connection ended is repeated once, from the start.

Only where nothing of it can have stayed: no COMMIT was sent, nothing was written outside of a transaction, no mail
went out. A file of the request is read again from its start, and what middlewares below found out is forgotten.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

# What was read of the client, which comes only once.
_READ: Final = ("_body", "_post", "_files", "_read_started", "_stream", "_encoding", "_upload_handlers")


def again_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        known, head = dict(vars(request)), dict(request.META)
        database: Any = connection
        database.has_written = False
        with connection.execute_wrapper(database.note):
            response = get_response(request)
            if not getattr(response, "may_pass", False) or database.has_written:
                return response
            logger.warning("The database gave up a request that had changed nothing; it is done once more.")
            _start_over(request, known, head)
            connection.close_if_unusable_or_obsolete()
            return get_response(request)

    return middleware


def _start_over(request: HttpRequest, known: dict[str, Any], head: dict[str, Any]) -> None:
    attributes = vars(request)
    read = {name: attributes[name] for name in _READ if name in attributes}
    attributes.clear()
    attributes.update(known | read)
    request.META.clear()
    request.META.update(head)
    for _, files in read["_files"].lists() if "_files" in read else ():
        for file in files:
            file.seek(0)


@contextmanager
def harmless() -> Iterator[None]:
    """What is written inside may be written twice: when somebody was seen, a try that counts."""
    database: Any = connection
    before = database.has_written
    try:
        yield
    finally:
        database.has_written = before


def never_again() -> None:
    """What was just done cannot be taken back: a mail is out."""
    database: Any = connection
    database.has_written = True
