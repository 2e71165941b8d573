"""Export, reset, import: the figures are the same afterwards. And amounts that are hidden."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations, wait_until
from tests.factories import PASSWORD, make_account, make_transaction, make_user
from wealthwise.demo import sample_data

pytestmark = pytest.mark.django_db(transaction=True)
DATA = "/accounts/settings/data/"
IS_BLURRED = "(element) => getComputedStyle(element).filter !== 'none'"


def figures(page: Page) -> list[str]:
    """Every amount on the dashboard, the budget and the accounts, and the totals of the list."""
    found = []
    for path in ("/dashboard/", "/budget/", "/accounts/", "/transactions/"):
        page.goto(path)
        found += page.locator("main :is(.stat-value, .amount, .num)").all_inner_texts()
    return found


def test_a_household_leaves_and_comes_back(open_page: Any, tmp_path: Path) -> None:
    user = make_user("household", currency="ZAR", time_zone="Africa/Johannesburg")
    sample_data.build(user, timezone.localdate())
    page = open_page(user)
    before = figures(page)
    assert len(before) > 100
    page.goto("/accounts/settings/")
    page.get_by_role("link", name="Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as JSON").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert len(json.loads(file.read_text())["transactions"]) > 500

    page.goto(f"{DATA}reset/")
    expect(page.locator("main")).to_contain_text("This deletes 5 accounts")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my records").click()
    page.wait_for_url(f"**{DATA}")
    expect(page.locator("main")).to_contain_text("You have no records yet")

    page.get_by_role("link", name="Import an export").click()
    page.get_by_label("Export file").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/dashboard/")
    assert figures(page) == before


def test_a_file_with_faults_says_where(open_page: Any, tmp_path: Path) -> None:
    page = open_page(make_user("fresh"), width=390, height=844)
    page.goto(f"{DATA}import/")
    file = tmp_path / "wrong.json"
    file.write_text('{"format": "wealthwise-export", "version": 1,\n"person": {},\n"accounts": [\n{"name": 7}]}')
    page.get_by_label("Export file").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.locator(".faults")).to_contain_text("Line 4: accounts[0].name must be text")
    assert axe_violations(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_amounts_are_hidden_until_pointed_at_or_focused(open_page: Any, javascript: bool) -> None:
    user = make_user("private")
    make_account(user, "Current", "100.00")
    make_transaction(user, day=timezone.localdate())
    page = open_page(user, java_script_enabled=javascript)
    page.goto("/accounts/settings/")
    page.locator("#privacy").get_by_role("button", name="Hide amounts").click()
    page.wait_for_load_state()
    if javascript:
        wait_until(page, "document.cookie.includes('blur_amounts=1')")
    page.goto("/accounts/")
    if not javascript:
        assert "blur-amounts" in (page.locator("body").get_attribute("class") or "")
        return
    for amount in page.locator("main :is(.amount, .stat-value)").all():
        assert amount.evaluate(IS_BLURRED)
    row = page.locator(".row", has_text="Current")
    row.get_by_role("link").focus()
    assert not row.locator(".amount").evaluate(IS_BLURRED)
    page.locator("h1").hover()
    page.get_by_role("link", name="Add account").focus()
    assert row.locator(".amount").evaluate(IS_BLURRED)
    row.hover()
    assert not row.locator(".amount").evaluate(IS_BLURRED)
    page.goto("/dashboard/")
    for part in page.locator(".chart-y, .donut-amount").all():
        assert part.evaluate(IS_BLURRED)
    page.locator(".sidebar").get_by_role("button", name="Hide amounts").click()
    expect(page.locator("body")).not_to_have_class(re.compile("blur-amounts"))
