"""Between granian's event loop and the WSGI application: a slow client costs a socket, never a thread.

A request is given a thread once all of it is here, and the thread is free again when the answer is whole, however
slowly the client takes it. What needs neither database nor cache is answered on the loop, so also while every
thread waits for something.
"""

import asyncio
import logging
import re
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from http import HTTPStatus
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any, Final
from weakref import WeakValueDictionary

from django.conf import settings
from django.http import HttpResponseBase

from wealthwise.core.http.bodies import Bodies, RequestRefused
from wealthwise.core.http.front import Front

type Environ = dict[str, Any]
type Headers = list[tuple[str, str]]
type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

QUEUE: Final = 20.0  # seconds that a request waits for a thread before it is told to come again
IN_MEMORY: Final = 1024 * 1024  # bytes of an answer; a longer one goes out from an unnamed temporary file
UNTIL_OPENED: Final = 60.0  # seconds; the server opens the file that it sends within milliseconds

logger = logging.getLogger(__name__)


class Gateway:
    """The application as granian calls it by RSGI: ``application`` is WSGI and runs in ``threads`` threads."""

    def __init__(
        self, application: Application, front: Front, bodies: Bodies, *, threads: int, queue: float = QUEUE
    ) -> None:
        self.application, self.front, self.bodies, self.queue = application, front, bodies, queue
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self.free = asyncio.Semaphore(threads)
        self.share = max(threads // 2, 1)
        self.shares = WeakValueDictionary[str, asyncio.Semaphore]()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        environ = environ_of(scope)
        if (answer := self.front.answer(environ)) is not None:
            self._send_response(protocol, answer)
            return
        try:
            await self._handle(environ, protocol)
        except RequestRefused as refusal:
            self._send_response(protocol, self.front.refusal(environ, refusal.status))
        except Exception:
            logger.exception("The application did not answer.")
            self._send_response(protocol, self.front.refusal(environ, HTTPStatus.INTERNAL_SERVER_ERROR))

    async def _handle(self, environ: Environ, protocol: Any) -> None:
        length = environ.get("CONTENT_LENGTH")
        if not (environ.get("HTTP_TRANSFER_ENCODING") or (length and int(length))):
            await self._in_thread(self._work, environ, protocol, BytesIO())
            return

        async def may_be_long() -> bool:
            return bool(await self._in_thread(self.front.is_signed_in, environ))

        async with self.bodies.received(protocol, int(length) if length else None, may_be_long) as body:
            await self._in_thread(self._work, environ, protocol, body)

    async def _in_thread(self, work: Callable[..., Any], environ: Environ, *arguments: Any) -> Any:
        """What ``work`` returns. Whoever waits too long for a thread is refused and costs none.

        One client has at most half of the threads, so that no number of its requests keeps others waiting.
        """
        client = client_of(environ)
        share = self.shares.get(client) or asyncio.Semaphore(self.share)
        self.shares[client] = share
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self.queue):
                    await held.enter_async_context(share)
                    await held.enter_async_context(self.free)
            except TimeoutError:
                raise RequestRefused(HTTPStatus.SERVICE_UNAVAILABLE) from None
            return await self.loop.run_in_executor(self.threads, work, environ, *arguments)

    def _work(self, environ: Environ, protocol: Any, body: IO[bytes]) -> None:
        """In a thread: the whole answer. It goes out before the request is closed, which nobody waits for."""
        size = body.seek(0, 2)
        body.seek(0)
        started: list[tuple[str, Headers]] = []
        environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(size)}
        result = self.application(environ, lambda *start: started.append(start[:2]))
        try:
            status, headers = started[0]
            self._send(protocol, int(status[:3]), headers, content_of(result))
        finally:
            if close := getattr(result, "close", None):
                close()

    def _send_response(self, protocol: Any, response: HttpResponseBase) -> None:
        """One that was made on the loop; a file is left to the server, which sends it without us."""
        headers = list(response.items())
        file = getattr(response, "file_to_stream", None)
        content: bytes | str = file.name if file is not None else b"".join(response)
        response.close()
        if isinstance(content, str):
            protocol.response_file(response.status_code, headers, content)
        else:
            protocol.response_bytes(response.status_code, headers, content)

    def _send(self, protocol: Any, status: int, headers: Headers, content: bytes | IO[bytes]) -> None:
        if isinstance(content, bytes):
            protocol.response_bytes(status, headers, content)
            return
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers = [*headers, ("Content-Length", str(content.tell()))]
        content.flush()
        protocol.response_file(status, headers, f"/dev/fd/{content.fileno()}")
        self.loop.call_soon_threadsafe(self.loop.call_later, UNTIL_OPENED, content.close)


def content_of(result: Iterable[bytes]) -> bytes | IO[bytes]:
    """All of an answer: as bytes, or as a file without a name when it is long."""
    parts, size = list[bytes](), 0
    chunks = iter(result)
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > IN_MEMORY:
            break
    else:
        return b"".join(parts)
    file = TemporaryFile()  # noqa: SIM115  closed when the server has opened it
    file.writelines(parts)
    file.writelines(chunks)
    return file


def client_of(environ: Environ) -> str:
    """Whose share of the threads a request takes: a session's, or an address's without one."""
    session = re.search(rf"\b{settings.SESSION_COOKIE_NAME}=(\w+)", environ.get("HTTP_COOKIE", ""))
    return session[1] if session else str(environ["REMOTE_ADDR"])


def environ_of(scope: Any) -> Environ:
    """WSGI's view of a request, without its body.

    A header with an underscore in its name is dropped: it would pass for the one with a hyphen, which a proxy sets.
    """
    client, _, _ = scope.client.rpartition(":")
    server, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": client.strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.replace("-", "_").upper()
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"  # noqa: PLW2901
        environ[key] = value
    return environ
