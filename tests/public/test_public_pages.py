"""The addresses that need no sign-in are those that docs/threat-model.md names, and no other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.urls import URLResolver, get_resolver

from wealthwise.operations.telemetry.probes import PROBES

PLAIN = {
    "landing", "help", "privacy", "terms", "manifest", "service_worker", "offline", "metrics", "violations",
    "reference", "openapi",  # the description of the API, with nothing of anybody in it
    "login",  # of the console: only leads to the site's own
}  # fmt: skip
SIGN_IN = {
    "account_login", "account_logout", "account_inactive", "account_signup", "account_confirm_login_code",
    "account_email_verification_sent", "account_confirm_email",
    "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
    "mfa_authenticate", "mfa_login_webauthn",
}  # fmt: skip


def public(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from public(pattern.url_patterns)
        elif not getattr(pattern.callback, "login_required", True) and not hasattr(pattern.callback, "needs_token"):
            yield pattern.name


def test_only_these_need_no_sign_in() -> None:
    assert set(public(get_resolver().url_patterns)) == PLAIN | SIGN_IN


def test_each_is_told() -> None:
    told = (Path(__file__).parents[2] / "docs/threat-model.md").read_text()
    for name in [
        "manifest.webmanifest",
        "service-worker.js",
        "offline",
        "help",
        "privacy",
        "terms",
        "metrics",
        "violations",
        "api/v1",
        "api/v1/openapi.json",
        *PROBES,
    ]:
        assert f"/{name.strip('/')}" in told
