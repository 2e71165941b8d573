"""What a connection of a page asks the server for, and one of a command."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

ASK = """
import json
from django.db import connection
names = ("jit", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name")
with connection.cursor() as cursor:
    cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
    print(json.dumps(cursor.fetchone()))
"""


def said(program: str, **environment: str) -> str:
    """What a command with these settings prints."""
    command = [sys.executable, "-W", "ignore", "-c", program, "import_legacy"]
    known = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment}
    run = subprocess.run(command, cwd=settings.BASE_DIR, env=known, capture_output=True, text=True, check=True)
    return run.stdout


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WEALTHWISE_POOL": "1"}, ["off", "1min", "10s", "1min", "wealthwise-web"]),
        ({"WEALTHWISE_POOL": "1", "DB_STATEMENT_SECONDS": "5"}, ["off", "5s", "10s", "1min", "wealthwise-web"]),
        ({"WEALTHWISE_POOL": "0"}, ["off", "0", "0", "0", "wealthwise-import_legacy"]),
    ],
)
def test_pages_have_limits_and_commands_have_none(environment: dict[str, str], expected: list[str]) -> None:
    assert json.loads(said(ASK, **environment)) == expected


def test_a_pooler_is_asked_for_nothing() -> None:
    """In transaction mode it refuses a session's settings, or gives them to whoever comes next."""
    program = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    assert "-c " not in said(program, DB_TRANSACTION_POOLER="1")
    assert "-c jit=off" in said(program)
