"""The core with JavaScript switched off: sign in, read the list, record, set a budget amount, sign out."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from budgets.models import BudgetAllocation
from tests.factories import PASSWORD, make_account, make_period, make_subcategory, make_transaction, make_user
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user(transactional_db: None) -> Any:
    today = timezone.localdate()
    user = make_user("plain")
    make_account(user, "Everyday", "100")
    make_subcategory(user, "Groceries")
    make_period(user, today.replace(day=1).isoformat(), today.replace(day=28).isoformat())
    return user


@pytest.mark.parametrize("width", [1280, 390])
def test_the_core(open_page: Any, user: Any, width: int) -> None:
    page = open_page(width=width, height=844, java_script_enabled=False)
    page.goto(reverse("dashboard"))
    page.fill("input[name=login]", "plain@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/dashboard/")

    page.locator("a[href='/transactions/add/']:visible").first.click()
    page.wait_for_url("**/transactions/add/")
    page.fill("main input[name=amount]", "12.50+3")
    page.fill("main input[name=description]", "Corner shop")
    page.select_option("main select[name=account]", label="Everyday")
    page.select_option("main select[name=subcategory]", label="Groceries")
    page.locator("main").get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/transactions/")
    expect(page.locator("main")).to_contain_text("Corner shop")
    expect(page.locator("#toasts")).to_contain_text("Saved “Corner shop”, $15.50.")
    assert user.accounts.get().current_balance == Decimal("84.50")

    page.goto(reverse("budgets:budget"))
    field = page.get_by_label("Budgeted for Groceries")
    field.fill("80")
    field.press("Enter")
    page.wait_for_load_state()
    assert BudgetAllocation.objects.get(user=user).allocated_amount == Decimal("80.00")
    expect(page.get_by_label("Budgeted for Groceries")).to_have_value("80.00")

    if width == 390:
        page.locator("summary", has_text="More").click()
    page.locator("button:visible", has_text="Sign out").click()
    page.goto(reverse("dashboard"))
    page.wait_for_url("**/auth/login/**")


def test_the_list_is_paged_by_a_link(open_page: Any, user: Any) -> None:
    for number in range(60):
        make_transaction(user, "-1", "2026-03-15", f"Row {number}")
    page = open_page(user, java_script_enabled=False)
    page.goto(reverse("transactions:list"))
    assert page.locator(".ledger .row").count() == 50
    page.get_by_role("link", name="Older transactions").click()
    page.wait_for_load_state()
    assert page.locator(".ledger .row").count() == 10
    page.fill("input[name=q]", "Row 59")
    page.press("input[name=q]", "Enter")
    page.wait_for_load_state()
    assert page.locator(".ledger .row").count() == 1


def test_a_refusal_is_told_on_the_page(open_page: Any, user: Any) -> None:
    page = open_page(user, java_script_enabled=False)
    page.goto(reverse("transactions:add"))
    page.fill("main input[name=amount]", "much")
    page.locator("main").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main")).to_contain_text("Enter an amount, such as 45 or 800+45.")
    assert not Transaction.objects.exists()


def test_the_help_is_searched_and_the_theme_changed(open_page: Any, user: Any) -> None:
    page = open_page(user, java_script_enabled=False)
    page.goto(reverse("help"))
    page.fill("main [name=q]", "passkeys")
    page.press("main [name=q]", "Enter")
    expect(page.locator(".help-topic")).to_have_count(1)
    page.get_by_role("button", name="Dark").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
