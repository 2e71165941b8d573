"""Commands of the site in processes of their own, which outlive the request that starts them."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import close_old_connections, connection


def start_command(*arguments: str) -> None:
    """Start ``manage.py`` with ``arguments`` and wait for nothing. Raises OSError when there can be no process."""
    process = subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        cwd=settings.BASE_DIR,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, daemon=True).start()  # or it would stay as a zombie


def environment() -> dict[str, str]:
    """One command needs one connection, not a pool."""
    return {**os.environ, "WEALTHWISE_POOL": "0"}


@contextlib.contextmanager
def heartbeat(beat: Callable[[], bool], *, seconds: float) -> Iterator[None]:
    """Call ``beat`` now and then, in a thread with a connection of its own, until it is False or the work is done."""
    over = threading.Event()

    def go_on() -> None:
        is_wanted = True
        while is_wanted and not over.wait(seconds):
            with contextlib.suppress(Exception):  # a database that is away for a moment; the next beat tries again
                close_old_connections()
                is_wanted = beat()
        connection.close()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
