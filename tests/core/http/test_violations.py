"""What browsers report of the policy: a short line that names a view, and nothing that a report brings along."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from wealthwise.core.http import violations
from wealthwise.core.http.violations import AT_ONCE, Minute

URL, TOKEN = "/violations/", "4fQ-a-token-of-a-mailed-link"
PAGE = f"https://money.example/auth/password/reset/key/0-{TOKEN}/?q=private"
OLD = {"csp-report": {"document-uri": PAGE, "violated-directive": "script-src-elem", "blocked-uri": "inline"}}
AT = "at account_reset_password_from_key."
UNKNOWN = "something of another origin at no view."
NEW = {"type": "csp-violation", "body": {"documentURL": PAGE, "effectiveDirective": "img-src", "blockedURL": PAGE}}


@pytest.fixture
def lines(caplog: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(violations, "_minute", Minute(30))
    caplog.set_level(logging.WARNING, "wealthwise.violations")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "wealthwise.violations"]


def report(content: Any, client: Client | None = None) -> int:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    strict = client or Client(enforce_csrf_checks=True)
    return strict.post(URL, body, content_type="application/reports+json").status_code


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (OLD, [f"script-src-elem of inline {AT}"]),
        ([NEW], [f"img-src of another origin {AT}"]),
        ([{"body": {"documentURL": "https://x/no/"}}], [UNKNOWN]),
        ({"csp-report": {"violated-directive": f"{TOKEN} x", "blocked-uri": TOKEN}}, [UNKNOWN]),
        ([NEW] * (AT_ONCE + 5), [f"img-src of another origin {AT}"] * AT_ONCE),
        ({"csp-report": {"document-uri": "http://[::1", "violated-directive": 5}}, [UNKNOWN]),
        ([1, None, {"body": []}, {"csp-report": None}, {}], []),
        ("text", []),
        (b"\xff{", []),
        (b"[" * 10_000, []),
    ],
)  # fmt: skip
def test_a_report_leaves_a_line_without_its_address(content: Any, told: list[str], lines: Any) -> None:
    """No database: a statement would fail this test."""
    assert report(content) == 204
    assert lines() == [f"The policy kept something from a page: {line}" for line in told]
    assert TOKEN not in repr(lines())


def test_reports_are_short_and_few(lines: Any) -> None:
    assert report(b"x" * (violations.LONGEST + 1)) == 413
    for _ in range(40):
        assert report(OLD) == 204
    assert len(lines()) == violations.A_MINUTE


def test_the_pages_say_where_to(client: Client) -> None:
    answer = client.get("/help/")
    assert answer.headers["Reporting-Endpoints"] == 'violations="/violations/"'
    policy = answer.headers["Content-Security-Policy"]
    assert "report-to violations" in policy
    assert "report-uri /violations/" in policy
    assert client.get(URL).status_code == 405
