"""Keyboard, focus, live region, zoom and motion: what axe cannot see."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import scrolls_sideways
from tests.factories import booked_at, make_user
from transactions.models import Transaction
from wealthwise.demo import sample_data

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ["dashboard", "transactions:list", "budgets:budget", "accounts:settings", "help"]
# What has the focus: where it is, whether a ring is drawn around it or its label, whether it can be seen there.
FOCUSED = """() => {
    const it = document.activeElement;
    if (it === document.body) return null;
    const drawn = [it, it.nextElementSibling].filter(Boolean).map((part) => getComputedStyle(part));
    const box = it.getBoundingClientRect();
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
    const y = box.top + Math.min(box.height / 2, 20);
    const above = document.elementFromPoint(x, y);
    return {
        name: it.outerHTML.slice(0, 90),
        ring: drawn.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
        seen: above !== null && (it.contains(above) || above.contains(it) || above.closest("label")?.contains(it)),
        inMain: document.querySelector("main").contains(it),
    };
}"""


@pytest.fixture
def household(transactional_db: None) -> Any:
    user = make_user("full", country="ZA", currency="ZAR", time_zone="Africa/Johannesburg")
    sample_data.build(user, timezone.localdate())
    return user


def tabbed(page: Page, times: int) -> list[dict[str, Any]]:
    stops = []
    for _ in range(times):
        page.keyboard.press("Tab")
        if stop := page.evaluate(FOCUSED):
            stops.append(stop)
    return stops


def test_the_first_stop_skips_to_the_content(open_page: Any, household: Any) -> None:
    page = open_page(household)
    for name in NAMES:
        page.goto(reverse(name))
        page.keyboard.press("Tab")
        link = page.get_by_role("link", name="Skip to content")
        expect(link).to_be_focused()
        expect(link).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        assert tabbed(page, 1)[0]["inMain"], name


@pytest.mark.parametrize("width", [1280, 390])
def test_what_has_the_focus_is_seen(open_page: Any, household: Any, width: int) -> None:
    page = open_page(household, width=width, height=844)
    for name in NAMES:
        page.goto(reverse(name))
        stops = tabbed(page, 25)
        assert len(stops) > 15, name
        assert [stop["name"] for stop in stops if not stop["ring"]] == []
        assert [stop["name"] for stop in stops if not stop["seen"]] == []


def test_focus_and_words_after_more_rows_came(open_page: Any) -> None:
    user = make_user("many")
    now = timezone.now()
    Transaction.objects.bulk_create(
        Transaction(user=user, amount=-1, description=f"Row {n}", **booked_at(user, now - timedelta(hours=n)))
        for n in range(70)
    )
    page = open_page(user, height=500)
    page.goto(reverse("transactions:list"))
    before = page.locator(".ledger .row").count()
    link = page.get_by_role("link", name="Older transactions")
    link.evaluate("(it) => it.focus({ preventScroll: true })")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Row 69", exact=True)).to_be_attached()
    assert before == 50
    expect(page.locator(".ledger .row-main").nth(50)).to_be_focused()
    stop = page.evaluate(FOCUSED)
    assert stop
    assert "row-main" in stop["name"]
    expect(page.locator("#toasts")).to_contain_text("Older transactions are shown.")


def test_one_polite_live_region(open_page: Any, household: Any) -> None:
    page = open_page(household)
    for name in [*NAMES, "accounts:list", "transactions:categories", "budgets:recurring"]:
        page.goto(reverse(name))
        regions = page.locator("[aria-live]:not(main *), [role=status]:not(main *)")
        assert [region.get_attribute("id") for region in regions.all()] == ["toasts"], name
        assert page.locator("[aria-live=assertive]").count() == 0


def test_zoom_of_200_and_400_percent(open_page: Any, household: Any) -> None:
    """A window of 1280 pixels at 200 % is 640 CSS pixels wide, at 400 % 320."""
    page = open_page(household)
    for name in [*NAMES, "transactions:add", "accounts:list", "privacy", "budgets:periods", "budgets:recurring"]:
        page.goto(reverse(name))
        for width, height in ((640, 450), (320, 640)):
            page.set_viewport_size({"width": width, "height": height})
            assert not scrolls_sideways(page), (name, width)


def test_nothing_moves_for_those_who_asked(open_page: Any, household: Any) -> None:
    page = open_page(household, reduced_motion="reduce")
    page.goto(reverse("dashboard"))
    moving = """[...document.querySelectorAll("*")].filter((it) => {
        const style = getComputedStyle(it);
        const isStill = style.transitionDuration === "0s" && style.animationName === "none";
        return !isStill || style.scrollBehavior === "smooth";
    }).map((it) => it.className)"""
    assert page.evaluate(moving) == []


def test_the_help_filters_while_one_types(open_page: Any) -> None:
    page = open_page()
    page.goto(reverse("help"))
    page.get_by_role("searchbox").press_sequentially("passkeys")
    expect(page.locator(".help-topic:visible")).to_have_count(1)
    expect(page.locator("[data-help-found]")).to_have_text("1 answer")
    expect(page.locator("#toasts [data-announcer]")).to_have_text("1 answer")
    page.get_by_role("searchbox").fill("zebra")
    expect(page.get_by_text("No answer has all of these words")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    assert page.locator(".help-topic:visible").count() > 20
