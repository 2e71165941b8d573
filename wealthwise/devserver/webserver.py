"""Granian on a socket that is there already: ``python -m wealthwise.devserver.webserver FD WORKERS``.

By itself it opens a socket for each worker, and lets any other program of this user share the port in silence. A
socket of ours belongs to one site; what comes while a worker is started again waits in its queue.
"""

import multiprocessing
import resource
import socket
import sys
from typing import Any, Final

from granian import _granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

BACKLOG: Final = 2048
MOST_FILES: Final = 20_000
SPARE_FILES: Final = 500  # for the database, the cache, logs and what Python opens
HEAD_SECONDS: Final = 30  # for the head of a request, and between two of one connection
KILL_SECONDS: Final = 5


def raise_file_limit() -> int:
    """How many files this process may open now: each client is one, and a long answer another."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return min(soft, MOST_FILES) if soft != resource.RLIM_INFINITY else MOST_FILES


class WebServer(MPServer):
    """All workers accept from one queue, which outlives each of them."""

    def __init__(self, listener: socket.socket, workers: int) -> None:
        super().__init__(
            "wealthwise.rsgi:application",
            interface=Interfaces.RSGI,
            workers=workers,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=max((raise_file_limit() - SPARE_FILES) // 2, 100),
            http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=KILL_SECONDS,
        )
        self.listener = listener

    def _init_shared_socket(self) -> None:
        # Granian's own way for sockets that it does not open for each worker; Linux' takes the backlog too.
        numbers: list[Any] = [self.listener.fileno(), False, BACKLOG]
        holder: Any = _granian.SocketHolder
        own: Any = self
        own._ssp, own._shd = None, holder(*numbers[: 3 if sys.platform == "linux" else 2])
        own._sfd, own._sso = self.listener.fileno(), self.listener


def main(descriptor: int, workers: int) -> None:
    multiprocessing.set_start_method("fork")  # what is not inherited by number is no socket
    WebServer(socket.socket(fileno=descriptor), workers).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
