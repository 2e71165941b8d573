"""What browsers are told of every answer, and how cookies are called where they can be bound to the host."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

ASK = """
from django.conf import settings
print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS)
"""


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/dashboard/", "/nowhere/", "/static/css/base.css", "/healthz"])
def test_every_answer_refuses_devices_and_other_sites(path: str, client: Client) -> None:
    answer: Any = client.get(path)
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("site", "wanted", "told"),
    [
        ("https://money.example", "1", "__Host-sessionid __Host-csrftoken True"),
        ("https://money.example", "0", "__Host-sessionid __Host-csrftoken False"),
        ("http://localhost:8000", "0", "sessionid csrftoken False"),
    ],
)
def test_cookies_are_bound_to_the_host_under_tls(site: str, wanted: str, told: str) -> None:
    environment = {
        **os.environ,
        "SITE_URL": site,
        "HSTS_SUBDOMAINS": wanted,
        "DJANGO_SETTINGS_MODULE": "wealthwise.settings",
    }
    found = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == told
