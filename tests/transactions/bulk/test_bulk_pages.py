"""Bulk changes at the URL: the selection, the confirmation, the undo, and whose rows they reach."""

import re
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache

from tests.factories import WHO_ASKS, at, booked_at, make_account, make_subcategory, make_transaction
from transactions.models import Transaction
from transactions.models.bulk_actions import BulkAction

BULK, UNDO, LIST = "/transactions/bulk/", "/transactions/bulk/undo/", "/transactions/"


def said(response):
    """What the next page will say, without the button."""
    texts = [str(message) for message in get_messages(response.wsgi_request)]
    return [unescape(re.sub(r" <button.*?</button>", "", text)) for text in texts]


def categories(user):
    rows = Transaction.objects.for_user(user).order_by("pk")
    return [name or "-" for name in rows.values_list("subcategory__name", flat=True)]


def fill(user, count, **fields):
    Transaction.objects.bulk_create(
        Transaction(user=user, amount=-1, **booked_at(user, at(user, "2026-03-15")), description=f"Row {n}", **fields)
        for n in range(count)
    )
    return list(Transaction.objects.for_user(user).order_by("pk"))


def fields_of(response):
    """The hidden fields and the button of the confirmation, as a browser would send them."""
    form = re.search(r'<form class="card.*?</form>', response.content.decode(), re.DOTALL)[0]
    found = dict(re.findall(r'<(?:input type="hidden"|button[^>]*) name="(\w+)" value="([^"]*)"', form))
    return {name: unescape(value) for name, value in found.items() if name != "csrfmiddlewaretoken"}


@pytest.fixture
def food(owner):
    return make_subcategory(owner)


def test_selected_rows_move_at_once_and_back(owner, owner_client, food):
    rows = fill(owner, 4)
    sent = {"row": [rows[0].pk, rows[2].pk], "action": "move", "target": f"s{food.pk}", "next": "/transactions/?q=Row"}
    response = owner_client.post(BULK, sent)
    assert (response.status_code, response["Location"]) == (302, "/transactions/?q=Row")
    assert said(response) == ["2 transactions moved to Groceries."]
    assert categories(owner) == ["Groceries", "-", "Groceries", "-"]
    page = owner_client.get(LIST)
    assert "Last change: 2 transactions moved to Groceries." in page.content.decode()
    number = page.context["listing"].figures.undo_id
    response = owner_client.post(UNDO, {"action": number, "next": "/transactions/?q=Row"})
    assert response["Location"] == "/transactions/?q=Row"
    assert said(response)[-1] == "Undone: 2 transactions are back as before."
    assert categories(owner) == ["-", "-", "-", "-"]
    assert "Last change" not in owner_client.get(LIST).content.decode()
    assert "can no longer be undone" in said(owner_client.post(UNDO, {"action": number}))[-1]


def test_selected_rows_move_to_an_account(owner, owner_client):
    rows, account = fill(owner, 2), make_account(owner, "Savings")
    response = owner_client.post(
        BULK, {"ids": f"{rows[0].pk},{rows[1].pk}", "action": "move", "target": f"a{account.pk}"}
    )
    assert said(response) == ["2 transactions moved to Savings."]
    account.refresh_from_db()
    assert account.current_balance == -2


def test_the_toast_and_the_list_can_undo(owner, owner_client, food):
    rows = fill(owner, 1)
    sent = {"row": rows[0].pk, "action": "move", "target": f"s{food.pk}"}
    text = owner_client.post(BULK, sent, follow=True).content.decode()
    assert '<button class="btn btn-small">Undo</button></form><button class="toast-close"' in text
    assert '<form class="undo-last" id="undo-last" method="post" action="/transactions/bulk/undo/">' in text


def test_names_of_people_are_escaped_in_the_toast(owner, owner_client):
    rows, target = fill(owner, 1), make_subcategory(owner, "<i>Food & co</i>")
    sent = {"row": rows[0].pk, "action": "move", "target": f"s{target.pk}"}
    text = owner_client.post(BULK, sent, follow=True).content.decode()
    assert "<i>" not in text
    assert "moved to &lt;i&gt;Food &amp; co&lt;/i&gt;." in text


def test_a_deletion_asks_first(owner, owner_client):
    rows = fill(owner, 3)
    response = owner_client.post(BULK, {"row": [rows[0].pk, rows[1].pk], "action": "delete"})
    assert response.status_code == 200
    assert "Delete <strong>2 transactions</strong>?" in response.content.decode()
    assert Transaction.objects.for_user(owner).count() == 3
    response = owner_client.post(BULK, fields_of(response))
    assert said(response) == ["2 transactions deleted."]
    assert list(Transaction.objects.for_user(owner)) == [rows[2]]


def test_a_deletion_tells_of_the_other_sides_of_transfers(owner, owner_client):
    key = "8b5f1d9e-3f0c-4b8e-9a61-333333333333"
    legs = [
        make_transaction(owner, amount, account=make_account(owner, name), transfer_id=key)
        for amount, name in (("-5", "Here"), ("5", "There"))
    ]
    response = owner_client.post(BULK, {"row": legs[0].pk, "action": "delete"})
    assert "<strong>1 transaction</strong>, and the other side of a transfer?" in response.content.decode()
    response = owner_client.post(BULK, fields_of(response))
    assert said(response) == ["1 transaction deleted, and the other side of a transfer."]
    assert not Transaction.objects.for_user(owner).exists()


def test_up_to_a_page_moves_at_once_and_more_asks(owner, owner_client, food):
    rows = fill(owner, 51)
    ids = [row.pk for row in rows]
    move = {"action": "move", "target": f"s{food.pk}"}
    response = owner_client.post(BULK, {**move, "row": ids})
    assert response.status_code == 200
    assert "Move <strong>51 transactions</strong> to <strong>Groceries</strong>?" in response.content.decode()
    assert set(categories(owner)) == {"-"}
    assert owner_client.post(BULK, {**move, "row": ids[:50]}).status_code == 302
    assert categories(owner) == ["Groceries"] * 50 + ["-"]
    assert said(owner_client.post(BULK, fields_of(response)))[-1] == (
        "1 transaction moved to Groceries. 50 were there already."
    )


def test_everything_that_matches_is_the_filter_and_no_list_of_ids(owner, owner_client, food):
    fill(owner, 60)
    other = make_transaction(owner, description="Other")
    sent = {
        "all": "1",
        "filter": "?q=row",
        "seen": "60",
        "action": "move",
        "target": f"s{food.pk}",
        "ids": str(other.pk),
    }
    response = owner_client.post(BULK, sent)
    assert fields_of(response) == {
        "next": "/transactions/",
        "confirmed": "1",
        "seen": "60",
        "all": "1",
        "filter": "?q=row",
        "target": f"s{food.pk}",
        "action": "move",
    }
    assert said(owner_client.post(BULK, fields_of(response))) == ["60 transactions moved to Groceries."]
    assert categories(owner) == ["Groceries"] * 60 + ["-"]


@pytest.mark.parametrize("action", ["move", "delete"])
def test_when_the_number_changed_it_says_so_and_asks_again(owner, owner_client, food, action):
    fill(owner, 60)
    sent = {"all": "1", "filter": "?q=row", "seen": "60", "action": action, "target": f"s{food.pk}"}
    asked = fields_of(owner_client.post(BULK, sent))
    make_transaction(owner, description="Row that came between")
    response = owner_client.post(BULK, asked)
    assert response.status_code == 409
    text = response.content.decode()
    assert "61 transactions match now, and not 60 as when you looked. Nothing was changed." in text
    assert set(categories(owner)) == {"-"}
    assert Transaction.objects.for_user(owner).count() == 61
    assert not BulkAction.objects.exists()
    again = fields_of(response)
    assert again["seen"] == "61"
    assert said(owner_client.post(BULK, again))[-1].startswith("61 transactions ")


def test_a_small_selection_by_filter_that_changed_asks_as_well(owner, owner_client, food):
    fill(owner, 3)
    sent = {"all": "1", "filter": "?q=row", "seen": "2", "action": "move", "target": f"s{food.pk}"}
    response = owner_client.post(BULK, sent)
    assert (response.status_code, fields_of(response)["seen"]) == (409, "3")
    assert set(categories(owner)) == {"-"}


def test_what_is_no_longer_there_is_told(owner, owner_client, food):
    rows = fill(owner, 2)
    rows[0].delete()
    sent = {"row": [rows[0].pk or 0, rows[1].pk], "action": "move", "target": f"s{food.pk}"}
    response = owner_client.post(BULK, sent)
    assert response.status_code == 409
    assert "1 transaction matches now, and not 2" in response.content.decode()
    rows[1].delete()
    response = owner_client.post(BULK, fields_of(response))
    assert "There is nothing left to change." in response.content.decode()


def test_without_a_target_it_asks_for_one(owner, owner_client, food):
    rows = fill(owner, 1)
    make_account(owner, "Open")
    make_account(owner, "Shut", is_active=False)
    response = owner_client.post(BULK, {"row": rows[0].pk, "action": "move", "target": ""})
    text = response.content.decode()
    assert f'<optgroup label="Food"><option value="s{food.pk}">Groceries</option></optgroup>' in text
    assert ">Open</option>" in text
    assert "Shut" not in text
    response = owner_client.post(BULK, {**fields_of(response), "target": f"s{food.pk}"})
    assert said(response) == ["1 transaction moved to Groceries."]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({"action": "move"}, "Select at least one transaction first."),
        ({"action": "delete", "ids": ",,"}, "Select at least one transaction first."),
        ({"action": "delete", "ids": "1;DROP"}, "That selection cannot be read."),
        ({"action": "explode", "ids": "1"}, "Select a valid choice. explode is not one of the available choices."),
        ({"action": "delete", "all": "1", "filter": "?q=row"}, "Look at the list again and select anew."),
        # A part of the filter that would be ignored must not widen the selection.
        ({"action": "delete", "all": "1", "filter": "?account=999999", "seen": "3"}, "The filter has changed."),
        ({"action": "delete", "all": "1", "filter": "?q=%00", "seen": "3"}, "The filter has changed."),
        ({"action": "move", "ids": "1", "target": "s999999"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_meant_changes_nothing(owner, owner_client, food, sent, answer):
    fill(owner, 3)
    response = owner_client.post(BULK, {**sent, "confirmed": "1"})
    assert response.status_code == 302
    assert said(response)[0].startswith(answer)
    assert categories(owner) == ["-", "-", "-"]


@pytest.mark.parametrize("action", ["", "x", "-1", "99999999999999999999"])
def test_an_undo_of_nothing_is_told(owner, owner_client, action):
    response = owner_client.post(UNDO, {"action": action})
    assert response.status_code == 302
    assert len(said(response)) == 1


def test_both_need_a_post(owner_client):
    assert owner_client.get(BULK).status_code == 405
    assert owner_client.get(UNDO).status_code == 405


# Three actors.


def test_a_strangers_ids_change_nothing(owner, stranger, owner_client, food):
    mine, theirs = fill(owner, 1), fill(stranger, 2, subcategory=make_subcategory(stranger))
    before = list(Transaction.objects.for_user(stranger).order_by("pk").values())
    ids = [mine[0].pk, *(row.pk for row in theirs)]
    for action in ("move", "delete"):
        response = owner_client.post(BULK, {"row": ids, "action": action, "target": f"s{food.pk}"})
        assert response.status_code == 409
        assert "1 transaction matches now, and not 3" in response.content.decode()
        response = owner_client.post(BULK, fields_of(response))
        assert said(response)[-1].startswith("1 transaction ")
        assert list(Transaction.objects.for_user(stranger).order_by("pk").values()) == before


def test_nothing_moves_to_what_is_a_strangers(owner, stranger, owner_client):
    rows = fill(owner, 1)
    for target in (f"s{make_subcategory(stranger).pk}", f"a{make_account(stranger).pk}"):
        response = owner_client.post(BULK, {"row": rows[0].pk, "action": "move", "target": target})
        assert said(response)[-1].startswith("Select a valid choice.")
    rows[0].refresh_from_db()
    assert (rows[0].subcategory_id, rows[0].account_id) == (None, None)


def test_a_strangers_filter_reaches_only_their_own_rows(owner, stranger, stranger_client, food):
    fill(owner, 3, subcategory=food)
    fill(stranger, 3)
    sent = {"all": "1", "filter": "?q=row", "seen": "3", "action": "delete", "confirmed": "1"}
    assert said(stranger_client.post(BULK, {**sent, "filter": f"?subcategory={food.pk}"}))[0].startswith("The filter")
    assert said(stranger_client.post(BULK, sent))[-1] == "3 transactions deleted."
    assert Transaction.objects.for_user(owner).count() == 3


def test_a_stranger_cannot_undo(owner, owner_client, stranger_client, staff_client):
    rows = fill(owner, 1)
    owner_client.post(BULK, {"row": rows[0].pk, "action": "delete", "confirmed": "1", "seen": "1"})
    number = BulkAction.objects.get(user=owner).pk
    for client in (stranger_client, staff_client):
        assert "can no longer be undone" in said(client.post(UNDO, {"action": number}))[-1]
        assert "Last change" not in client.get(LIST).content.decode()
    assert not Transaction.objects.for_user(owner).exists()
    owner_client.post(UNDO, {"action": number})
    assert list(Transaction.objects.for_user(owner)) == rows


def test_anonymous_people_sign_in_first(owner, client):
    rows = fill(owner, 1)
    for url in (BULK, UNDO):
        response = client.post(url, {"row": rows[0].pk, "action": "delete", "confirmed": "1", "seen": "1"})
        assert response.status_code == 302
        assert "/login/" in response["Location"]
    assert Transaction.objects.for_user(owner).count() == 1


# The list.


def test_each_row_has_a_checkbox_of_the_bulk_form(owner, owner_client):
    rows = fill(owner, 2)
    text = owner_client.get(LIST).content.decode()
    for row in rows:
        box = f'<input type="checkbox" name="row" value="{row.pk}" form="bulk"'
        assert f'{box} aria-label="Select {row.description}, −$1.00">' in text
    assert 'name="all"' not in text  # the page holds all of it


def test_a_list_of_several_pages_offers_all_that_match(owner, owner_client):
    fill(owner, 60)
    page = owner_client.get(LIST, {"q": "Row"})
    text = page.content.decode()
    assert "All 60 that match" in text
    assert '<input type="hidden" name="seen" value="60">' in text
    assert '<input type="hidden" name="filter" value="?q=Row">' in text
    last = owner_client.get(f"{LIST}{page.context['listing'].older}")
    assert "All 60 that match" in last.content.decode()


def test_the_undo_stays_on_a_list_that_is_empty_now(owner, owner_client):
    rows = fill(owner, 1)
    sent = {"row": rows[0].pk, "action": "delete", "confirmed": "1", "seen": "1"}
    text = owner_client.post(BULK, sent, follow=True).content.decode()
    assert "No transactions yet" in text
    assert 'id="undo-last"' in text


def test_the_list_takes_five_statements_with_an_undo_as_well(owner, owner_client, food, django_assert_num_queries):
    rows = fill(owner, 60)
    owner_client.post(BULK, {"row": rows[0].pk, "action": "move", "target": f"s{food.pk}"})
    owner_client.get(LIST)
    with django_assert_num_queries(WHO_ASKS + 2):  # user and names are cached
        owner_client.get(LIST)
    cache.clear()
    with django_assert_num_queries(5):
        owner_client.get(LIST)
