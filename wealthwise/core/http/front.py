"""What is answered before a request gets a thread: static files, the probe of life, and refusals."""

from collections.abc import Callable
from http import HTTPStatus
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.module_loading import import_string
from whitenoise.middleware import WhiteNoiseMiddleware

from wealthwise.core.http.error_pages import refused

ALIVE = "/healthz"


class Front:
    """The outermost middleware alone, down to the one of static files: it asks neither database nor cache.

    So what is answered here has the same headers, log lines and counters as everything else.
    """

    def __init__(self) -> None:
        handler: Any = self._inside
        for name in reversed(settings.MIDDLEWARE):
            middleware = import_string(name)
            if isinstance(middleware, type) and issubclass(middleware, WhiteNoiseMiddleware):
                handler = self.static = middleware(handler)
            elif handler != self._inside:
                handler = middleware(handler)
        self.handler: Callable[[HttpRequest], HttpResponseBase] = handler
        self.sessions = import_module(settings.SESSION_ENGINE).SessionStore

    def _inside(self, request: Any) -> HttpResponse:
        return refused(request.refusal)

    def answer(self, environ: dict[str, Any]) -> HttpResponseBase | None:
        """None for what needs a thread."""
        if environ["PATH_INFO"] not in self.static.files and environ["PATH_INFO"] != ALIVE:
            return None
        return self.handler(WSGIRequest(environ))

    def refusal(self, environ: dict[str, Any], status: HTTPStatus) -> HttpResponseBase:
        request: Any = WSGIRequest({**environ, "PATH_INFO": "/"})  # no address that something else answers
        request.refusal = status
        return self.handler(request)

    def is_signed_in(self, environ: dict[str, Any]) -> bool:
        """In a thread: whether somebody is known by the session. The page itself then looks closer."""
        key = WSGIRequest(environ).COOKIES.get(settings.SESSION_COOKIE_NAME)
        try:
            return key is not None and SESSION_KEY in self.sessions(key)
        finally:
            connections.close_all()
