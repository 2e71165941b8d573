"""Reports in Chromium: choose days, read the figures, go down to the transactions, take the file along."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations, faults_in_each_look, scrolls_sideways
from tests.factories import make_account, make_subcategory, make_transaction, make_user
from wealthwise.demo import sample_data

pytestmark = pytest.mark.django_db(transaction=True)


def digits(text: str) -> str:
    return re.sub(r"[^0-9.]", "", text)


def table_of(page: Page) -> list[list[str]]:
    return page.locator(".report-table tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"
    )


def file_of(page: Page) -> list[list[str]]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    return list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))


def assert_same(shown: list[list[str]], file: list[list[str]]) -> None:
    assert len(shown) == len(file)
    assert shown[0] == file[0]
    for row, record in zip(shown[1:], file[1:], strict=True):
        for text, value in zip(row[1:], record[1:], strict=True):
            assert float(digits(text) or 0) == pytest.approx(float(digits(value) or 0))


@pytest.mark.parametrize("width", [1280, 390])
def test_from_a_report_down_to_its_rows(open_page: Any, width: int) -> None:
    user = make_user("reader", currency="ZAR", time_zone="Africa/Johannesburg")
    sample_data.build(user, timezone.localdate())
    page = open_page(user, width=width, height=844)
    page.goto(reverse("dashboard"))
    if width == 390:
        page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Reports", exact=True).locator("visible=true").click()
    page.get_by_role("link", name="6 months", exact=True).click()
    expect(page.get_by_role("link", name="6 months", exact=True)).to_have_attribute("aria-current", "true")
    assert_same(table_of(page), file_of(page))
    page.get_by_role("link", name="Where it went", exact=True).click()
    assert "range=last-6" in page.url
    page.locator(".report-table tbody th a").first.click()
    expect(page.get_by_role("link", name="All categories")).to_be_visible()
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)
    assert_same(table_of(page), file_of(page))
    figure = page.locator(".report-table tbody td a").first
    spent = digits(figure.inner_text())
    figure.click()
    net = page.locator(".ledger-totals dd").nth(3).inner_text()
    assert (digits(net), net[0]) == (spent, "\N{MINUS SIGN}")


def test_days_of_ones_own(open_page: Any) -> None:
    user = make_user("days")
    for day, amount in (("2026-01-31", "-10"), ("2026-02-01", "-20"), ("2026-02-14", "-40"), ("2026-02-15", "-80")):
        make_transaction(user, amount, day, subcategory=make_subcategory(user))
    page = open_page(user)
    page.goto(reverse("reports:cash_flow"))
    page.get_by_text("Other days").click()
    page.fill("input[name=date_from]", "2026-02-01")
    page.fill("input[name=date_to]", "2026-02-14")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".report-table tfoot")).to_contain_text("$60.00")
    assert axe_violations(page) == []
    page.fill("input[name=date_to]", "2026-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("The last day is before the first.")
    assert axe_violations(page) == []


def test_hard_figures_stay_readable(open_page: Any) -> None:
    """Very long names, no decimals, debts only, one day and nine years."""
    user = make_user("hard", currency="JPY")
    card = make_account(user, "Card", "-9000000000", account_type="credit")
    for number in range(9):
        filed = make_subcategory(user, "Unbroken" * 12, f"{number} Donaudampfschifffahrtsgesellschaftskapitän" * 2)
        make_transaction(
            user, str(-(10**number)), f"{2018 + number}-03-01", "W" * 200, subcategory=filed, account=card
        )
    page = open_page(user)
    for name in ("spending", "cash_flow", "flow", "where", "descriptions", "net_worth", "pace"):
        for query in ("range=all", "range=all&by=month", "date_from=2026-03-01&date_to=2026-03-01"):
            page.goto(f"{reverse(f'reports:{name}')}?{query}")
            assert list(faults_in_each_look(page, whole=query == "range=all")) == [], (name, query)
