"""The site on a phone: installable, says so when there is no connection, and stores nothing of anybody."""

import struct
from typing import Any

import pytest
from django.urls import reverse

from tests.browser.conftest import axe_violations, wait_until
from tests.factories import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

STORED = """async () => {
    const urls = [];
    for (const name of await caches.keys()) {
        for (const request of await (await caches.open(name)).keys()) urls.push(new URL(request.url).pathname);
    }
    return urls.sort();
}"""
CONTROLLED = "() => navigator.serviceWorker.controller !== null"


def visit(open_page: Any, deployed_url: str, user: Any = None) -> Any:
    page = open_page(user, width=390, height=844, base_url=deployed_url, service_workers="allow")
    page.goto(reverse("help"))
    wait_until(page, CONTROLLED)
    return page


def test_without_a_connection_a_page_says_so(open_page: Any, deployed_url: str) -> None:
    page = visit(open_page, deployed_url)
    page.context.set_offline(True)
    page.goto(reverse("dashboard"))
    assert page.locator("h1").inner_text() == "No connection"
    assert page.evaluate("getComputedStyle(document.body).display") == "flex"  # its style sheets are there too
    assert axe_violations(page) == []
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    page.wait_for_url("**/auth/login/**")


def test_only_static_files_are_stored(open_page: Any, deployed_url: str) -> None:
    user = make_user("private")
    make_account(user, "Secret account", "1234.56")
    page = visit(open_page, deployed_url, user)
    for name in ("dashboard", "transactions:list", "accounts:list", "accounts:settings"):
        page.goto(reverse(name), wait_until="networkidle")
    before = page.evaluate(STORED)
    assert "/offline/" in before
    assert len(before) > 15
    assert [path for path in before if not path.startswith("/static/")] == ["/offline/"]
    assert "Secret account" not in page.evaluate("caches.match('/offline/').then((answer) => answer.text())")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Sign out").last.click()
    page.wait_for_load_state("networkidle")
    assert set(page.evaluate(STORED)) >= set(before)
    assert page.evaluate("Object.keys(localStorage)") == []
    assert page.evaluate("Object.keys(sessionStorage)") == ["htmx-current-path-for-history"]  # an address, no page
    page.context.set_offline(True)
    page.go_back()
    assert "Secret account" not in page.content()


def test_chromium_finds_nothing_that_hinders_installing(open_page: Any, deployed_url: str) -> None:
    page = visit(open_page, deployed_url)
    wire = page.context.new_cdp_session(page)
    manifest = wire.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.webmanifest")
    found = wire.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in found if error["errorId"] != "in-incognito"] == []


def test_icons_are_the_size_they_say(open_page: Any, deployed_url: str) -> None:
    page = open_page(base_url=deployed_url)
    manifest = page.request.get(reverse("manifest")).json()
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        answer = page.request.get(icon["src"])
        assert answer.headers["content-type"] == "image/png"
        body = answer.body()
        assert body.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", body[16:24])
        assert f"{width}x{height}" == icon["sizes"]


def test_the_bar_of_the_browser_follows_the_theme(open_page: Any) -> None:
    page = open_page(make_user("night", theme="dark"))
    page.goto(reverse("dashboard"))
    colours = "[...document.querySelectorAll('meta[name=theme-color]')].map((meta) => meta.content)"
    assert page.evaluate(colours) == ["#0f1117", "#0f1117"]
    # The page shows the theme at once; the server's answer is waited for, so that the write is over.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="As the system").first.click()
    page.wait_for_load_state()
    assert page.evaluate(colours) == ["#f5f6fa", "#0f1117"]
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Light").first.click()
    assert page.evaluate(colours) == ["#f5f6fa", "#f5f6fa"]
