"""Saved filters go along when what they point at is merged, or deleted with another place for its rows."""

import pytest

from tests.factories import make_account, make_subcategory, make_transaction
from transactions.models import SavedFilter

URL = "/transactions/"
HOME = "/transactions/categories/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def places(owner, stranger):
    """Two categories with a subcategory of one name each, and another one; rows are in Food."""
    food, fuel = make_subcategory(owner, "Shop", "Food"), make_subcategory(owner, "Fuel", "Food")
    car = make_subcategory(owner, "Shop", "Car")
    make_transaction(owner, "-1", subcategory=food, account=make_account(owner), description="Bread")
    make_transaction(owner, "-2", subcategory=fuel, description="Petrol")
    make_transaction(owner, "-3", description="Loose")
    make_transaction(stranger, description="Theirs")
    return {"food": food, "fuel": fuel, "car": car}


def saved(user, **queries):
    for name, query in queries.items():
        SavedFilter.objects.create(user=user, name=name, query=query)


def queries(user):
    return dict(SavedFilter.objects.for_user(user).values_list("name", "query"))


def rows(client, query):
    page = client.get(f"{URL}?{query}")
    return [entry.description for day in page.context["listing"].days for entry in day.entries]


def test_a_subcategory_that_is_merged_or_deleted(owner, owner_client, stranger, places):
    food, fuel, car = (places[name] for name in ("food", "fuel", "car"))
    both = f"q=bread&category={food.category_id}&subcategory={food.pk}"
    saved(owner, One=f"subcategory={food.pk}", Both=both, Other=f"subcategory={fuel.pk}", Text=f"q={food.pk}")
    saved(stranger, Same=f"subcategory={food.pk}")
    owner_client.post(f"{HOME}sub/{food.pk}/merge/", {"target": car.pk})
    assert queries(owner) == {
        "One": f"subcategory={car.pk}",
        "Both": f"q=bread&subcategory={car.pk}",
        "Other": f"subcategory={fuel.pk}",
        "Text": f"q={food.pk}",
    }
    assert queries(stranger) == {"Same": f"subcategory={food.pk}"}
    assert rows(owner_client, queries(owner)["Both"]) == ["Bread"]
    owner_client.post(f"{HOME}sub/{fuel.pk}/delete/", {"target": car.pk})
    assert queries(owner)["Other"] == f"subcategory={car.pk}"
    assert rows(owner_client, queries(owner)["Other"]) == ["Petrol", "Bread"]


def test_a_category_that_is_merged(owner, owner_client, places):
    food, fuel, car = (places[name] for name in ("food", "fuel", "car"))
    saved(owner, All=f"category={food.category_id}", Named=f"category={food.category_id}&subcategory={food.pk}")
    saved(owner, Kept=f"category={food.category_id}&subcategory={fuel.pk}", Plain=f"subcategory={food.pk}")
    owner_client.post(f"{HOME}{food.category_id}/merge/", {"target": car.category_id})
    assert queries(owner) == {
        "All": f"category={car.category_id}",
        "Named": f"category={car.category_id}&subcategory={car.pk}",
        "Kept": f"category={car.category_id}&subcategory={fuel.pk}",
        "Plain": f"subcategory={car.pk}",
    }
    assert rows(owner_client, queries(owner)["All"]) == ["Petrol", "Bread"]


def test_a_category_that_is_deleted(owner, owner_client, places):
    food, car = places["food"], places["car"]
    saved(owner, All=f"category={food.category_id}&direction=expense")
    owner_client.post(f"{HOME}{food.category_id}/delete/", {"target": car.pk})
    assert sorted(queries(owner)["All"].split("&")) == ["direction=expense", f"subcategory={car.pk}"]
    assert rows(owner_client, queries(owner)["All"]) == ["Petrol", "Bread"]


def test_one_that_points_at_nothing_shows_nothing_and_says_so(owner, owner_client, places):
    empty = make_subcategory(owner, "Empty", "Hobby")
    saved(owner, Gone=f"category={empty.category_id}", Sub=f"subcategory={empty.pk}")
    owner_client.post(f"{HOME}{empty.category_id}/delete/", {})
    for query in queries(owner).values():
        page = owner_client.get(f"{URL}?{query}")
        assert page.context["listing"].days == []
        assert page.context["listing"].figures.entries == 0
        assert "This filter asks for something that is gone." in page.text
        assert "Bread" not in owner_client.get(f"{URL}download/?{query}", follow=True).text


@pytest.mark.parametrize(
    "query", ["subcategory=", "subcategory=x", "subcategory=²", "q=%00", "category=9999999999999"]
)
def test_a_query_that_is_none_is_left_alone(owner, owner_client, places, query):
    saved(owner, Odd=query)
    owner_client.post(f"{HOME}sub/{places['food'].pk}/merge/", {"target": places["car"].pk})
    assert queries(owner) == {"Odd": query}
