"""Commands of the site in processes of their own, which outlive the request that starts them."""

import os
import subprocess
import sys
import threading

from django.conf import settings


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
