"""Searching at the page: operators together with the form, chips, mistakes, and whose names count."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_account, make_period, make_subcategory, make_transaction
from transactions.models import ImportBatch
from transactions.search.language import READERS

URL = "/transactions/"


def descriptions(response):
    return [entry.description for day in response.context["listing"].days for entry in day.entries]


def chips(response):
    return {chip.label: chip.address for chip in response.context["form"].chips}


@pytest.fixture
def household(owner):
    visa, current = make_account(owner, "Visa"), make_account(owner)
    food, fuel = make_subcategory(owner), make_subcategory(owner, "Fuel", "Car")
    batch = ImportBatch.objects.create(
        user=owner, account=current, file_name="march.csv", kind="csv", state="committed"
    )
    make_transaction(owner, "-60", "2026-02-01", "Big shop", account=visa, subcategory=food, comment="for the party")
    make_transaction(owner, "-12.50", "2026-02-02", "Small shop", account=current, subcategory=food)
    make_transaction(owner, "12.50", "2026-02-03", "Refund of the shop", account=visa, subcategory=food)
    make_transaction(owner, "-70", "2026-03-01", "Garage", account=visa, subcategory=fuel, import_batch=batch)
    make_transaction(owner, "-5", "2026-03-02", "Unknown", account=current, import_batch=batch)
    return {"visa": visa, "batch": batch, "period": make_period(owner)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "shop -refund"}, ["Small shop", "Big shop"]),
        ({"q": "shop party"}, ["Big shop"]),
        ({"q": '"the shop"'}, ["Refund of the shop"]),
        ({"q": "amount:12.50"}, ["Refund of the shop", "Small shop"]),
        ({"q": "amount>50 amount<=60"}, ["Big shop"]),
        ({"q": "amount:12.50 in:expense"}, ["Small shop"]),
        ({"q": "category:foo account:visa"}, ["Refund of the shop", "Big shop"]),
        ({"q": "after:2026-02-02 before:2026-03-01"}, ["Refund of the shop", "Small shop"]),
        ({"q": "on:2026-03-01"}, ["Garage"]),
        ({"q": "is:uncategorised"}, ["Unknown"]),
        ({"q": "shop", "direction": "income"}, ["Refund of the shop"]),
        ({"q": "amount>10", "date_from": "2026-02-03", "date_to": "2026-02-03"}, ["Refund of the shop"]),
        ({"imported": "on"}, ["Unknown", "Garage"]),
        ({"imported": "on", "uncategorised": "on"}, ["Unknown"]),
    ],
)
def test_operators_and_the_form_narrow_together(owner_client, household, query, expected):
    assert descriptions(owner_client.get(URL, query)) == expected


def test_a_period_is_its_days(owner_client, household):
    response = owner_client.get(URL, {"period": household["period"].pk, "q": "in:expense"})
    assert descriptions(response) == ["Unknown", "Garage"]
    assert list(chips(response)) == ["Expenses", "March 2026"]


def test_an_import_shows_what_it_added(owner, owner_client, household):
    make_transaction(owner, "-1", "2026-03-01", "By hand")
    response = owner_client.get(reverse("transactions:import_result", args=[household["batch"].pk]))
    listed = owner_client.get(URL, {"batch": household["batch"].pk})
    assert f'href="{URL}?batch={household["batch"].pk}"' in response.text
    assert descriptions(listed) == ["Unknown", "Garage"]
    assert list(chips(listed)) == ["march.csv"]
    assert f'name="batch" value="{household["batch"].pk}"' in listed.text


def test_totals_follow_the_search(owner_client, household):
    figures = owner_client.get(URL, {"q": "category:food"}).context["listing"].figures
    assert (figures.entries, figures.money_in, figures.money_out) == (3, Decimal("12.50"), Decimal("-72.50"))


def test_each_operator_has_a_chip_that_removes_it(owner_client, household):
    query = {
        "q": 'amount>5 category:food -refund "big shop" after:2026-01-01 in:expense',
        "account": household["visa"].pk,
    }
    response = owner_client.get(URL, query)
    assert list(chips(response)) == [
        "More than $5.00",
        "Category: Food",
        "Without “refund”",
        "“big shop”",
        "From 1 Jan 2026",
        "Expenses",
        "Visa",
    ]
    assert descriptions(response) == ["Big shop"]
    rest = owner_client.get(URL + chips(response)["“big shop”"])
    assert rest.context["form"].chosen["q"] == "amount>5 category:food -refund after:2026-01-01 in:expense"
    assert rest.context["form"].chosen["account"] == [household["visa"].pk]
    address = URL + chips(response)["Visa"]
    for _ in range(6):
        response = owner_client.get(address)
        address = URL + next(iter(chips(response).values()))
    assert owner_client.get(address).context["form"].chips == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("foo:bar", "“foo:bar”: there is no “foo:”. Put words that hold a colon in quotation marks."),
        (
            "shop amount>x",
            "“amount>x”: that is not an amount. Write it like amount>50, amount:12.50 or amount:10..50.",
        ),
        ("on:2026-02-30", "like on:2026-02-03."),
        ("account:amex", "You have no account called “amex”, so nothing is found."),
        ("category:zoo", "You have no category called “zoo”, so nothing is found."),
    ],
)
def test_a_mistake_is_told_and_finds_nothing(owner_client, stranger, household, text, sentence):
    make_account(stranger, "Amex")
    make_subcategory(stranger, "Zebra", "Zoo")
    response = owner_client.get(URL, {"q": text})
    assert response.status_code == 200
    assert sentence in unescape(response.text)
    assert descriptions(response) == []
    assert response.context["listing"].figures.entries == 0
    assert any(text.split()[-1] == label.lower().replace(": ", ":") for label in chips(response))


def test_text_of_a_search_is_escaped(owner_client, household):
    response = owner_client.get(URL, {"q": '<script>alert(1)</script> "><b>:x'})
    assert "<script>alert" not in response.text
    assert "<b>" not in response.text


def test_a_strangers_period_and_import_are_no_filters(stranger, stranger_client, household):
    make_transaction(stranger, "-60", "2026-03-01", "Theirs", account=make_account(stranger, "Visa"))
    for name in ("period", "batch"):
        response = stranger_client.get(URL, {name: household[name].pk})
        assert response.context["form"].errors == {name: ["That is not one of yours."]}
        assert not response.context["form"].is_understood
        assert descriptions(response) == []
        assert "march.csv" not in response.text


@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "9" * 5000, "1 or 1=1", "²"])
def test_a_batch_that_is_no_number_is_refused(owner_client, household, value):
    assert "batch" in owner_client.get(URL, {"batch": value}).context["form"].errors


def test_a_search_takes_no_more_statements(owner_client, household, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        owner_client.get(URL, {"q": "amount>5 category:food account:visa shop", "period": household["period"].pk})
    with CaptureQueriesContext(connection) as captured:
        owner_client.get(URL, {"batch": household["batch"].pk})
    assert len(captured) <= 7  # one more: the name of the file


def test_the_help_lists_every_operator(owner_client):
    text = unescape(owner_client.get(URL).text)
    for name in (*READERS, "in:expense", "is:transfer"):
        assert f"<code>{name}" in text or f" {name}" in text


@pytest.fixture
def cafe(owner):
    """One description in each form of Unicode, a category and an account with accents, and an amount in a text."""
    lunch = make_subcategory(owner, "Déjeuner", "Größe")
    make_transaction(owner, "-4.50", "2026-03-01", "Caf\u00e9 Noir")
    make_transaction(owner, "-4.60", "2026-03-02", "CAFE\u0301  corner", comment="with Ana")
    make_transaction(owner, "-9.99", "2026-03-03", "Bread", subcategory=lunch)
    make_transaction(owner, "-12.50", "2026-03-04", "Fuel", account=make_account(owner, "Épargne"))
    make_transaction(owner, "3", "2026-03-05", "Refund of 12.50 and 4.6")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("cafe", ["CAFE\u0301  corner", "Caf\u00e9 Noir"]),
        ("CAFE\u0301", ["CAFE\u0301  corner", "Caf\u00e9 Noir"]),
        ('"cafe corner"', ["CAFE\u0301  corner"]),
        ('"corner with"', []),  # the comment is another text
        ("dejeuner", ["Bread"]),
        ("grosse", ["Bread"]),
        ("category:grosse", ["Bread"]),
        ("epargne", ["Fuel"]),
        ("12.50", ["Refund of 12.50 and 4.6", "Fuel"]),
        ("4.60", ["CAFE\u0301  corner"]),
        ("4.6", ["Refund of 12.50 and 4.6", "CAFE\u0301  corner"]),
        ("bread OR fuel", ["Fuel", "Bread"]),
        ("bread OR fuel -fuel", ["Bread"]),
        ("-cafe -category:grosse", ["Refund of 12.50 and 4.6", "Fuel"]),
        ("-amount:4..10", ["Refund of 12.50 and 4.6", "Fuel"]),
        ("amount:4..10 account:none", ["Bread", "CAFE\u0301  corner", "Caf\u00e9 Noir"]),
        ("category:none amount:3", ["Refund of 12.50 and 4.6"]),
        ("category:none,grosse amount:3..10 -cafe", ["Refund of 12.50 and 4.6", "Bread"]),
        ("on:2026-03-02..2026-03-03", ["Bread", "CAFE\u0301  corner"]),
        ("-category:nothing", []),
        ("category:nothing OR bread", ["Bread"]),
    ],
)
def test_words_and_numbers_find_what_people_mean(owner_client, stranger, cafe, text, wanted):
    make_transaction(stranger, "-12.50", "2026-03-04", "Caf\u00e9 Noir")
    assert descriptions(owner_client.get(URL, {"q": text})) == wanted


def test_what_is_not_there_is_said_with_the_name(owner_client, cafe):
    for text, sentence in (
        ("-category:fod", "You have no category called “fod”, so nothing is found."),
        ("category:fod,grosse", "You have no category called “fod”, so nothing is found by it."),
    ):
        assert sentence in owner_client.get(URL, {"q": text}).text


def test_several_accounts_and_categories(owner, owner_client, stranger, household):
    food, fuel = household_categories(owner)
    query = f"category={food}&category={fuel}&account={household['visa'].pk}"
    page = owner_client.get(f"{URL}?{query}")
    assert descriptions(page) == ["Garage", "Refund of the shop", "Big shop"]
    assert list(chips(page)) == ["Visa", "Food", "Car"]
    assert len(re.findall(r'type="checkbox"[^>]* checked>', page.text)) == 3
    assert descriptions(owner_client.get(URL + chips(page)["Food"])) == ["Garage"]
    theirs = make_account(stranger, "Visa").pk
    page = owner_client.get(f"{URL}?account={household['visa'].pk}&account={theirs}")
    assert descriptions(page) == []
    assert "That is not one of yours." in page.text


def household_categories(owner):
    return [make_subcategory(owner).category_id, make_subcategory(owner, "Fuel", "Car").category_id]


def test_what_is_written_alike_is_suggested(owner_client, stranger, household):
    make_transaction(stranger, description="Grage")
    page = owner_client.get(URL, {"q": "grage in:expense"})
    assert "Did you mean" in page.text
    assert f'<a href="{URL}?q=garage+in%3Aexpense">garage</a>' in page.text
    assert "Did you mean" not in owner_client.get(URL, {"q": "qwertyuiop"}).text
    assert "Did you mean" not in owner_client.get(URL, {"q": "garage"}).text
    with CaptureQueriesContext(connection) as made:
        assert descriptions(owner_client.get(URL, {"q": "%_%_%"})) == []
    assert not [query for query in made.captured_queries if "similarity" in query["sql"]], "signs are no word"
