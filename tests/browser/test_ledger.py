"""The list in Chromium: selecting a range, moving it and undoing that; the keys; editing in place; no script."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations, choose, offers, scrolls_sideways
from tests.factories import at, booked_at, make_account, make_subcategory, make_transaction, make_user
from transactions.models import Transaction
from transactions.tags.services import add_tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person() -> Any:
    """60 rows of one day, newest "Row 59"; a day before with one."""
    user = make_user("owner")
    account = make_account(user)
    Transaction.objects.bulk_create(
        Transaction(
            user=user, amount=-1, **booked_at(user, at(user, "2026-03-15")), description=f"Row {n}", account=account
        )
        for n in range(60)
    )
    make_subcategory(user)
    make_subcategory(user, "Fun", "Leisure")
    return user


def filed(user: Any) -> list[str]:
    rows = Transaction.objects.for_user(user).filter(subcategory__isnull=False)
    return sorted(rows.values_list("description", flat=True))


def select(page: Page, name: str, *, shift: bool = False) -> None:
    box = page.get_by_role("checkbox", name=f"Select {name},", exact=False).first
    box.click(modifiers=["Shift"] if shift else [])


def row_link(page: Page, name: str) -> Any:
    return page.get_by_role("link", name=name, exact=True)


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_a_range_is_selected_moved_and_brought_back(open_page: Any, person: Any, size: tuple[int, int]) -> None:
    page = open_page(person, width=size[0], height=size[1])
    page.goto("/transactions/?q=Row")
    bar = page.locator(".bulk-bar")
    expect(bar).to_be_hidden()
    select(page, "Row 58")
    select(page, "Row 55", shift=True)
    expect(bar).to_contain_text("4 selected")
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)
    choose(bar.get_by_label("Move to"), "Groceries")
    bar.get_by_role("button", name="Move").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("4 transactions moved to Groceries.")
    assert filed(person) == ["Row 55", "Row 56", "Row 57", "Row 58"]
    assert axe_violations(page) == []
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Undone: 4 transactions are back as before.")
    assert filed(person) == []
    assert page.url.endswith("/transactions/?q=Row")


def test_all_that_match_are_deleted_after_a_question(open_page: Any, person: Any) -> None:
    make_transaction(person, description="Other", day="2026-03-16")
    page = open_page(person)
    page.goto("/transactions/?q=Row")
    page.get_by_role("checkbox", name="Select all shown").check()
    expect(page.locator(".bulk-bar")).to_contain_text("50 selected")
    page.get_by_role("checkbox", name="All 60 that match").check()
    expect(page.locator(".bulk-bar")).to_contain_text("All 60 selected")
    select(page, "Row 59")  # one less is no longer all
    expect(page.locator(".bulk-bar")).to_contain_text("49 selected")
    page.get_by_role("checkbox", name="All 60 that match").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Delete 60 transactions").click()
    expect(page.locator(".toast")).to_contain_text("60 transactions deleted.")
    assert list(Transaction.objects.for_user(person).values_list("description", flat=True)) == ["Other"]
    page.locator("#undo-last").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Undone: 60 transactions are back as before.")
    assert Transaction.objects.for_user(person).count() == 61


def test_rows_of_further_pages_can_be_selected(open_page: Any, person: Any) -> None:
    page = open_page(person)
    page.goto("/transactions/")
    page.get_by_role("link", name="Older transactions").scroll_into_view_if_needed()
    expect(page.locator(".row")).to_have_count(60)
    page.get_by_role("checkbox", name="Select all shown").check()
    choose(page.locator("#bulk-target"), "Fun")
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_role("button", name="Move 60 transactions").click()
    expect(page.locator(".toast")).to_contain_text("60 transactions moved to Fun.")


def test_the_keys_of_the_list(open_page: Any, person: Any) -> None:
    page = open_page(person)
    page.goto("/transactions/")
    page.keyboard.press("j")
    expect(row_link(page, "Row 59")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("x")
    for _ in range(2):
        page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator(".bulk-bar")).to_contain_text("3 selected")
    page.keyboard.press("k")
    expect(row_link(page, "Row 57")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".bulk-bar")).to_contain_text("2 selected")
    page.get_by_role("button", name="Next row").click()
    expect(row_link(page, "Row 56")).to_be_focused()
    page.keyboard.press("Control+x")
    expect(page.locator(".bulk-bar")).to_contain_text("2 selected")
    page.keyboard.press("/")
    expect(page.locator("#filter_q")).to_be_focused()
    page.keyboard.type("jxne?")
    expect(page.locator("#filter_q")).to_have_value("jxne?")
    expect(page.locator(".bulk-bar")).to_contain_text("2 selected")
    page.locator("#bulk-target").focus()
    page.keyboard.press("n")
    assert page.url.endswith("/transactions/")


def test_the_keys_of_every_page(open_page: Any, person: Any) -> None:
    page = open_page(person)
    page.goto("/accounts/")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard")
    expect(help_).to_be_visible()
    assert axe_violations(page) == []
    page.keyboard.press("n")  # not in a dialog
    assert page.url.endswith("/accounts/")
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.get_by_role("link", name="Keyboard").click()
    expect(help_).to_be_visible()
    help_.get_by_role("button", name="Close").click()
    page.keyboard.press("/")
    page.wait_for_url("**/transactions/#filter_q")
    expect(page.locator("#filter_q")).to_be_focused()
    page.goto("/accounts/")
    page.keyboard.press("Alt+n")
    assert page.url.endswith("/accounts/")
    page.keyboard.press("n")
    expect(page.locator("#quick-add").get_by_label("Amount")).to_be_focused()


def test_a_row_is_edited_in_place(open_page: Any, person: Any) -> None:
    page = open_page(person)
    page.goto("/transactions/?q=Row")
    page.keyboard.press("j")
    page.keyboard.press("e")
    editor = page.locator(".row.is-editing")
    expect(editor.get_by_label("Description")).to_be_focused()
    assert editor.evaluate("row => row.offsetHeight") <= 36
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)
    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)
    expect(row_link(page, "Row 59")).to_be_focused()
    page.get_by_role("link", name="Row 58").click()
    for name in ("Description", "Subcategory", "Account", "Date"):
        expect(editor.get_by_label(name, exact=True)).to_be_focused()
        page.keyboard.press("Tab")
        for _ in range(3 if name == "Date" else 0):  # of the day, of the month, of the year, to its calendar
            page.keyboard.press("Tab")
    expect(editor.get_by_label("Direction")).to_be_focused()
    page.keyboard.press("Tab")
    expect(editor.get_by_label("Amount")).to_be_focused()
    editor.get_by_label("Amount").fill("0")
    editor.get_by_role("button", name="Save").click()
    expect(editor.locator(".field-error")).to_have_text("The amount must be above zero.")
    editor.get_by_label("Amount").fill("41")
    page.keyboard.press("Escape")  # what was typed is never discarded in silence
    page.get_by_role("button", name="Keep editing").click()
    expect(editor.get_by_label("Amount")).to_have_value("41")
    choose(editor.get_by_label("Subcategory"), "Groceries")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Saved “Row 58”, $41.00.")).to_be_visible()
    expect(page.locator(".row").nth(1)).to_contain_text("Groceries")
    expect(page.locator("#day-2026-03-15")).to_have_text("−$100.00")
    expect(page.locator("#ledger-totals")).to_contain_text("$100.00")
    expect(row_link(page, "Row 58")).to_be_focused()
    assert Transaction.objects.for_user(person).get(description="Row 58").amount == Decimal(-41)
    page.goto("/transactions/?uncategorised=on")
    page.get_by_role("link", name="Row 57").click()
    choose(editor.get_by_label("Subcategory"), "Fun")
    editor.get_by_label("Subcategory").press("Enter")  # saves, and goes to the next
    expect(editor.get_by_label("Description")).to_have_value("Row 56")
    expect(editor.get_by_label("Subcategory")).to_be_focused()
    expect(page.locator(".row.is-elsewhere")).to_contain_text("No longer matches this list")
    assert axe_violations(page) == []


def test_the_entry_form_says_why_it_suggests(open_page: Any, person: Any) -> None:
    food = make_subcategory(person)
    for day in range(1, 4):
        make_transaction(person, description="Checkers", day=f"2026-02-0{day}", subcategory=food)
    page = open_page(person)
    page.goto("/transactions/add/")
    page.get_by_label("Description").fill("checkers")
    page.get_by_label("Amount").focus()
    reason = page.locator("[data-suggest-reason]")
    expect(reason).to_have_text("Groceries is suggested, as in all your 3 “checkers” before.")
    expect(page.get_by_label("Subcategory")).to_have_value("Groceries")
    assert axe_violations(page) == []
    page.get_by_label("Description").fill("Something else")
    page.get_by_label("Amount").focus()
    expect(page.get_by_label("Subcategory")).to_have_value("")
    choose(page.get_by_label("Subcategory"), "Fun")
    page.get_by_label("Description").fill("Checkers")
    page.get_by_label("Amount").focus()
    page.wait_for_timeout(300)
    expect(page.get_by_label("Subcategory")).to_have_value("Fun")
    page.goto("/transactions/tags/")
    page.go_back()  # where the browser brings back what was chosen, the box says so
    sent = page.locator("select[name=subcategory]").evaluate("select => select.selectedOptions[0].text")
    expect(page.get_by_label("Subcategory")).to_have_value("" if sent == "Uncategorised" else sent)


def test_it_all_works_without_scripts(open_page: Any, person: Any) -> None:
    page = open_page(person, java_script_enabled=False)
    page.goto("/transactions/")
    page.get_by_role("checkbox", name="Select Row 59,").check()
    page.get_by_role("checkbox", name="Select Row 50,").check()
    page.locator("#bulk-target").select_option(label="Groceries")
    page.get_by_role("button", name="Move", exact=True).click()
    assert filed(person) == ["Row 50", "Row 59"]
    page.locator("#undo-last").get_by_role("button", name="Undo").click()
    assert filed(person) == []
    page.get_by_role("checkbox", name="Select Row 59,").check()
    page.get_by_role("checkbox", name="All 60 that match").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete 60 transactions").click()
    assert not Transaction.objects.for_user(person).exists()
    page.locator("#undo-last").get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Row 57").click()
    page.get_by_label("Amount").fill("2")
    page.get_by_role("button", name="Save").click()
    assert Transaction.objects.for_user(person).get(description="Row 57").amount == -2


def test_a_category_is_filed_from_the_row_and_made_where_it_is_missing(open_page: Any, person: Any) -> None:
    add_tag(user=person, name="Trip")
    page = open_page(person)
    page.goto("/transactions/?q=Row&uncategorised=on")
    page.keyboard.press("c")  # of the first row, as nothing else was chosen
    box = page.get_by_label("Category of Row 59")
    expect(box).to_be_focused()
    assert box.get_attribute("role") == "combobox"
    tags = ["#Trip Add tag", "#Trip Take off tag"]
    expect(offers(page)).to_have_text(["Groceries Food", "Fun Leisure", "Current Accounts", *tags])
    assert axe_violations(page) == []
    page.keyboard.type("gro")
    expect(offers(page)).to_have_text(["Groceries Food", "Create “gro”"])
    page.keyboard.press("Enter")
    expect(row_link(page, "Row 58")).to_be_focused()
    expect(page.locator(".row.is-elsewhere")).to_contain_text("Groceries")
    page.keyboard.press("c")
    page.keyboard.type("Food: Bakery")
    offers(page).filter(has_text="Create “Bakery” in Food").click()
    expect(page.locator(".row.is-elsewhere")).to_have_count(2)
    page.keyboard.press("c")
    page.keyboard.type("Rent")
    offers(page).filter(has_text="Create “Rent”").click()
    expect(offers(page)).to_have_text(["In Food", "In Leisure", "In a new category “Rent”"])
    offers(page).filter(has_text="In Leisure").click()
    expect(page.locator(".row.is-elsewhere")).to_have_count(3)
    rows = Transaction.objects.for_user(person).filter(subcategory__isnull=False).order_by("-description")
    assert [(row.description, row.subcategory.name, row.subcategory.category.name) for row in rows.for_list()] == [
        ("Row 59", "Groceries", "Food"), ("Row 58", "Bakery", "Food"), ("Row 57", "Rent", "Leisure"),
    ]  # fmt: skip
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(row_link(page, "Row 56")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator(".toast").last).to_contain_text("Undone")
    assert filed(person) == ["Row 58", "Row 59"]


def test_categorising_ten_rows_takes_thirty_keys(open_page: Any, person: Any) -> None:
    page = open_page(person)
    page.goto("/transactions/?uncategorised=on")
    keys = 0
    for number in range(10):
        for key in ("c", "g" if number % 2 else "f", "Enter"):
            page.keyboard.press(key)
            keys += 1
        expect(page.locator(".row.is-elsewhere")).to_have_count(number + 1)
    assert keys <= 30
    assert len(filed(person)) == 10


def test_the_palette_leads_everywhere(open_page: Any, person: Any) -> None:
    page = open_page(person)
    page.goto("/transactions/")
    for typed, address in (
        ("reports", "/reports/"),
        ("current", "/accounts/"),
        ("groceries", "/transactions/"),
    ):
        page.keyboard.press("Control+k")
        page.keyboard.type(typed)
        expect(offers(page).first).to_contain_text(typed.title())
        if typed == "reports":
            assert axe_violations(page) == []
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{address}**")
    page.get_by_role("button", name="Go to…").click()
    page.keyboard.type("add trans")
    expect(offers(page).first).to_contain_text("Add transaction")
    page.keyboard.press("Enter")
    expect(page.locator("#quick-add").get_by_label("Amount")).to_be_focused()


def test_the_palette_takes_what_is_typed_before_its_script_has_come(open_page: Any, person: Any) -> None:
    page = open_page(person)
    page.goto("/transactions/")
    held: list[Any] = []
    page.route("**/palette*.js", lambda route: held.append(route))  # noqa: PLW0108  Playwright marks its handlers.
    with page.expect_request("**/palette*.js"):
        page.keyboard.press("Control+k")
    page.keyboard.type("current")
    expect(page.locator("#palette-field")).to_have_value("current")
    held[0].continue_()
    expect(offers(page).first).to_contain_text("Current")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/**")


@pytest.mark.parametrize(
    ("width", "height", "least"), [(1366, 625, 11), (1280, 800, 16), (1920, 1080, 24), (820, 1180, 22), (390, 844, 7)]
)
def test_how_many_rows_one_sees(open_page: Any, person: Any, width: int, height: int, least: int) -> None:
    page = open_page(person, width=width, height=height)
    page.goto("/transactions/")
    heights = page.evaluate("""[...document.querySelectorAll(".ledger .row")].map((row) => row.getBoundingClientRect())
        .filter(({ top, bottom }) => top >= 0 && bottom <= document.elementFromPoint(innerWidth / 2, innerHeight - 5)
            .closest(".bottom-bar, html").getBoundingClientRect()[innerWidth < 900 ? "top" : "bottom"])
        .map((box) => Math.round(box.height))""")
    assert len(heights) >= least
    assert width < 720 or set(heights) <= {34, 35, 36}


def test_what_is_selected_is_filed_by_one_key(open_page: Any, person: Any) -> None:
    make_subcategory(person, "Salary", "Work", "income")
    make_transaction(person, "-3", "2026-03-16", "Filed", subcategory=make_subcategory(person))
    page = open_page(person)
    page.goto("/transactions/")
    for key in ("j", "x", "j", "x", "c"):
        page.keyboard.press(key)
    expect(page.get_by_label("Move to")).to_be_focused()
    page.keyboard.type("fu")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("2 transactions moved to Fun.")
    assert filed(person) == ["Filed", "Row 59"]
    for key in ("j", "c"):  # spending would count as income: that is asked on a page
        page.keyboard.press(key)
    page.keyboard.type("sal")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move 1 transaction")).to_be_visible()
