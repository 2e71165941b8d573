"""Accounts, transfers, categories and statement files in Chromium: the main click of each page."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Account
from tests.browser.conftest import axe_violations, choose, faults_in_each_look
from tests.factories import make_account, make_category, make_subcategory, make_transaction, make_user
from tests.transactions.importing.helpers import fixture
from transactions.models import Category, Subcategory, Transaction, TransferRefusal

pytestmark = pytest.mark.django_db(transaction=True)


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.locator("main").get_by_role("button", name=name).first.click()


def pair(user: Any, amount: str, first: Account, second: Account) -> None:
    day = timezone.now() - timedelta(days=3)
    make_transaction(user, f"-{amount}", account=first, transaction_date=day, description="To savings")
    make_transaction(user, amount, account=second, transaction_date=day, description="From the current account")


def test_pages_in_both_sizes_and_themes(open_page: Any) -> None:
    user = make_user("places")
    first, second = make_account(user, "Current", "500"), make_account(user, "Savings", account_type="savings")
    closed = make_account(user, "Old", is_active=False)
    pair(user, "200", first, second)
    food, _ = make_subcategory(user), make_subcategory(user, "Fuel", "Car")
    make_transaction(user, subcategory=food, account=first)
    addresses = [
        "/accounts/",
        f"/accounts/{first.pk}/",
        f"/accounts/{first.pk}/?span=all",
        f"/accounts/{first.pk}/edit/",
        f"/accounts/{first.pk}/close/",
        f"/accounts/{closed.pk}/",
        "/transactions/transfers/",
        f"/transactions/categories/sub/{food.pk}/merge/",
        f"/transactions/categories/sub/{food.pk}/delete/",
        f"/transactions/categories/{food.category_id}/merge/",
        f"/transactions/categories/{food.category_id}/",
    ]
    page = open_page(user)
    for address in addresses:
        page.goto(address)
        assert list(faults_in_each_look(page)) == [], address


def test_an_account_with_money_asks_before_it_closes(open_page: Any) -> None:
    user = make_user("closer")
    account = make_account(user, "Current", "500")
    page = open_page(user, width=390, height=844)
    page.goto("/accounts/")
    page.get_by_role("link", name="Current").click()
    expect(page.get_by_role("img", name="Balance of Current at the ends of months")).to_be_visible()
    press(page, "Close account")
    expect(page.locator("main")).to_contain_text("still holds $500.00")
    account.refresh_from_db()
    assert account.is_active
    press(page, "Close it with $500.00")
    page.wait_for_url("**/accounts/")
    page.get_by_text("Closed accounts (1)").click()
    press(page, "Reopen Current")
    page.wait_for_url(f"**/accounts/{account.pk}/")
    account.refresh_from_db()
    assert account.is_active


def test_a_pair_becomes_a_transfer_in_place_and_is_undone(open_page: Any) -> None:
    user = make_user("mover")
    first, second = make_account(user, "Current", "500"), make_account(user, "Savings")
    pair(user, "200", first, second)
    pair(user, "75.50", first, second)
    page = open_page(user)
    page.goto("/transactions/transfers/")
    press(page, re.compile(r"^Make it a transfer of \$75\.50"))
    expect(page.get_by_text("It is a transfer now")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    press(page, re.compile(r"^Not a transfer of \$200\.00"))
    expect(page.get_by_text("Left as they are")).to_be_visible()
    assert axe_violations(page) == []
    assert Transaction.objects.filter(transfer_id__isnull=False).count() == 2
    assert TransferRefusal.objects.count() == 1
    page.locator("li", has_text="It is a transfer now").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It is two transactions again")).to_be_visible()
    assert not Transaction.objects.filter(transfer_id__isnull=False).exists()


def test_without_scripts_a_pair_becomes_a_transfer_too(open_page: Any) -> None:
    user = make_user("plain")
    pair(user, "200", make_account(user, "Current"), make_account(user, "Savings"))
    page = open_page(user, java_script_enabled=False)
    page.goto("/transactions/transfers/")
    press(page, re.compile(r"^Make it a transfer of \$200\.00"))
    expect(page.get_by_text("It is a transfer now")).to_be_visible()
    press(page, "Undo")
    assert not Transaction.objects.filter(transfer_id__isnull=False).exists()


def test_forty_categories_are_searched_and_two_merged(open_page: Any) -> None:
    user = make_user("filer")
    for number in range(40):
        category = make_category(user, f"Category {number}")
        Subcategory.objects.bulk_create(
            Subcategory(user=user, category=category, name=f"Sub {number}.{inside}") for inside in range(5)
        )
    source = Subcategory.objects.get(name="Sub 7.3")
    make_transaction(user, subcategory=source)
    page = open_page(user)
    page.goto("/transactions/categories/")
    expect(page.locator("details.branch[open]")).to_have_count(0)
    page.get_by_label("Find a category or subcategory").press_sequentially("Sub 7.3")
    expect(page.locator("details.branch")).to_have_count(1)
    assert axe_violations(page) == []
    page.get_by_role("link", name="Merge Sub 7.3").click()
    expect(page.locator("main")).to_contain_text("It takes along: 1 transaction")
    choose(page.get_by_label("Merge into"), "Sub 9.0")
    press(page, "Merge")
    page.wait_for_url("**/categories/?open=**")
    expect(page.locator("details.branch[open]")).to_have_count(1)
    assert Transaction.objects.get().subcategory.name == "Sub 9.0"
    assert Category.objects.count() == 40
    assert not Subcategory.objects.filter(pk=source.pk).exists()


@pytest.mark.parametrize(("name", "count"), [("everyday.qif", 5), ("giro.xml", 3), ("giro.sta", 4)])
def test_a_statement_of_another_format(open_page: Any, name: str, count: int) -> None:
    user = make_user("reader")
    account = make_account(user, "Everyday")
    page = open_page(user)
    page.goto("/transactions/import/")
    content = {"name": name, "mimeType": "application/octet-stream", "buffer": fixture(name)}
    page.set_input_files("input[type=file]", content)
    press(page, "Upload and look at it")
    assert axe_violations(page) == []
    press(page, f"Import {count} transactions")
    expect(page.get_by_role("link", name="See them in the list")).to_be_visible()
    account.refresh_from_db()
    assert account.current_balance == sum((row.amount for row in Transaction.objects.all()), Decimal(0))
