"""The budget page by keyboard and by mouse, with and without JavaScript."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from budgets.budget import services
from budgets.models import BudgetAllocation, BudgetPeriod, IncomeSource
from tests.browser.conftest import axe_violations, choose, faults_in_each_look
from tests.factories import make_account, make_period, make_subcategory, make_transaction, make_user

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


@pytest.fixture
def plan(db: None) -> dict[str, Any]:
    user = make_user("planner")
    february = make_period(user, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    march = make_period(user)
    food, dining = make_subcategory(user), make_subcategory(user, "Dining out")
    fuel = make_subcategory(user, "Fuel", "Transport")
    services.add_income(user=user, period_id=march.pk, name="Salary", amount=D(1000))
    services.set_allocations(user=user, period_id=february.pk, amounts={food.pk: D(300), fuel.pk: D(90)})
    make_transaction(user, "-20", subcategory=dining)
    return {"user": user, "march": march, "food": food, "dining": dining, "fuel": fuel}


def amounts_of(plan: dict[str, Any]) -> dict[str, Decimal]:
    rows = BudgetAllocation.objects.filter(budget=plan["march"].budget)
    return dict(rows.values_list("subcategory__name", "allocated_amount"))


def field(page: Page, name: str) -> Any:
    return page.get_by_label(f"Budgeted for {name}")


def to_allocate(page: Page) -> Any:
    return page.locator("#budget-figures .stat").last.locator(".stat-value")


def test_amounts_by_keyboard(plan: dict[str, Any], open_page: Any) -> None:
    page = open_page(plan["user"])
    page.goto("/budget/")
    field(page, "Dining out").focus()
    page.keyboard.type("12.50+3")
    page.keyboard.press("Enter")
    expect(field(page, "Groceries")).to_be_focused()
    expect(field(page, "Dining out")).to_have_value("15.50")
    page.keyboard.type("200")
    page.keyboard.press("Enter")
    expect(field(page, "Fuel")).to_be_focused()
    expect(to_allocate(page)).to_have_text("$784.50")
    expect(page.locator("#budget-said")).to_have_text(
        "Groceries: $200.00 budgeted, $200.00 left. To allocate: $784.50."
    )
    expect(page.locator("#budget-total")).to_contain_text("$215.50")
    assert amounts_of(plan) == {"Dining out": D("15.50"), "Groceries": D(200)}
    assert axe_violations(page) == []


def test_what_is_wrong_stands_beside_the_field_and_escape_brings_back_what_is_stored(
    plan: dict[str, Any], open_page: Any
) -> None:
    services.set_allocation(user=plan["user"], period_id=plan["march"].pk, subcategory_id=plan["food"].pk, amount=D(7))
    page = open_page(plan["user"])
    page.goto("/budget/")
    field(page, "Groceries").fill("lots")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Enter an amount, such as")).to_be_visible()
    expect(field(page, "Groceries")).to_have_attribute("aria-invalid", "true")
    assert axe_violations(page) == []
    field(page, "Groceries").focus()
    page.keyboard.press("Escape")
    expect(field(page, "Groceries")).to_have_value("7.00")
    expect(page.get_by_text("Enter an amount, such as")).to_have_count(0)
    page.keyboard.type("8")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(field(page, "Groceries")).to_have_value("7.00")
    assert amounts_of(plan) == {"Groceries": D(7)}


def test_closed_groups_stay_closed(plan: dict[str, Any], open_page: Any) -> None:
    page = open_page(plan["user"])
    page.goto("/budget/")
    page.locator("summary", has_text="Transport").click()
    expect(field(page, "Fuel")).to_be_hidden()
    page.reload()
    expect(field(page, "Fuel")).to_be_hidden()
    expect(field(page, "Groceries")).to_be_visible()
    page.get_by_role("link", name="Collapse all").click()
    expect(field(page, "Groceries")).to_be_hidden()
    page.get_by_role("link", name="Expand all").click()
    page.reload()
    expect(field(page, "Fuel")).to_be_visible()


def cover_and_copy(page: Page, take: Callable[[Locator, str], object] = choose) -> None:
    """Copy February everywhere nothing is budgeted, then cover what was overspent on dining out."""
    page.get_by_role("link", name="Fill in").click()
    page.get_by_label("Copy of February 2026").check()
    page.locator("main").get_by_role("button", name="Fill in").click()
    expect(page.get_by_text("Filled in 2 amounts from February 2026.")).to_be_visible()
    page.get_by_role("link", name="$20.00 over on Dining out: cover it").click()
    take(page.get_by_label("From"), "Groceries ($300.00 left)")
    page.get_by_role("button", name="Cover it").click()
    expect(page.get_by_text("Moved $20.00.")).to_be_visible()


def test_copying_and_covering(plan: dict[str, Any], open_page: Any) -> None:
    page = open_page(plan["user"])
    page.goto("/budget/")
    cover_and_copy(page)
    assert amounts_of(plan) == {"Groceries": D(280), "Dining out": D(20), "Fuel": D(90)}


def test_without_javascript(plan: dict[str, Any], open_page: Any) -> None:
    page = open_page(plan["user"], java_script_enabled=False)
    page.goto("/budget/")
    field(page, "Fuel").fill("40+2")
    page.get_by_role("button", name="Save amounts").click()
    expect(field(page, "Fuel")).to_have_value("42.00")
    expect(to_allocate(page)).to_have_text("$958.00")
    field(page, "Fuel").fill("nonsense")
    page.get_by_role("button", name="Save amounts").click()
    expect(page.get_by_text("Nothing was saved.")).to_be_visible()
    page.goto("/budget/?groups=closed")
    page.locator("summary", has_text="Food").click()
    expect(field(page, "Groceries")).to_be_visible()
    income = page.locator(".income-form").first
    income.get_by_label("Amount of Salary").fill("1100")
    income.get_by_role("button", name="Save").click()
    expect(page.locator("#income-total")).to_have_text("$1,100.00")
    page.locator(".period-menu summary").click()
    page.get_by_role("link", name=re.compile("^February 2026")).click()
    expect(page.get_by_role("heading", name="February 2026")).to_be_visible()
    page.goto("/budget/")
    field(page, "Fuel").fill("0")
    page.get_by_role("button", name="Save amounts").click()
    cover_and_copy(page, lambda box, name: box.select_option(label=name))
    assert amounts_of(plan) == {"Groceries": D(280), "Dining out": D(20), "Fuel": D(90)}


def test_signed_out_meanwhile_leads_to_the_sign_in(plan: dict[str, Any], open_page: Any, settings: Any) -> None:
    page = open_page(plan["user"])
    page.goto("/budget/")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    field(page, "Fuel").fill("5")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/auth/login/\?next=/budget/$"))
    assert amounts_of(plan) == {}


def test_income_in_place(plan: dict[str, Any], open_page: Any) -> None:
    page = open_page(plan["user"])
    page.goto("/budget/")
    amount = page.get_by_label("Amount of Salary")
    amount.fill("900+50")
    page.keyboard.press("Enter")
    expect(amount).to_have_value("950.00")
    expect(to_allocate(page)).to_have_text("$950.00")
    amount.fill("-1")
    page.keyboard.press("Tab")
    expect(page.get_by_text("cannot be below zero")).to_be_visible()
    amount.fill("950")
    page.keyboard.press("Tab")
    expect(page.get_by_text("cannot be below zero")).to_have_count(0)
    page.get_by_label("Name of new income").fill("Side job")
    page.get_by_label("Amount of new income").fill("50")
    page.keyboard.press("Enter")
    expect(page.locator("#income-total")).to_have_text("$1,000.00")
    expect(page.get_by_label("Amount of Side job")).to_have_value("50.00")
    assert sorted(IncomeSource.objects.values_list("amount", flat=True)) == [D(50), D(950)]
    assert axe_violations(page) == []


def test_periods_by_mouse(plan: dict[str, Any], open_page: Any) -> None:
    page = open_page(plan["user"])
    page.goto("/budget/")
    page.get_by_role("button", name="Open April 2026").click()
    expect(page.get_by_role("heading", name="April 2026")).to_be_visible()
    page.get_by_role("link", name="Previous: March 2026").click()
    page.locator(".period-menu summary").click()
    expect(page.get_by_role("link", name=re.compile("^April 2026"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=re.compile("^April 2026"))).to_be_hidden()
    page.goto("/periods/add/")
    page.get_by_label("It begins on").fill("2026-06-25")
    page.keyboard.press("Tab")
    expect(page.get_by_label("First day")).to_have_value("2026-06-25")
    expect(page.get_by_label("Last day")).to_have_value("2026-07-24")
    assert BudgetPeriod.objects.filter(name="April 2026").count() == 1


def test_the_first_budget_takes_four_clicks_and_no_key(open_page: Any) -> None:
    """Of somebody whose bank's rows are there already and who never opened a period."""
    user, today = make_user("beginner"), timezone.localdate().replace(day=1)
    food, pay = make_subcategory(user), make_subcategory(user, "Salary", "Income", "income")
    account = make_account(user)
    for back in range(1, 4):
        month = today - timedelta(days=28 * back)
        make_transaction(user, f"-{back}00", f"{month}", subcategory=food, account=account)
        make_transaction(user, "1000", f"{month}", subcategory=pay, account=account)
    page = open_page(user)
    page.goto("/dashboard/")
    clicks = [
        page.get_by_role("link", name="Open first period"),
        page.get_by_role("button", name="Open period"),
        page.get_by_role("link", name="Fill all"),
        page.get_by_role("button", name="Fill in"),
    ]
    for click in clicks:
        click.click()
    expect(page.get_by_text(re.compile("Filled in 1 amount and 1 income from"))).to_be_visible()
    expect(field(page, "Groceries")).not_to_have_value("")
    assert list(faults_in_each_look(page)) == []
    assert BudgetAllocation.objects.get().allocated_amount > 0
    assert IncomeSource.objects.get().name == "Salary"


def test_the_smaller_pages(plan: dict[str, Any], open_page: Any) -> None:
    march, food = plan["march"].pk, plan["food"].pk
    pages = [
        f"/budget/{march}/move/",
        f"/budget/{march}/fill/",
        f"/budget/{march}/brought-forward/",
        f"/budget/{march}/subcategory/{food}/",
        "/budget/?sort=over",
        f"/periods/{march}/delete/",
    ]
    page = open_page(plan["user"])
    for address in pages:
        page.goto(address)
        assert list(faults_in_each_look(page)) == [], address


def test_eighteen_lines_and_amounts_like_text(open_page: Any) -> None:
    user = make_user("planner")
    make_period(user)
    for number in range(30):
        make_subcategory(user, f"Line {number:02}", f"Group {number // 10}")
    page = open_page(user, height=800)
    page.goto("/budget/")
    seen = page.evaluate("""[...document.querySelectorAll(".budget-line, .budget-group summary")].filter((line) => {
        const { top, bottom } = line.getBoundingClientRect();
        return top >= 0 && bottom <= document.getElementById("budget-total").getBoundingClientRect().top;
    }).length""")
    assert seen >= 18
    amount = field(page, "Line 00")
    plain = "element => getComputedStyle(element).borderTopColor"
    assert amount.evaluate(plain) == "rgba(0, 0, 0, 0)"
    amount.focus()
    assert amount.evaluate(plain) != "rgba(0, 0, 0, 0)"
