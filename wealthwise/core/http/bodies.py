"""What a client sends is read whole before anybody works on it: within a size, a pace and a room on the disk."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Final

IN_MEMORY: Final = 64 * 1024  # bytes of one body; a longer one goes to an unnamed temporary file
SMALL: Final = 1024 * 1024  # bytes that anybody may send, and more than any form has
GRACE: Final = 20.0  # seconds in which a body may come as slowly as it likes
PACE: Final = 8 * 1024  # bytes a second that it must have come with after that
ON_DISK: Final = 1024 * 1024 * 1024  # bytes of all bodies at once, in one process


class RequestRefused(Exception):
    """The request is not worked on; the status says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Bodies:
    """The bodies that one process holds. ``most`` bytes are the longest that is taken at all."""

    def __init__(self, most: int, *, grace: float = GRACE, pace: float = PACE, on_disk: int = ON_DISK) -> None:
        self.most, self.grace, self.pace, self.room = most, grace, pace, on_disk

    @asynccontextmanager
    async def received(
        self, chunks: AsyncIterable[bytes], length: int | None, may_be_long: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[IO[bytes]]:
        """The whole body, at its beginning. Raises RequestRefused for one that is cut short, too slow or too much.

        ``length`` is what was announced: without it a body is short. ``may_be_long`` is asked before a long one comes.
        """
        if length is not None and (length > self.most or (length > SMALL and not await may_be_long())):
            raise RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        needed = max((length or 0) - IN_MEMORY, 0)
        if needed > self.room:
            raise RequestRefused(HTTPStatus.SERVICE_UNAVAILABLE)
        self.room -= needed
        try:
            with SpooledTemporaryFile(IN_MEMORY) as body:
                await self._fill(body, chunks, length)
                yield body
        finally:
            self.room += needed

    async def _fill(self, body: IO[bytes], chunks: AsyncIterable[bytes], length: int | None) -> None:
        begun, size, endings = asyncio.get_running_loop().time(), 0, 0
        try:
            async with asyncio.timeout(self.grace) as deadline:
                async for chunk in chunks:
                    size, endings = size + len(chunk), endings + (not chunk)
                    if length is None and size > IN_MEMORY:
                        raise RequestRefused(HTTPStatus.LENGTH_REQUIRED)
                    body.write(chunk)
                    deadline.reschedule(begun + self.grace + size / self.pace)
        except TimeoutError:
            raise RequestRefused(HTTPStatus.REQUEST_TIMEOUT) from None
        # Half a form is a wrong form. The server ends a body with one empty chunk, and a broken connection with two.
        if size != length if length is not None else endings > 1:
            raise RequestRefused(HTTPStatus.BAD_REQUEST)
        body.seek(0)
