"""Adding from any page in two taps: open, type, save."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations, faults_in_each_look
from tests.factories import make_account, make_subcategory, make_transaction, make_user
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "a[href='/transactions/add/']:visible"


def opened(page: Page, address: str = "/dashboard/") -> Any:
    page.goto(address)
    page.locator(ADD).first.click()
    dialog = page.locator("dialog#quick-add")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Amount")).to_be_focused()
    return dialog


def test_open_type_save(open_page: Any) -> None:
    user = make_user("quick")
    page = open_page(user, width=390, height=844)
    opened(page, "/accounts/")
    page.keyboard.type("12.50+3")
    page.keyboard.press("Tab")
    page.keyboard.type("Corner shop")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    assert page.url.endswith("/accounts/")
    expect(page.locator("#toasts")).to_contain_text("Saved “Corner shop”, $15.50.")
    assert Transaction.objects.get(user=user).amount == Decimal("-15.50")


def test_ctrl_enter_saves_and_starts_another(open_page: Any) -> None:
    user = make_user("quick")
    page = open_page(user)
    dialog = opened(page, "/transactions/")
    for name in ("First", "Second"):
        page.keyboard.type("5")
        dialog.get_by_label("Description").fill(name)
        page.keyboard.press("Control+Enter")
        expect(dialog.get_by_role("status")).to_contain_text(f"Saved “{name}”")
        expect(dialog.get_by_label("Amount")).to_be_focused()
        expect(dialog.get_by_label("Description")).to_have_value("")
    with page.expect_navigation():
        page.keyboard.press("Escape")
    expect(page.locator("main")).to_contain_text("Second")
    assert Transaction.objects.filter(user=user).count() == 2


def test_a_refusal_is_said_in_the_dialog(open_page: Any) -> None:
    page = open_page(make_user("quick"))
    dialog = opened(page)
    page.keyboard.type("much")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("Enter an amount, such as 45 or 800+45.")).to_be_visible()
    expect(dialog.get_by_label("Amount")).to_be_focused()
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(ADD).first).to_be_focused()
    assert not Transaction.objects.exists()


def test_a_known_description_brings_its_subcategory(open_page: Any) -> None:
    user = make_user("quick")
    food = make_subcategory(user, "Groceries")
    make_transaction(user, "-5", description="Corner shop", subcategory=food)
    dialog = opened(open_page(user))
    dialog.get_by_label("Description").fill("Corner shop")
    dialog.get_by_label("Date").focus()
    expect(dialog.get_by_label("Subcategory")).to_have_value(str(food.pk))
    expect(dialog.get_by_role("status")).to_have_text("Groceries is suggested, as in your one “Corner shop” before.")


def test_a_session_that_ended_leads_to_sign_in(open_page: Any) -> None:
    page = open_page(make_user("quick"))
    page.goto("/dashboard/")
    page.context.clear_cookies()
    page.locator(ADD).first.click()
    page.wait_for_url("**/auth/login/?next=/dashboard/")


def test_a_failure_is_said(open_page: Any) -> None:
    page = open_page(make_user("quick"))
    page.goto("/dashboard/")
    page.route("**/transactions/quick/", lambda route: route.fulfill(status=429, body="busy"))
    page.locator(ADD).first.click()
    expect(page.locator("#toasts")).to_contain_text("That did not work. Please try again in a moment.")
    expect(page.locator("dialog#quick-add")).to_be_hidden()


def test_without_the_script_the_link_is_a_link(open_page: Any) -> None:
    page = open_page(make_user("quick"), java_script_enabled=False)
    page.goto("/dashboard/")
    page.locator(ADD).first.click()
    page.wait_for_url("**/transactions/add/")


def test_it_is_accessible_at_every_size(open_page: Any) -> None:
    user = make_user("quick")
    make_account(user, "Everyday")
    page = open_page(user)
    opened(page)
    assert list(faults_in_each_look(page)) == []
