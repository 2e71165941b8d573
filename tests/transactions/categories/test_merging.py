"""Making one category or subcategory of two: everything goes along, nothing of anybody else's is touched."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string

from budgets.models import BudgetAllocation, RecurringBudgetAllocation
from tests.factories import make_category, make_period, make_subcategory, make_transaction, make_user
from transactions.categories import overview
from transactions.categories.services import RefusedMerge, merge_category
from transactions.models import Category, SpendingSummary, Subcategory, Transaction
from transactions.summaries.totals import CategoryUse, SubcategoryUse
from wealthwise.core.errors import NotFound

HOME = "/transactions/categories/"

pytestmark = pytest.mark.django_db


def planned(user: Any, subcategory: Subcategory, amount: str, *, recurring: bool = False) -> None:
    budget = getattr(user, "test_budget", None) or make_period(user).budget
    user.test_budget = budget
    BudgetAllocation.objects.create(
        user=user, budget=budget, subcategory=subcategory, allocated_amount=Decimal(amount)
    )
    if recurring:
        RecurringBudgetAllocation.objects.create(user=user, subcategory=subcategory, allocated_amount=Decimal(amount))


def tree(user: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {category.name: [] for category in Category.objects.for_user(user)}
    for row in Subcategory.objects.for_user(user).with_category():
        found[row.category.name].append(row.name)
    return found


def filed(user: Any) -> list[str]:
    rows = Transaction.objects.for_user(user).select_related("subcategory").order_by("id")
    return [row.subcategory.name if row.subcategory else "" for row in rows]


# A subcategory into another


def test_the_page_says_what_goes_along(owner: Any, owner_client: Any) -> None:
    food, _ = make_subcategory(owner), make_subcategory(owner, "Fuel", "Car")
    make_transaction(owner, subcategory=food)
    make_transaction(owner, subcategory=food)
    planned(owner, food, "50", recurring=True)
    text = owner_client.get(f"{HOME}sub/{food.pk}/merge/").text
    assert "It takes along: 2 transactions, 1 allocation and 1 recurring allocation." in text


def test_merging_moves_everything(owner: Any, owner_client: Any) -> None:
    food, fuel = make_subcategory(owner), make_subcategory(owner, "Fuel", "Car")
    make_transaction(owner, "-10", subcategory=food)
    make_transaction(owner, "-5", subcategory=fuel)
    planned(owner, food, "50")
    planned(owner, fuel, "20")
    response = owner_client.post(f"{HOME}sub/{food.pk}/merge/", {"target": fuel.pk})
    assert response.url == f"{HOME}?open={fuel.category_id}#category-{fuel.category_id}"
    assert filed(owner) == ["Fuel", "Fuel"]
    assert tree(owner) == {"Car": ["Fuel"], "Food": []}
    assert BudgetAllocation.objects.for_user(owner).get().allocated_amount == 70
    summary = SpendingSummary.objects.for_user(owner).get()
    assert (summary.subcategory_id, summary.spent) == (fuel.pk, Decimal(15))


@pytest.mark.parametrize("typed", ["", "itself", "theirs", "12345678"])
def test_a_place_that_does_not_do_changes_nothing(owner: Any, owner_client: Any, stranger: Any, typed: str) -> None:
    food, theirs = make_subcategory(owner), make_subcategory(stranger)
    make_subcategory(owner, "Fuel", "Car")
    make_transaction(owner, subcategory=food)
    target = {"itself": food.pk, "theirs": theirs.pk}.get(typed, typed)
    response = owner_client.post(f"{HOME}sub/{food.pk}/merge/", {"target": target})
    assert response.status_code == 422
    assert (filed(owner), tree(owner)) == (["Groceries"], {"Car": ["Fuel"], "Food": ["Groceries"]})
    assert tree(stranger) == {"Food": ["Groceries"]}


def test_the_only_one_has_nothing_to_merge_with(owner: Any, owner_client: Any) -> None:
    assert "Nothing to merge with" in owner_client.get(f"{HOME}sub/{make_subcategory(owner).pk}/merge/").text
    assert "Nothing to merge with" in owner_client.get(f"{HOME}{make_category(owner).pk}/merge/").text


# A category into another


def test_subcategories_move_and_equal_names_become_one(owner: Any, owner_client: Any) -> None:
    rent, power = make_subcategory(owner, "Rent", "Home"), make_subcategory(owner, "Power", "Home")
    same = make_subcategory(owner, "Rent", "Housing")
    for subcategory in (rent, power, same):
        make_transaction(owner, "-10", subcategory=subcategory)
    planned(owner, rent, "50", recurring=True)
    planned(owner, same, "20", recurring=True)
    text = owner_client.get(f"{HOME}{rent.category_id}/merge/").text
    assert "The 2 subcategories of “Home”" in text
    assert "2 transactions, 1 allocation and 1 recurring allocation" in text
    response = owner_client.post(f"{HOME}{rent.category_id}/merge/", {"target": same.category_id})
    assert response.url == overview.address_of(same.category_id)
    assert tree(owner) == {"Housing": ["Power", "Rent"]}
    assert filed(owner) == ["Rent", "Power", "Rent"]
    assert {row.subcategory_id for row in Transaction.objects.for_user(owner)} == {power.pk, same.pk}
    assert BudgetAllocation.objects.for_user(owner).get().allocated_amount == 70
    assert RecurringBudgetAllocation.objects.for_user(owner).get().allocated_amount == 70


def test_another_kind_is_refused(owner: Any, owner_client: Any) -> None:
    food, pay = make_subcategory(owner), make_subcategory(owner, "Pay", "Work", "income")
    response = owner_client.post(f"{HOME}{food.category_id}/merge/", {"target": pay.category_id})
    assert response.status_code == 422
    with pytest.raises(RefusedMerge):
        merge_category(user=owner, category_id=food.category_id, target_id=pay.category_id)
    with pytest.raises(NotFound):
        merge_category(user=owner, category_id=food.category_id, target_id=food.category_id)
    assert tree(owner) == {"Food": ["Groceries"], "Work": ["Pay"]}


def test_nobody_merges_what_is_anothers(
    owner: Any, owner_client: Any, stranger: Any, stranger_client: Any, staff_client: Any, client: Any
) -> None:
    food, fuel = make_subcategory(owner), make_subcategory(owner, "Fuel", "Car")
    theirs, other = make_subcategory(stranger), make_subcategory(stranger, "Fuel", "Car")
    before = (tree(owner), tree(stranger))
    addresses = {
        f"{HOME}sub/{food.pk}/merge/": (fuel.pk, other.pk),
        f"{HOME}{food.category_id}/merge/": (fuel.category_id, other.category_id),
    }
    for address, targets in addresses.items():
        for target in targets:
            for somebody in (stranger_client, staff_client):
                assert somebody.post(address, {"target": target}).status_code == 404
            assert client.post(address, {"target": target}).url == f"/auth/login/?next={address}"
        assert owner_client.post(address, {"target": targets[1]}).status_code == 422
    with pytest.raises(NotFound):
        merge_category(user=owner, category_id=food.category_id, target_id=theirs.category_id)
    assert (tree(owner), tree(stranger)) == before


@pytest.mark.django_db(transaction=True)
def test_of_two_merges_that_cross_one_finds_its_category_gone() -> None:
    user = make_user("racer")
    food, fuel = make_subcategory(user), make_subcategory(user, "Fuel", "Car")
    make_transaction(user, subcategory=food)
    make_transaction(user, subcategory=fuel)
    pairs = [(food.category_id, fuel.category_id), (fuel.category_id, food.category_id)]
    start = threading.Barrier(2)

    def merge(pair: tuple[int, int]) -> str:
        start.wait(10)
        try:
            merge_category(user=user, category_id=pair[0], target_id=pair[1])
        except NotFound as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "merged"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(merge, pairs))
    assert answers == ["That category is no longer there.", "merged"]
    assert list(tree(user).values()) == [["Fuel", "Groceries"]]
    assert filed(user) == ["Groceries", "Fuel"]


# The page of many


def branches(count: int, inside: int) -> list[CategoryUse]:
    return [
        CategoryUse(
            n, f"Category {n}", "expense", [SubcategoryUse(100 * n + m, f"Sub {n}.{m}", 3) for m in range(inside)]
        )
        for n in range(1, count + 1)
    ]


def shown(tree: list[CategoryUse], wanted: str = "", opened: str = "") -> list[tuple[str, bool]]:
    """Each category on the page, and whether it is unfolded."""
    context = overview.context(tree, wanted=wanted, opened=opened)
    page = render_to_string("transactions/categories/tree.html", context)
    found = re.findall(r'<details class="card branch" id="category-\d+"( open)?>\s*<summary>\s*<h3>([^<]*)', page)
    return [(name, bool(is_open)) for is_open, name in found]


def test_few_are_unfolded_and_many_are_not() -> None:
    assert [is_open for _, is_open in shown(branches(10, 5))] == [True] * 10
    many = branches(40, 5)
    assert [is_open for _, is_open in shown(many)] == [False] * 40
    assert [is_open for _, is_open in shown(many, opened="all")] == [True] * 40
    assert [name for name, is_open in shown(many, opened="7") if is_open] == ["Category 7"]


def test_a_search_unfolds_what_it_finds() -> None:
    many = branches(40, 5)
    assert shown(many, wanted=" sub 7.3 ") == [("Category 7", True)]
    page = render_to_string("transactions/categories/tree.html", overview.context(many, wanted="sub 7.3", opened=""))
    assert re.search(r"1 subcategory ·\s+3 transactions", page)
    assert page.count('class="row"') == 1
    # A category whose own name fits keeps all it holds.
    page = render_to_string("transactions/categories/tree.html", overview.context(many, wanted="ry 12", opened=""))
    assert page.count('class="row"') == 5
    assert not overview.context(many, wanted="nowhere", opened="")["is_found"]


def test_htmx_gets_the_tree_alone(owner: Any, owner_client: Any) -> None:
    make_subcategory(owner)
    make_subcategory(owner, "Fuel", "Car")
    answer = owner_client.get(f"{HOME}?q=fuel", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "Fuel" in answer.text
    assert "Groceries" not in answer.text
    assert "HX-Request" in answer["Vary"]
    assert "Nothing has that name" in owner_client.get(f"{HOME}?q=zzz").text
