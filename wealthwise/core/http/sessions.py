"""What was committed is answered as it is, also when the session could not be stored after it."""

import logging
from typing import Any

from django.contrib.sessions import middleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest

logger = logging.getLogger(__name__)


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's makes a 400 of it, which says that nothing was changed: whoever sends again books twice.

    The session ended meanwhile, or its database did. What the request put into it is lost, a message at most; an
    ended session stays ended.
    """

    def process_request(self, request: HttpRequest) -> None:
        """The session of the request is in use by it, unlike one that a page only looks at."""
        super().process_request(request)
        request.session.is_own = True  # type: ignore[attr-defined]  # of our engine

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            logger.warning("The session of a request could not be stored; its answer stands.")
            return response
