"""Searching by operators in Chromium: chips, one removed, the filter saved and opened, with and without scripts."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import faults_in_each_look
from tests.factories import make_account, make_subcategory, make_transaction, make_user
from transactions.models import SavedFilter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user(db: None) -> Any:
    person = make_user("seeker")
    account, food = make_account(person, "Visa"), make_subcategory(person)
    for amount, description in (("-60", "Big shop"), ("-5", "Small shop"), ("-70", "Garage")):
        make_transaction(person, amount, description=description, account=account, subcategory=food)
    return person


def rows(page: Page) -> Any:
    return page.locator(".ledger .row-main")


def search(page: Page, text: str) -> None:
    page.goto("/transactions/")
    page.fill("input[name=q]", text)
    page.press("input[name=q]", "Enter")
    page.wait_for_url("**q=*")


@pytest.mark.parametrize("scripts", [True, False])
def test_search_remove_a_chip_save_and_open(open_page: Any, user: Any, scripts: bool) -> None:
    page = open_page(user, java_script_enabled=scripts)
    search(page, "amount > 50 category:food shop")
    expect(rows(page)).to_have_text(["Big shop"])
    chips = page.get_by_role("list", name="Active filters").get_by_role("listitem")
    expect(chips).to_have_text(["More than $50.00", "Category: Food", "“shop”"])

    page.get_by_role("link", name="Remove “shop”").click()
    expect(rows(page)).to_have_text(["Garage", "Big shop"])
    expect(page.locator("input[name=q]")).to_have_value("amount>50 category:food")

    page.get_by_text("Save this filter").click()
    page.get_by_label("Name of the filter").fill("Large food")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("navigation", name="Saved filters").get_by_role("link")).to_have_text(["Large food"])
    assert SavedFilter.objects.get(user=user).query == "q=amount%3E50+category%3Afood"

    page.goto("/transactions/")
    expect(rows(page)).to_have_count(3)
    page.get_by_role("link", name="Large food").click()
    expect(rows(page)).to_have_text(["Garage", "Big shop"])
    page.get_by_role("link", name="Rename or delete").click()
    page.get_by_role("button", name="Delete this filter").click()
    page.wait_for_url(re.compile("/transactions/.q="))
    assert SavedFilter.objects.count() == 0


def test_a_mistake_is_told_where_it_was_made(open_page: Any, user: Any) -> None:
    page = open_page(user)
    search(page, "amount>x shop")
    expect(page.get_by_role("status").filter(has_text="that is not an amount")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    page.get_by_role("link", name="Remove amount>x").click()
    expect(rows(page)).to_have_count(2)


def test_the_download_holds_the_filter(open_page: Any, user: Any) -> None:
    page = open_page(user)
    search(page, "amount>65")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename.startswith("transactions-filtered-")
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert "Garage,-70.00" in text
    assert "shop" not in text


def test_the_filtered_list_is_accessible_at_every_size(open_page: Any, user: Any) -> None:
    saved = SavedFilter.objects.create(user=user, name="A name as long as names can be, " + "m" * 27, query="q=shop")
    page = open_page(user)
    for address in (
        "/transactions/?q=shop",
        "/transactions/?q=amount%3E1+foo:bar+account:amex&direction=expense&uncategorised=on",
        f"/transactions/filters/{saved.pk}/",
    ):
        page.goto(address)
        for summary in page.locator("main summary").all():
            summary.click()
        assert list(faults_in_each_look(page)) == [], address
