"""The main job in Chromium: from sign-up to a budget, and a bank statement in and out again."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import axe_violations, choose
from tests.factories import PASSWORD, make_account, make_user
from transactions.models import Transaction
from wealthwise.demo import sample_data

pytestmark = pytest.mark.django_db(transaction=True)

# Line ends are CR only and a word says the direction, as one budgeting service writes its files.
CSV = (
    b"Date,Description,Original Description,Amount,Transaction Type,Category,Account Name,Labels,Notes\r"
    b'6/12/25,Lamp shop,LAMP SHOP 1,"1,000.00",debit,Home,Everyday,,\r'
    b"6/13/25,Coffee,COFFEE 2,3.20,debit,Food,Everyday,,\r"
    b"6/13/25,Coffee,COFFEE 2,3.20,debit,Food,Everyday,,\r"
    b'6/14/25,Pay,PAY 3,"2,500.00",credit,Income,Everyday,,\r'
)
OFX = b"""OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>0<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>1<ACCTID>00001234<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>
<DTSTART>20250601<DTEND>20250630
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20250603120000<TRNAMT>-34.51<FITID>1<NAME>ELECTRIC BILL</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20250604120000<TRNAMT>0.01<FITID>2<NAME>DIVIDEND</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def upload(page: Page, name: str, content: bytes) -> None:
    page.goto("/transactions/import/")
    page.select_option("select[name=account]", index=1)
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "text/plain", "buffer": content})
    press(page, "Upload and look at it")
    for _ in ("columns", "categories of its own"):  # of a file that has them
        page.wait_for_load_state()
        if page.get_by_role("button", name="Check the rows").count():
            press(page, "Check the rows")


def balance(user: User) -> Decimal:
    return user.accounts.get(name="Everyday").current_balance


def test_a_statement_in_twice_and_out_again(open_page: Any) -> None:
    user = make_user("reader")
    make_account(user, "Everyday", "100")
    page = open_page(user)
    for name, content, count, total in (("bank.csv", CSV, 4, "1493.60"), ("bank.ofx", OFX, 2, "-34.50")):
        upload(page, name, content)
        assert axe_violations(page) == []
        press(page, f"Import {count} transactions")
        expect(page.get_by_role("link", name="See them in the list")).to_be_visible()
        assert axe_violations(page) == []
        assert balance(user) == 100 + Decimal(total)
        result = page.url
        upload(page, name, content)
        assert page.get_by_role("button", name=re.compile("^Import")).count() == 0
        page.locator("main button[form=discard]").click()
        page.wait_for_load_state()
        assert Transaction.objects.filter(user=user).count() == count
        page.goto(result)
        page.get_by_role("link", name="Revert this import").click()
        press(page, "Revert")
        expect(page.get_by_text("everted").first).to_be_visible()
        assert Transaction.objects.filter(user=user).count() == 0
        assert balance(user) == 100


def test_the_demo_household_sees_its_import(open_page: Any) -> None:
    user = make_user("house", currency="ZAR", time_zone="Africa/Johannesburg")
    sample_data.build(user, timezone.localdate())
    before = Transaction.objects.filter(user=user).count()
    account = user.accounts.order_by("pk").first()
    account.name = "Everyday"
    account.save(update_fields=["name"])
    page = open_page(user, width=390, height=844)
    today = timezone.localdate()
    page.goto("/dashboard/")
    shown = page.locator("main").inner_text()
    upload(page, "today.csv", f"Date,Description,Amount\n{today:%Y-%m-%d},Piano,-12345.67\n".encode())
    press(page, "Import 1 transaction")
    page.goto("/dashboard/")
    assert "Piano" not in shown
    expect(page.locator("main")).to_contain_text("Piano")
    expect(page.locator("main")).to_contain_text("12,345.67")
    assert Transaction.objects.filter(user=user).count() == before + 1


def test_somebody_new_gets_to_a_budget(open_page: Any, mailoutbox: list[Any]) -> None:
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name=re.compile("sign up|create", re.IGNORECASE)).first.click()
    for name, value in {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"}.items():
        page.fill(f"input[name={name}]", value)
    page.fill("input[name=password1]", PASSWORD)
    page.press("input[name=password1]", "Enter")
    page.wait_for_load_state()
    link = re.search(r"https?://[^/]+(/auth/\S+)", mailoutbox[-1].body)
    assert link
    page.goto(link[1])
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    page.goto("/auth/login/")
    page.fill("input[name=login]", "ada@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/onboarding/**")
    for button in ("Continue", "Continue", "Continue"):
        assert axe_violations(page) == []
        press(page, button)
    page.fill("input[name=amount]", "3000")
    press(page, "Finish")
    page.wait_for_url("**/dashboard/")
    page.goto("/transactions/add/")
    page.fill("input[name=amount]", "12.50+3")
    page.fill("input[name=description]", "Corner shop")
    choose(page.locator("main").get_by_label("Subcategory"), "Dining out")
    page.locator("main").get_by_role("button", name="Save", exact=True).click()
    page.goto("/budget/")
    expect(page.locator("main")).to_contain_text("15.50")
    assert User.objects.get(email="ada@example.com").onboarding_step == User.OnboardingStep.DONE
