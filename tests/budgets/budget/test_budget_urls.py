"""The budget page at its URLs: three actors, wrong inputs, filling, and inline income."""

import re
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from budgets.budget import services
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, IncomeSource
from tests.factories import WHO_ASKS, make_category, make_period, make_subcategory, make_transaction, signed_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
D = Decimal
WHOLE = {"carry_by": "period", "carry_basis": "received"}


@pytest.fixture
def february(owner):
    return make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")


@pytest.fixture(autouse=True)
def in_march():
    with time_machine.travel("2026-03-20 10:00:00+00:00"):
        yield


@pytest.fixture
def march(owner, february):
    return make_period(owner)


@pytest.fixture
def food(owner):
    return make_subcategory(owner, "Groceries")


@pytest.fixture
def fuel(owner):
    return make_subcategory(owner, "Fuel", "Transport")


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:500]
    return response.content.decode()


def link(html: str, mark: str) -> str:
    """Where the link leads whose tag has ``mark``, before its href or after it."""
    found = re.search(rf'<a {mark} href="([^"]*)"', html) or re.search(rf'<a href="([^"]*)"{mark}', html)
    assert found
    return unescape(found[1])


def url(name: str, *args: int) -> str:
    return reverse(f"budgets:{name}", args=args)


def give(user: Any, period: Any, subcategory: Any, amount: str) -> None:
    services.set_allocation(user=user, period_id=period.pk, subcategory_id=subcategory.pk, amount=D(amount))


def amounts_of(period: Any) -> dict[int, Decimal]:
    rows = BudgetAllocation.objects.filter(budget=period.budget)
    return dict(rows.values_list("subcategory_id", "allocated_amount"))


def everything() -> list[Any]:
    models = (BudgetPeriod, Budget, BudgetAllocation, IncomeSource)
    return [list(model.objects.order_by("pk").values()) for model in models]


# Wrong amounts.

WRONG = ["abc", "-5", "NaN", "inf", "1e5", "12.345", "99999999999.99", "1" * 101, "5/0", "2-3", "(1", "1 2", "٣"]


@pytest.mark.parametrize("typed", WRONG)
def test_a_wrong_amount_is_told_beside_its_field_and_saves_nothing(owner, owner_client, march, food, typed):
    give(owner, march, food, "7")
    response = owner_client.post(url("allocate", march.pk), {f"amount-{food.pk}": typed}, headers=HTMX)
    text = text_of(response)
    assert f'aria-describedby="error-{food.pk}"' in text
    assert f'id="error-{food.pk}" role="alert"' in text
    assert f'name="was-{food.pk}" value="7.00"' in text
    assert "budget-said" not in text
    text_of(owner_client.post(url("allocate", march.pk), {f"amount-{food.pk}": typed}), 422)
    assert amounts_of(march) == {food.pk: D(7)}


@pytest.mark.parametrize("typed", [*WRONG, "", "0"])
def test_a_wrong_amount_cannot_be_moved(owner, owner_client, march, food, fuel, typed):
    give(owner, march, food, "7")
    text_of(owner_client.post(url("move", march.pk), {"source": food.pk, "target": fuel.pk, "amount": typed}), 422)
    assert amounts_of(march) == {food.pk: D(7)}


@pytest.mark.parametrize("typed", [*WRONG, ""])
def test_a_wrong_income_is_refused_with_and_without_htmx(owner, owner_client, march, typed):
    income = services.add_income(user=owner, period_id=march.pk, name="Pay", amount=D(5))
    before = everything()
    for address in (url("income_add", march.pk), url("income_edit", income.pk)):
        text_of(owner_client.post(address, {"name": "Pay", "amount": typed}), 422)
        assert 'role="alert"' in text_of(owner_client.post(address, {"name": "Pay", "amount": typed}, headers=HTMX))
    assert everything() == before


@pytest.mark.parametrize("typed", WRONG)
def test_a_wrong_line_is_refused(owner_client, march, food, typed):
    before = everything()
    if typed not in ("-5", "2-3"):
        form = {**WHOLE, "carry_over": "both", "amount": typed}
        text_of(owner_client.post(url("brought_forward", march.pk), form), 422)
    text_of(owner_client.post(url("line", march.pk, food.pk), {"amount": typed}), 422)
    assert everything() == before


@pytest.mark.parametrize("policy", ["", "half", "NONE", "both "])
def test_an_unknown_policy_is_refused(owner_client, march, policy):
    text_of(owner_client.post(url("brought_forward", march.pk), {**WHOLE, "carry_over": policy, "amount": "1"}), 422)
    assert Budget.objects.get(period=march).brought_forward == 0


@pytest.mark.parametrize(
    "form", [{}, {"source": "copy"}, {"source": "5", "where": "all"}, {"source": "copy", "where": "x"}]
)
def test_an_unknown_way_to_fill_is_refused(owner, owner_client, february, march, food, form):
    give(owner, february, food, "5")
    text_of(owner_client.post(url("fill", march.pk), form), 422)
    response = owner_client.post(url("line_fill", march.pk, food.pk), {"source": "7"}, follow=True)
    assert "Select a valid choice" in text_of(response)
    assert amounts_of(march) == {}


def test_moving_wants_two_different_and_known_subcategories(owner, owner_client, march, food, fuel):
    give(owner, march, food, "7")
    for source, target in ((food.pk, food.pk), (food.pk, 0), (fuel.pk, food.pk), ("", ""), ("x", food.pk)):
        form = {"source": source, "target": target, "amount": "1"}
        text_of(owner_client.post(url("move", march.pk), form), 422)
    assert amounts_of(march) == {food.pk: D(7)}


def test_methods(owner_client, march):
    assert owner_client.get(url("allocate", march.pk)).status_code == 405
    assert owner_client.get(url("take_brought_forward", march.pk)).status_code == 405
    assert owner_client.get(url("period_next", march.pk)).status_code == 405
    assert owner_client.delete(url("fill", march.pk)).status_code == 405


# Three actors for the new pages.


def test_a_stranger_with_the_same_and_nobody_change_nothing(owner, stranger, stranger_client, client, march, food):
    give(owner, march, food, "5")
    their_march, their_food = make_period(stranger), make_subcategory(stranger, "Groceries")
    mine = [
        (url("fill", march.pk), {"source": "copy", "where": "all"}),
        (url("line", march.pk, food.pk), {"amount": "1"}),
        (url("line", march.pk, their_food.pk), {"amount": "1"}),
        (url("line", their_march.pk, food.pk), {"amount": "1"}),
        (url("line_fill", march.pk, food.pk), {"source": "copy"}),
        (url("line_fill", their_march.pk, food.pk), {"source": "copy"}),
        (url("brought_forward", march.pk), {**WHOLE, "carry_over": "both", "amount": "1"}),
        (url("take_brought_forward", march.pk), {}),
        (url("period_next", march.pk), {}),
    ]
    before = everything()
    for address, form in mine:
        assert stranger_client.get(address).status_code in (404, 405), address
        assert stranger_client.post(address, form).status_code == 404, address
        assert "/auth/login/" in client.post(address, form)["Location"]
    assert everything() == before


def test_staff_are_strangers_here(staff_client, march, food):
    for address in (url("budget_period", march.pk), url("fill", march.pk), url("line", march.pk, food.pk)):
        assert staff_client.get(address).status_code == 404


# The table.


def test_spent_leads_to_exactly_its_rows(owner, owner_client, march, food, fuel):
    for amount, day in (
        ("-30.25", "2026-03-31"),
        ("5.25", "2026-03-01"),
        ("-99", "2026-04-01"),
        ("-98", "2026-02-28"),
    ):
        make_transaction(owner, amount, day, subcategory=food)
    make_transaction(owner, "-4", subcategory=fuel)
    make_transaction(owner, "-7.77")
    html = text_of(owner_client.get(url("budget_period", march.pk)))
    assert 'aria-label="$25.00 spent on Groceries: see the transactions"' in html
    text = text_of(owner_client.get(link(html, f'id="spent-{food.pk}"')))
    assert "$30.25" in text
    assert "$5.25" in text
    for other in ("$99.00", "$98.00", "$4.00", "$7.77"):
        assert other not in text
    assert "$25.00" in text  # the list's own net
    loose = text_of(owner_client.get(link(html, r"[^>]*spent uncategorised")))
    assert "$7.77" in loose
    assert "$30.25" not in loose


def names_of(response: Any) -> list[tuple[str, bool, list[str]]]:
    groups = response.context["groups"]
    return [(shown.group.name, shown.is_open, [line.name for line in shown.lines]) for shown in groups]


def test_overspent_first(owner, owner_client, march, food, fuel):
    dining, rent = make_subcategory(owner, "Dining out"), make_subcategory(owner, "Rent", "Housing")
    give(owner, march, food, "100")
    give(owner, march, rent, "50")
    make_transaction(owner, "-10", subcategory=fuel)
    make_transaction(owner, "-120", subcategory=food)
    here = url("budget_period", march.pk)
    plain = owner_client.get(here)
    assert [name for name, *_ in names_of(plain)] == ["Food", "Housing", "Transport"]
    assert "2 overspent, 1 of them without a budget" in text_of(plain)
    assert text_of(plain).count("No budget") == 1
    assert names_of(owner_client.get(f"{here}?sort=over")) == [
        ("Food", True, ["Groceries", "Dining out"]),
        ("Transport", True, ["Fuel"]),
        ("Housing", False, ["Rent"]),
    ]
    assert dining.category == food.category


def test_groups_can_be_closed_by_the_address(owner, owner_client, march, food):
    here = url("budget_period", march.pk)
    assert names_of(owner_client.get(f"{here}?groups=closed")) == [("Food", False, ["Groceries"])]
    assert names_of(owner_client.get(f"{here}?groups=nonsense&sort=-1")) == [("Food", True, ["Groceries"])]
    # What is wrong is in sight, however the table was looked at; and saving goes back to that look.
    save = url("allocate", march.pk) + "?groups=closed"
    refused = owner_client.post(save, {f"amount-{food.pk}": "x"})
    assert (refused.status_code, names_of(refused)) == (422, [("Food", True, ["Groceries"])])
    assert owner_client.post(save, {f"amount-{food.pk}": "1"})["Location"] == f"{here}?groups=closed"


def test_a_change_is_told_to_those_who_cannot_see_it(owner, owner_client, march, food):
    services.add_income(user=owner, period_id=march.pk, name="Pay", amount=D(100))
    make_transaction(owner, "-20", subcategory=food)
    text = text_of(owner_client.post(url("allocate", march.pk), {f"amount-{food.pk}": "12.50+3"}, headers=HTMX))
    assert "Groceries: $15.50 budgeted, $4.50 over. To allocate: $84.50." in text


def test_names_are_never_markup(owner, owner_client):
    """In none of the parts of the page, nor in what htmx swaps."""
    evil = "<script>\"'&</script>"
    period = make_period(owner, name=evil)
    make_period(owner, "2026-04-01", "2026-04-30", active=False, name=evil)
    filed = make_subcategory(owner, evil, evil)
    income = services.add_income(user=owner, period_id=period.pk, name=evil, amount=D(5))
    make_transaction(owner, "-20", subcategory=filed)
    answers = [
        owner_client.get(url("budget_period", period.pk)),
        owner_client.get(url("line", period.pk, filed.pk)),
        owner_client.post(url("allocate", period.pk), {f"amount-{filed.pk}": evil}, headers=HTMX),
        owner_client.post(url("allocate", period.pk), {f"amount-{filed.pk}": "5"}, headers=HTMX),
        owner_client.post(url("income_edit", income.pk), {"name": evil, "amount": "2"}, headers=HTMX),
        owner_client.post(url("income_add", period.pk), {"name": evil, "amount": "1"}, headers=HTMX),
    ]
    for answer in answers:
        html = text_of(answer)
        assert "&lt;script&gt;" in html
        assert evil not in html
        assert "<script>" not in html


@pytest.mark.parametrize(("income", "tone"), [("10.01", "income"), ("10", "muted"), ("9.99", "over")])
def test_to_allocate_is_green_grey_or_red(owner, owner_client, february, march, food, income, tone):
    """Available is income and what is brought forward: 4 of February's 5 are left."""
    services.add_income(user=owner, period_id=february.pk, name="Pay", amount=D(5))
    make_transaction(owner, "-1", "2026-02-10")
    forwarding = services.Forwarding(carry_over="both", carry_basis="planned")
    services.set_brought_forward(user=owner, period_id=march.pk, forwarding=forwarding)
    services.add_income(user=owner, period_id=march.pk, name="Pay", amount=D(income))
    give(owner, march, food, "14")
    figures = text_of(owner_client.get(url("budget_period", march.pk))).split('id="budget-figures"')[1]
    assert re.search(r'Brought forward</span><span class="stat-value amount ">\$4\.00<', figures)
    assert "$4.00 carried over</a>" in figures
    assert f'To allocate</span><span class="stat-value amount {tone}">' in figures


def test_statements_do_not_grow(owner, owner_client, march, django_assert_num_queries):
    here = url("budget_period", march.pk)
    owner_client.get(here)
    with django_assert_num_queries(WHO_ASKS + 3):
        owner_client.get(here)
    for number in range(40):
        make_subcategory(owner, f"Sub {number}", f"Category {number % 8}")
        year, month = 2000 + number // 12, number % 12 + 1
        make_period(owner, f"{year}-{month:02}-01", f"{year}-{month:02}-28", active=False, name=f"P{number}")
    Budget.objects.for_user(owner).update(carry_over="both")
    owner_client.get(here)
    with django_assert_num_queries(WHO_ASKS + 4):  # the last for averages in empty cells
        owner_client.get(here)


# Filling.


def test_filling_in_says_what_it_would_do_and_what_it_did(owner, owner_client, february, march, food, fuel):
    give(owner, february, food, "400")
    give(owner, february, fuel, "90.50")
    give(owner, march, food, "1")
    make_transaction(owner, "-30", "2026-02-03", subcategory=fuel)
    address = url("fill", march.pk)
    text = text_of(owner_client.get(address))
    assert "Copy of February 2026 (2 amounts, $490.50)" in text
    assert "Average of February 2026 (1 amount, $30.00)" in text
    assert "last 6 periods" not in text
    response = owner_client.post(address, {"source": "copy", "where": "empty"}, follow=True)
    assert "Filled in 1 amount from February 2026." in text_of(response)
    assert amounts_of(march) == {food.pk: D(1), fuel.pk: D("90.50")}
    response = owner_client.post(address, {"source": "3", "where": "all"}, follow=True)
    assert "Filled in 1 amount from February 2026." in text_of(response)
    response = owner_client.post(address, {"source": "3", "where": "all"}, follow=True)
    assert "Nothing was changed" in text_of(response)
    assert amounts_of(march) == {food.pk: D(1), fuel.pk: D(30)}


def test_filling_in_without_an_earlier_period_leads_back(owner_client, february):
    text = text_of(owner_client.get(url("fill", february.pk)))
    assert "no earlier period" in text
    assert url("budget_period", february.pk) in text


@time_machine.travel("2026-03-02 10:00:00+00:00")
def test_empty_cells_show_averages_and_one_page_fills_them_all(owner, owner_client, stranger, march, food, fuel):
    """No period was opened before March; a stranger with the same names spends ten times as much."""
    pay = make_subcategory(owner, "Salary", "Income", "income")
    for month, spent in (("2025-12", "-90"), ("2026-01", "-30"), ("2026-02", "-60")):
        make_transaction(owner, spent, f"{month}-03", subcategory=food)
        make_transaction(owner, "1000", f"{month}-01", subcategory=pay)
        make_transaction(stranger, f"{spent}0", f"{month}-03", subcategory=make_subcategory(stranger, "Groceries"))
    make_transaction(owner, "-12", "2026-02-03", subcategory=fuel)
    give(owner, march, fuel, "50")
    here = url("budget_period", march.pk)
    text = text_of(owner_client.get(here))
    assert "average of December 2025 to February 2026, 3 periods: 1 amount, $60.00, and $1,000.00 of income." in text
    assert re.search(rf'id="amount-{food.pk}" name="amount-{food.pk}" value="" placeholder="60.00"', text)
    assert re.search(rf'id="amount-{fuel.pk}" name="amount-{fuel.pk}" value="50.00" placeholder="4.00"', text) is None
    fill = f"{url('fill', march.pk)}?source=3"
    assert fill in text
    page = text_of(owner_client.get(fill))
    label = "Average of December 2025 to February 2026, 3 periods (2 amounts, $64.00; 1 income, $1,000.00)"
    assert re.search(rf'value="3"[^>]*checked[^>]*>\s*{re.escape(label)}', page)
    done = text_of(owner_client.post(fill, {"source": "3", "where": "empty"}, follow=True))
    assert "Filled in 1 amount and 1 income from December 2025 to February 2026." in done
    assert amounts_of(march) == {food.pk: D(60), fuel.pk: D(50)}
    assert "average of" not in done
    assert owner_client.get(url("budget_period", march.pk)).context["averages"] is None
    assert signed_in(stranger).get(fill).status_code == 404


def test_a_period_that_is_over_asks_for_no_averages(owner, owner_client, february, food):
    make_transaction(owner, "-90", "2026-01-03", subcategory=food)
    assert owner_client.get(url("budget_period", february.pk)).context["averages"] is None


def test_one_subcategory_on_its_own_page(owner, owner_client, february, march, food, fuel):
    give(owner, february, food, "400")
    make_transaction(owner, "-30", "2026-02-03", subcategory=food)
    make_transaction(owner, "-12", subcategory=food)
    address = url("line", march.pk, food.pk)
    text = text_of(owner_client.get(address))
    for words in (
        "Copy of February 2026",
        "$400.00",
        "Average of February 2026",
        "$30.00",
        "Cover what is overspent",
    ):
        assert words in text
    take = url("line_fill", march.pk, food.pk)
    back = owner_client.post(take, {"source": "copy"})["Location"]
    assert back == f"{url('budget_period', march.pk)}#amount-{food.pk}"
    assert amounts_of(march) == {food.pk: D(400)}
    owner_client.post(take, {"source": "12"})
    assert amounts_of(march) == {food.pk: D(30)}
    owner_client.post(address, {"amount": "12.50+3"})
    assert amounts_of(march) == {food.pk: D("15.50")}
    assert "neither an amount nor spending" in text_of(owner_client.get(url("line", march.pk, fuel.pk)))
    assert owner_client.get(url("line", march.pk, 0)).status_code == 404


def test_a_line_can_be_made_recurring(owner_client, march, food):
    link = owner_client.get(url("line", march.pk, food.pk)).context["recur"]
    text = text_of(owner_client.get(link))
    assert f'value="{food.pk}" selected' in text
    assert 'value="monthly" selected' in text


def test_covering_offers_what_is_budgeted(owner, owner_client, march, food, fuel):
    give(owner, march, fuel, "50")
    make_transaction(owner, "-20", subcategory=food)
    cover = link(text_of(owner_client.get(url("budget_period", march.pk))), f'id="cover-{food.pk}"')
    assert urlsplit(cover).query == f"target={food.pk}&amount=20.00"
    text = text_of(owner_client.get(cover))
    assert "Cover overspending" in text
    assert text.count("Groceries ($20.00 over)") == 1
    owner_client.post(cover, {"source": fuel.pk, "target": food.pk, "amount": "20"})
    assert amounts_of(march) == {food.pk: D(20), fuel.pk: D(30)}


def test_nothing_budgeted_is_nothing_to_move(owner_client, march, food):
    text = text_of(owner_client.get(url("move", march.pk)))
    assert "nothing to move" in text
    assert url("budget_period", march.pk) in text


# Income on the page.


def test_income_is_added_and_changed_in_place(owner, owner_client, march):
    text = text_of(owner_client.post(url("income_add", march.pk), {"name": "Pay", "amount": "900+100"}, headers=HTMX))
    assert text.count('id="budget-income"') == 1
    assert "To allocate: $1,000.00." in text
    income = IncomeSource.objects.for_user(owner).get()
    edit = url("income_edit", income.pk)
    text = text_of(owner_client.post(edit, {"name": "Pay", "amount": "1200"}, headers=HTMX))
    assert f'id="income-amount-{income.pk}" name="amount" value="1,200.00"' in text
    assert 'id="income-total" hx-swap-oob="true">$1,200.00' in text
    assert '<section class="card" id="budget-income"' not in text
    back = owner_client.post(edit, {"name": "Pay", "amount": "5"})["Location"]
    assert back == f"{url('budget_period', march.pk)}#budget-income"
    income.refresh_from_db()
    assert income.amount == 5


def test_names_of_income_are_escaped_and_wanted(owner, owner_client, march):
    name = "<script>alert(1)</script>"
    text = text_of(owner_client.post(url("income_add", march.pk), {"name": name, "amount": "1"}, headers=HTMX))
    assert name not in text
    assert "&lt;script&gt;" in text
    for wrong in ("", " ", "x" * 101):
        text_of(owner_client.post(url("income_add", march.pk), {"name": wrong, "amount": "1"}), 422)
    assert IncomeSource.objects.count() == 1


def test_a_category_of_income_has_no_line(owner, owner_client, march):
    salary = make_subcategory(owner, "Salary", "Income", "income")
    assert make_category(owner, "Income", "income").kind == "income"
    assert owner_client.get(url("line", march.pk, salary.pk)).status_code == 404


@pytest.mark.parametrize(
    ("name", "limit"), [("fill", 4), ("line", 6), ("move", 3), ("brought_forward", 4), ("budget_period", 4)]
)
def test_the_smaller_pages_take_so_many_statements(owner, owner_client, february, march, food, name, limit):
    """With a balance that is carried over, one earlier period, a warm session and a cached person."""
    Budget.objects.for_user(owner).update(carry_over="both")
    address = url(name, march.pk, food.pk) if name == "line" else url(name, march.pk)
    owner_client.get(address)
    with CaptureQueriesContext(connection) as captured:
        owner_client.get(address)
    assert len(captured) == WHO_ASKS + limit
