"""Manifest, service worker and offline page at the URL: for everybody alike, with nothing of anybody."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
NAMES = ["manifest", "service_worker", "offline"]
TYPES = {
    "manifest": "application/manifest+json",
    "service_worker": "text/javascript; charset=utf-8",
    "offline": "text/html; charset=utf-8",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes_for_everybody(name: str, owner_client: Any, stranger_client: Any, staff_client: Any) -> None:
    answers = [client.get(reverse(name)) for client in (Client(), owner_client, stranger_client, staff_client)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["Content-Type"] == TYPES[name]
    assert not any(answer.cookies for answer in answers)
    assert b"csrf" not in answers[0].content.lower()


@pytest.mark.parametrize("name", NAMES)
def test_they_are_only_read(name: str, owner_client: Any) -> None:
    assert owner_client.post(reverse(name)).status_code == 405


def test_the_worker_has_the_whole_site_and_is_checked_anew() -> None:
    assert reverse("service_worker") == "/service-worker.js"
    assert Client().get("/service-worker.js")["Cache-Control"] == "no-cache"


def test_the_manifest_begins_at_the_dashboard() -> None:
    manifest = Client().get(reverse("manifest")).json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/dashboard/", "/", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}


def test_pages_of_a_person_are_stored_nowhere(owner_client: Any) -> None:
    for name in ("dashboard", "transactions:list", "accounts:settings", "help"):
        assert owner_client.get(reverse(name))["Cache-Control"] == "private, no-store"
    assert not Client().get(reverse("help")).has_header("Cache-Control")
