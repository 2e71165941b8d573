"""Rules in Chromium: from a row to its rule, over the history and back; and the categories of a file."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations, choose, scrolls_sideways
from tests.factories import make_account, make_subcategory, make_transaction, make_user
from tests.transactions.importing.helpers import staged, statement
from transactions.models import FileCategory, Transaction

pytestmark = pytest.mark.django_db(transaction=True)


def test_always_file_this_under(open_page: Any) -> None:
    person = make_user("filer")
    food = make_subcategory(person)
    for number in range(3):
        make_transaction(person, description=f"Rewe {number}")
    page = open_page(person)
    page.goto("/transactions/")
    page.get_by_role("link", name="Rewe 1").click()
    page.get_by_role("link", name="All fields").click()
    page.get_by_role("link", name="Always file this under…").click()
    page.get_by_label("Text").fill("rewe")
    choose(page.get_by_label("File it under"), "Groceries")
    page.get_by_role("button", name="Save and see what it changes").click()
    expect(page.get_by_text("3 transactions would be filed anew")).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_role("button", name="File 3 transactions").click()
    expect(page.locator(".row .ledger-category", has_text="Groceries")).to_have_count(3)
    assert Transaction.objects.filter(user=person, subcategory=food).count() == 3
    page.get_by_role("link", name="Rewe 1").click()
    page.get_by_role("link", name="All fields").click()
    expect(page.get_by_text("Filed by the rule")).to_be_visible()
    page.goto("/transactions/")
    page.locator("#undo-last").get_by_role("button", name="Undo").click()
    expect(page.locator(".row .is-open")).to_have_count(3)
    assert not Transaction.objects.filter(user=person, subcategory=food).exists()


def test_the_categories_of_a_file(open_page: Any) -> None:
    person = make_user("mover")
    rows = ["2026-03-02,Rewe,-10,Food: Groceries", "2026-03-03,Kino,-12,Fun"]
    batch = staged(person, make_account(person), statement(*rows, head="Date,Description,Amount,Category"))
    page = open_page(person)
    page.goto(reverse("transactions:import_configure", args=[batch.pk]))
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", name="Categories of bank.csv")).to_be_visible()
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)
    page.get_by_label("Create what is left without a category").check()
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_label("Category: Rewe of")).to_have_value("Food: Groceries")
    known = FileCategory.objects.filter(user=person).order_by("name").values_list("name", "subcategory__name")
    assert list(known) == [("Food: Groceries", "Groceries"), ("Fun", "Fun")]
