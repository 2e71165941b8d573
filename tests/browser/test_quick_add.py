"""Adding from any page in two taps: open, type, save."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations, faults_in_each_look, offers
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
    page.evaluate("window.isTheSamePage = true")
    page.keyboard.press("Escape")
    expect(page.locator("main")).to_contain_text("Second")
    assert page.evaluate("window.isTheSamePage")
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
    expect(dialog.get_by_label("Subcategory")).to_have_value("Groceries")
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
    page.route("**/transactions/quick/*", lambda route: route.fulfill(status=429, body="busy"))
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


def test_what_was_typed_is_there_when_it_was_closed_by_accident(open_page: Any) -> None:
    page = open_page(make_user("quick"))
    dialog = opened(page)
    page.keyboard.type("12")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("n")
    expect(dialog.get_by_label("Amount")).to_have_value("12")
    dialog.get_by_role("button", name="Begin anew").click()
    expect(dialog.get_by_label("Amount")).to_have_value("")
    expect(dialog.get_by_label("Amount")).to_be_focused()


def test_it_opens_before_the_server_answers_and_is_sent_only_after(open_page: Any) -> None:
    user = make_user("quick")
    page = open_page(user)
    page.goto("/dashboard/")
    asked, held = "**/transactions/quick/?*", list[Any]()
    page.route(asked, lambda route: held.append(route))  # noqa: PLW0108  Playwright marks its handlers.
    with page.expect_request(asked):
        page.keyboard.press("n")
    dialog = page.locator("dialog#quick-add")
    expect(dialog.get_by_label("Amount")).to_be_focused()
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.type("Early")
    page.keyboard.press("Control+Enter")
    assert not Transaction.objects.exists()
    held[0].continue_()
    page.unroute(asked)
    expect(dialog.get_by_label("Date")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("status").first).to_contain_text("Saved “Early”")


def test_a_row_appears_where_it_belongs_and_the_place_stays(open_page: Any) -> None:
    user = make_user("quick")
    account = make_account(user, "Everyday")
    for number in range(120):
        make_transaction(user, "-1", f"2026-01-{number % 28 + 1:02}", f"Row {number}", account=account)
    page = open_page(user)
    page.goto(f"/transactions/?account={account.pk}")
    page.get_by_role("link", name="Older transactions").scroll_into_view_if_needed()
    expect(page.locator(".row")).to_have_count(100)
    page.evaluate("scrollTo(0, 1200)")
    before = page.evaluate("scrollY")
    assert before > 500
    page.keyboard.press("n")
    dialog = page.locator("dialog#quick-add")
    dialog.get_by_label("Amount").fill("7")
    dialog.get_by_label("Description").fill("New one")
    dialog.get_by_label("Date").fill("2026-01-28")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="New one")).to_have_count(1)
    expect(page.locator(".row").first).to_contain_text("−$127.00")  # what the account holds after it
    assert Transaction.objects.get(description="New one").account == account  # that of the page
    assert page.locator(".row").count() >= 100
    assert abs(page.evaluate("scrollY") - before) < 40


def test_what_is_typed_in_a_row_stays_when_something_is_added_meanwhile(open_page: Any) -> None:
    user = make_user("quick")
    for name in ("One", "Two"):
        make_transaction(user, "-1", "2026-01-02", name)
    page = open_page(user)
    page.goto("/transactions/")
    for name in ("One", "Two"):
        page.get_by_role("link", name=name).click()
        page.get_by_role("form", name=f"Edit {name}").get_by_label("Description").fill(f"{name} half")
    page.locator(ADD).first.click()
    dialog = page.locator("dialog#quick-add")
    dialog.get_by_label("Amount").fill("7")
    dialog.get_by_label("Description").fill("Three")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Three")).to_have_count(1)
    one = page.get_by_role("form", name="Edit One")
    expect(one.get_by_label("Description")).to_have_value("One half")
    one.get_by_label("Date").fill("2026-01-05")  # which brings the list up to date
    one.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="One half")).to_have_count(1)
    two = page.get_by_role("form", name="Edit Two").get_by_label("Description")
    expect(two).to_have_value("Two half")
    two.press("Enter")
    expect(page.get_by_role("link", name="Two half")).to_have_count(1)


def test_a_transfer_and_a_copy(open_page: Any) -> None:
    user = make_user("quick")
    here, there = make_account(user, "Here"), make_account(user, "There")
    make_transaction(user, "-5", description="Lamp", account=there, subcategory=make_subcategory(user))
    page = open_page(user)
    dialog = opened(page, "/transactions/")
    dialog.get_by_label("Transfer").check()
    expect(dialog.get_by_label("Subcategory")).to_be_hidden()
    dialog.get_by_label("Amount").fill("40")
    dialog.get_by_label("From").select_option(label="Here")
    dialog.get_by_label("To", exact=True).select_option(label="There")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".ledger .transfer")).to_have_count(2)
    assert sorted(Transaction.objects.filter(transfer_id__isnull=False).values_list("account_id", "amount")) == [
        (here.pk, Decimal(-40)), (there.pk, Decimal(40)),
    ]  # fmt: skip
    page.get_by_role("checkbox", name="Select Lamp,").focus()
    page.keyboard.press("d")
    expect(dialog.get_by_label("Amount")).to_have_value("5.00")
    expect(dialog.get_by_label("Subcategory")).to_have_value("Groceries")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Lamp")).to_have_count(2)
    assert Transaction.objects.filter(description="Lamp", account=there, amount=-5).count() == 2


def test_a_description_is_completed_from_the_history(open_page: Any) -> None:
    user = make_user("quick")
    card = make_account(user, "Card")
    make_account(user, "Purse")
    for day in (1, 2):
        make_transaction(
            user, "-9.5", f"2026-03-0{day}", "Corner shop", account=card, subcategory=make_subcategory(user)
        )
    make_transaction(user, "-5", "2026-03-03", "Cornwall")
    dialog = opened(open_page(user))
    dialog.get_by_label("Description").press_sequentially("corn")
    expect(offers(dialog.page)).to_have_text(["Corner shop Groceries · 9.50 · 2×", "Cornwall 5.00 · 1×"])
    assert axe_violations(dialog.page) == []
    dialog.page.keyboard.press("ArrowDown")
    dialog.page.keyboard.press("Enter")
    expect(dialog.get_by_label("Description")).to_have_value("Corner shop")
    expect(dialog.get_by_label("Amount")).to_have_value("9.50")
    expect(dialog.get_by_label("Subcategory")).to_have_value("Groceries")
    expect(dialog.locator("[name=account]")).to_have_value(str(card.pk))
    expect(dialog.get_by_text("Groceries is suggested, as in all your 2 “Corner shop” before.")).to_be_visible()
