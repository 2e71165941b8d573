"""The list: order, days, pages, filter, totals, and what it costs."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    WHO_ASKS,
    at,
    booked_at,
    make_account,
    make_category,
    make_subcategory,
    make_transaction,
    make_user,
)
from transactions.models import Transaction

URL = "/transactions/"


def heads_of(response):
    """What stands above the rows of each day: the day in words, and its total."""
    return re.findall(r'<h2>([^<]+)</h2>\s*<span class="amount \w+" id="day-[0-9-]+">([^<]+)</span>', response.text)


def days_of(response):
    rows = [[entry.description for entry in day.entries] for day in response.context["listing"].days]
    return [(*head, inside) for head, inside in zip(heads_of(response), rows, strict=True)]


def descriptions(response):
    return [entry.description for day in response.context["listing"].days for entry in day.entries]


def fill(user, count, day="2026-03-15"):
    timestamp = at(user, day)
    Transaction.objects.bulk_create(
        Transaction(user=user, amount=Decimal("-1.00"), **booked_at(user, timestamp), description=f"Row {number}")
        for number in range(count)
    )


def test_newest_first_in_days_with_the_total_of_each(owner, owner_client):
    make_transaction(owner, "-12.50", "2026-03-14", "Old")
    make_transaction(owner, "-7.50", "2026-03-15", "Noon")
    make_transaction(owner, "100.00", "2026-03-15", "Evening", transaction_date=at(owner, "2026-03-15", 20))
    assert days_of(owner_client.get(URL)) == [
        ("Sun 15 Mar 2026", "+$92.50", ["Evening", "Noon"]),
        ("Sat 14 Mar 2026", "−$12.50", ["Old"]),
    ]


def test_days_are_days_in_the_persons_zone(db, client):
    person = make_user("far", time_zone="Pacific/Auckland")
    client.force_login(person)
    make_transaction(person, description="Early", transaction_date=datetime(2026, 3, 14, 20, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 3, 15, 22, tzinfo=UTC)):  # already the 16th there
        assert days_of(client.get(URL)) == [("Yesterday", "−$12.50", ["Early"])]


def test_transfers_are_marked_and_in_no_total(owner, owner_client):
    first, second = make_account(owner), make_account(owner, "Savings")
    key = "8b5f1d9e-3f0c-4b8e-9a61-111111111111"
    make_transaction(owner, "-200", account=first, transfer_id=key, description="Put aside")
    make_transaction(owner, "200", account=second, transfer_id=key, description="Put aside")
    make_transaction(owner, "-5", description="Coffee")
    response = owner_client.get(URL)
    assert [total for _, total in heads_of(response)] == ["−$5.00"]
    figures = response.context["listing"].figures
    assert (figures.entries, figures.transfers, figures.money_in, figures.money_out) == (3, 2, 0, -5)
    assert "Transfers are not counted as in or out: 2 here." in response.text
    assert response.text.count('class="row-end amount transfer"') == 2
    assert len(re.findall(r'<span class="ledger-category"><svg.*?</svg>Transfer</span>', response.text, re.S)) == 2


def test_pages_hold_fifty_rows_and_lose_none(owner, owner_client):
    """Was wrong: no pagination. Rows of one timestamp are told apart by their id."""
    fill(owner, 120)
    seen, address, sizes = [], URL, []
    while address:
        response = owner_client.get(address)
        rows = descriptions(response)
        seen += rows
        sizes.append(len(rows))
        older = response.context["listing"].older
        address = f"{URL}{older}" if older else ""
        assert ('rel="next"' in response.content.decode()) is bool(address)
    assert sizes == [50, 50, 20]
    assert seen == [f"Row {number}" for number in reversed(range(120))]


def test_a_day_over_two_pages_has_its_whole_total_on_both(owner, owner_client):
    fill(owner, 60)
    first = owner_client.get(URL)
    second_url = f"{URL}{first.context['listing'].older}"
    assert heads_of(first) == [("Sun 15 Mar 2026", "−$60.00")]
    second = owner_client.get(second_url)
    assert heads_of(second) == [("Sun 15 Mar 2026, continued", "−$60.00")]
    more = owner_client.get(second_url, headers={"HX-Request": "true"})
    assert heads_of(more) == []
    assert "is-continued" in more.text


def test_htmx_gets_only_the_next_rows(owner, owner_client):
    fill(owner, 60)
    older = owner_client.get(URL).context["listing"].older
    response = owner_client.get(f"{URL}{older}", headers={"HX-Request": "true"})
    text = response.content.decode()
    assert "<html" not in text
    assert text.count('<li class="row"') == 10
    assert "HX-Request" in response["Vary"]


def test_a_damaged_cursor_shows_the_first_page(owner, owner_client):
    fill(owner, 3)
    assert len(descriptions(owner_client.get(URL, {"after": "forged"}))) == 3


@pytest.fixture
def household(owner):
    """One row for each thing that can be filtered for."""
    current, card = make_account(owner), make_account(owner, "Card")
    food, fuel = make_subcategory(owner), make_subcategory(owner, "Fuel", "Car")
    salary = make_subcategory(owner, "Salary", "Work", "income")
    key = "8b5f1d9e-3f0c-4b8e-9a61-222222222222"
    make_transaction(owner, "-30", "2026-03-01", "Bread & butter", account=current, subcategory=food)
    make_transaction(owner, "-70", "2026-03-10", "Petrol", account=card, subcategory=fuel, comment="Long TRIP home")
    make_transaction(owner, "5", "2026-03-11", "Bottle refund", account=current, subcategory=food)
    make_transaction(owner, "3000", "2026-03-25", "Pay", account=current, subcategory=salary)
    make_transaction(owner, "-9.99", "2026-03-31", "CAFÉ 100%_x", account=card)
    make_transaction(owner, "-100", "2026-03-20", "To card", account=current, transfer_id=key)
    make_transaction(owner, "100", "2026-03-20", "To card", account=card, transfer_id=key)
    return {"current": current, "card": card, "food": food, "fuel": fuel}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "BREAD"}, ["Bread & butter"]),
        ({"q": "trip"}, ["Petrol"]),
        ({"q": "café"}, ["CAFÉ 100%_x"]),
        ({"q": "0%_"}, ["CAFÉ 100%_x"]),
        ({"q": "%"}, ["CAFÉ 100%_x"]),
        ({"direction": "income"}, ["Pay", "Bottle refund"]),
        ({"direction": "expense"}, ["CAFÉ 100%_x", "Petrol", "Bread & butter"]),
        ({"direction": "transfer"}, ["To card", "To card"]),
        ({"amount_from": "70"}, ["Pay", "To card", "To card", "Petrol"]),
        ({"amount_to": "9.99"}, ["CAFÉ 100%_x", "Bottle refund"]),
        ({"amount_to": "0"}, []),
        ({"amount_from": "30", "amount_to": "50+20"}, ["Petrol", "Bread & butter"]),
        ({"date_from": "2026-03-25"}, ["CAFÉ 100%_x", "Pay"]),
        ({"date_to": "2026-03-10"}, ["Petrol", "Bread & butter"]),
        ({"date_from": "2026-03-10", "date_to": "2026-03-11"}, ["Bottle refund", "Petrol"]),
        ({"uncategorised": "on"}, ["CAFÉ 100%_x"]),
        ({"q": "nowhere"}, []),
    ],
)
def test_filters(owner_client, household, query, expected):
    assert descriptions(owner_client.get(URL, query)) == expected


def test_filters_by_account_category_and_subcategory(owner, owner_client, household):
    assert descriptions(owner_client.get(URL, {"account": household["card"].pk})) == [
        "CAFÉ 100%_x",
        "To card",
        "Petrol",
    ]
    assert descriptions(owner_client.get(URL, {"subcategory": household["fuel"].pk})) == ["Petrol"]
    category = household["food"].category_id
    assert descriptions(owner_client.get(URL, {"category": category})) == ["Bottle refund", "Bread & butter"]
    both = {"category": category, "direction": "expense"}
    assert descriptions(owner_client.get(URL, both)) == ["Bread & butter"]
    empty = make_category(owner, "Nothing yet")
    assert descriptions(owner_client.get(URL, {"category": empty.pk})) == []


def test_the_last_day_of_a_range_is_whole(owner, owner_client):
    """Was wrong: rows of a period's last day were lost."""
    late = datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)
    make_transaction(owner, description="Last second", transaction_date=late)
    make_transaction(owner, description="Next month", transaction_date=at(owner, "2026-04-01", 0))
    query = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
    assert descriptions(owner_client.get(URL, query)) == ["Last second"]


def test_totals_are_of_the_filter_and_not_of_the_page(owner, owner_client):
    fill(owner, 60)
    make_transaction(owner, "500", "2026-03-16", "Pay")
    response = owner_client.get(URL, {"q": "Row"})
    found = re.search(r'<dl class="ledger-totals.*?</dl>', response.text, re.S)
    assert re.findall(r"<dd[^>]*>([^<]*)", found[0]) == ["60", "$0.00", "$60.00", "−$60.00"]


def test_each_chip_removes_its_part_of_the_filter(owner_client, household):
    query = {"q": "bread", "account": household["current"].pk, "date_to": "2026-03-10", "after": "x", "category": ""}
    response = owner_client.get(URL, query)
    chips = {chip.label: chip.address for chip in response.context["form"].chips}
    assert list(chips) == ["“bread”", "Current", "To 10 Mar 2026"]
    assert descriptions(owner_client.get(URL + chips["“bread”"])) == ["Bread & butter"]
    assert "account" not in chips["Current"]
    assert "after" not in chips["Current"]
    assert "q=bread" in chips["Current"]


def test_the_next_page_keeps_the_filter(owner, owner_client):
    fill(owner, 60)
    make_transaction(owner, description="Other", day="2026-03-01")
    older = owner_client.get(URL, {"q": "Row", "direction": "expense"}).context["listing"].older
    rows = descriptions(owner_client.get(URL + older))
    assert len(rows) == 10
    assert "Other" not in rows


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"amount_from": "ten"}, "amount_from"),
        ({"amount_from": "-5"}, "amount_from"),
        ({"date_from": "2026-02-30"}, "date_from"),
        ({"date_to": "9999-12-31"}, "date_to"),
        ({"q": "\x00"}, "q"),
    ],
)
def test_a_wrong_filter_is_told_and_ignored(owner_client, household, query, field):
    response = owner_client.get(URL, {**query, "direction": "income"})
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert descriptions(response) == ["Pay", "Bottle refund"]


@pytest.mark.parametrize("name", ["account", "category", "subcategory", "period", "batch"])
@pytest.mark.parametrize("value", ["999999", "1 or 1=1"])
def test_a_filter_that_points_at_nothing_shows_nothing_and_says_so(owner_client, household, name, value):
    response = owner_client.get(URL, {name: value})
    assert name in response.context["form"].errors
    assert descriptions(response) == []
    assert response.context["listing"].figures.entries == 0
    assert "This filter asks for something that is gone." in response.text


def test_a_row_leads_to_its_page_and_back(owner, owner_client):
    row = make_transaction(owner)
    text = unescape(owner_client.get(URL, {"q": "shop"}).content.decode())
    link = re.search(r'class="row-main" href="([^"]+)"', text)[1]
    assert link == f"/transactions/{row.pk}/?next=/transactions/%3Fq%3Dshop"
    assert owner_client.get(link).context["back"] == "/transactions/?q=shop"


def test_text_of_people_is_escaped(owner, owner_client):
    make_transaction(owner, description="<script>alert(1)</script>", comment="<b>")
    text = owner_client.get(URL, {"q": "<script>"}).content.decode()
    assert "<script>alert" not in text
    assert "<b>" not in text
    assert "&lt;b&gt;" in text


def test_the_comment_is_shown(owner, owner_client):
    make_transaction(owner, comment="for the party")
    assert "for the party" in owner_client.get(URL).content.decode()


def test_empty_lists_lead_to_one_action(owner, owner_client):
    assert "No transactions yet" in owner_client.get(URL).content.decode()
    assert "Nothing matches" in owner_client.get(URL, {"q": "x"}).content.decode()


def test_nobody_sees_anothers_rows(owner, owner_client, stranger, stranger_client, client):
    account = make_account(owner)
    subcategory = make_subcategory(owner)
    make_transaction(owner, description="Private", account=account, subcategory=subcategory)
    make_transaction(stranger, description="Theirs")
    assert descriptions(owner_client.get(URL)) == ["Private"]
    for query in ({}, {"account": account.pk}, {"subcategory": subcategory.pk}, {"q": "Private"}):
        assert "Private" not in descriptions(stranger_client.get(URL, query))
    response = client.get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_the_page_takes_five_statements_whatever_it_holds(owner, owner_client, django_assert_max_num_queries):
    account, subcategory = make_account(owner), make_subcategory(owner)
    counts = []
    for _ in range(2):
        for number in range(60):
            make_transaction(owner, day=f"2026-03-{number % 28 + 1:02}", account=account, subcategory=subcategory)
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            owner_client.get(URL)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 5
    with django_assert_max_num_queries(WHO_ASKS + 2):  # names and user are cached by now
        owner_client.get(URL, {"q": "shop", "account": account.pk, "date_from": "2026-01-01"})
