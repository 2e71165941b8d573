"""Typed rows, the month of a bank, and the overlapping next month from another format: nothing is there twice."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations, scrolls_sideways
from tests.browser.test_main_job import press, upload
from tests.factories import make_account, make_subcategory, make_transaction, make_user
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)

MARCH = (
    b"Datum;Omschrijving;Weg/Terug;Bedrag;Saldo\n"
    b"03-03-2026;BAKKER 123;Weg;12,50;87,50\n"
    b"17-03-2026;BENZINE 9;Weg;40,00;47,50\n"
    b"28-03-2026;EIK BV;Terug;2.000,00;2.047,50\n"
)
APRIL = b"""OFXHEADER:100

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260328<TRNAMT>2000.00<FITID>a2<NAME>Oak</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260402<TRNAMT>-12.50<FITID>a3<NAME>Baker</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_nothing_is_there_twice(open_page: Any, width: int, theme: str) -> None:
    user = make_user("reader", currency="EUR")
    account = make_account(user, "Everyday", "100")
    for day, amount, words in (("2026-03-02", "-12.50", "Bread"), ("2026-03-15", "-40.00", "Car")):
        make_transaction(user, amount, day, words, account=account)
    page = open_page(user, width=width, theme=theme)
    page.goto("/transactions/import/")
    page.select_option("select[name=account]", index=1)
    page.set_input_files("input[type=file]", {"name": "march.csv", "mimeType": "text/plain", "buffer": MARCH})
    press(page, "Upload and look at it")
    # Two words that nobody knows are explained by the balances.
    expect(page.get_by_text("agree with the bank's balance in all 3 rows")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Weg", exact=True)).to_be_checked()
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)
    press(page, "Check the rows")
    expect(page.get_by_text(re.compile("Yours: Bread"))).to_be_visible()
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)
    press(page, "Import 1 transaction")
    expect(page.get_by_role("link", name="See them in the list")).to_be_visible()
    assert Transaction.objects.for_user(user).count() == 3
    upload(page, "april.ofx", APRIL)
    expect(page.get_by_text(re.compile("Yours: EIK BV"))).to_be_visible()
    press(page, "Import 1 transaction")
    expect(page.get_by_text(re.compile("1 added"))).to_be_visible()
    assert sorted(row.description for row in Transaction.objects.for_user(user)) == ["Baker", "Bread", "Car", "EIK BV"]


def test_rows_are_decided_about_without_scripts(open_page: Any) -> None:
    """Enter in a field saves and books nothing; what was changed on a page is kept when another one is turned to."""
    user = make_user("plain", currency="EUR")
    make_account(user, "Everyday", "100")
    food = make_subcategory(user)
    rows = "".join(f"2026-03-{1 + n % 28:02d},Row {n},-{n + 1}.00\n" for n in range(60))
    page = open_page(user, width=390, java_script_enabled=False)
    upload(page, "many.csv", f"Date,Description,Amount\n{rows}".encode())
    first = page.locator("li.import-row").first
    first.get_by_role("checkbox").uncheck()
    second = page.locator("li.import-row").nth(1)
    second.get_by_label(re.compile("^Category")).fill("food: groceries")
    second.get_by_label(re.compile("^Description")).fill("Tea")
    second.get_by_label(re.compile("^Description")).press("Enter")
    expect(page.get_by_role("button", name="Import 59 transactions")).to_be_visible()
    assert Transaction.objects.for_user(user).count() == 0
    page.locator("li.import-row").nth(2).get_by_role("checkbox").uncheck()
    press(page, "Rows after")
    expect(page.get_by_text("51 to 60 of 60")).to_be_visible()
    press(page, "Rows before")
    expect(page.locator("li.import-row").nth(2).get_by_role("checkbox")).not_to_be_checked()
    press(page, "Import 58 transactions")
    expect(page.get_by_text(re.compile("58 added"))).to_be_visible()
    tea = Transaction.objects.for_user(user).get(description="Tea")
    assert tea.subcategory_id == food.pk
