"""Editing a row of the list where it stands."""

import json
import re
from decimal import Decimal
from urllib.parse import quote

import pytest

from tests.factories import make_account, make_subcategory, make_transaction
from transactions.models import BulkAction, Transaction

HTMX = {"HX-Request": "true"}


def inline(row, back="/transactions/"):
    return f"/transactions/{row.pk}/inline/?next={quote(back, safe='')}"


def typed(**fields):
    return {"direction": "expense", "amount": "20", "description": "Corner shop", "date": "2026-03-15", **fields}


def test_the_editor_stands_in_place_of_the_row(owner, owner_client):
    row = make_transaction(owner, subcategory=make_subcategory(owner))
    response = owner_client.get(inline(row, "/transactions/?q=shop"), headers=HTMX)
    text = response.content.decode()
    assert text.startswith(f'<li class="row is-editing" id="row-{row.pk}">')
    assert "<html" not in text
    assert f'action="/transactions/{row.pk}/"' in text  # the plain page takes the same form
    assert '<input type="hidden" name="next" value="/transactions/?q=shop">' in text
    assert len(set(re.findall(r' id="([^"]+)"', text))) == len(re.findall(r' id="([^"]+)"', text))
    assert f'id="row-{row.pk}-amount"' in text


def test_saving_answers_with_the_row_its_day_and_the_totals(owner, owner_client):
    food = make_subcategory(owner)
    row = make_transaction(owner, "-12.50", description="Corner shop")
    make_transaction(owner, "-1", description="Other shop")
    make_transaction(owner, "-7", "2026-03-14", "Old shop")
    make_transaction(owner, "-100", description="Rent")
    response = owner_client.post(inline(row, "/transactions/?q=shop"), typed(subcategory=food.pk), headers=HTMX)
    assert response.status_code == 200
    row.refresh_from_db()
    assert (row.amount, row.subcategory) == (Decimal(-20), food)
    text = response.content.decode()
    assert text.count("<li") == 1
    assert "Groceries" in text
    assert '<span class="amount expense" id="day-2026-03-15" hx-swap-oob="true">−$21.00</span>' in text
    assert '<dl class="ledger-totals" id="ledger-totals" hx-swap-oob="true">' in text
    assert '<dd class="amount expense">$28.00</dd>' in text
    said = json.loads(response["HX-Trigger"])["toast"]
    undo = BulkAction.objects.for_user(owner).get().pk
    assert said == {"text": "Saved “Corner shop”, $20.00.", "level": "good", "undo": undo}
    assert '<div id="undo-place" hx-swap-oob="true">' in text
    assert f'<input type="hidden" name="action" value="{undo}">' in text


def test_a_row_that_no_longer_matches_says_so(owner, owner_client):
    row = make_transaction(owner)
    food = make_subcategory(owner)
    response = owner_client.post(
        inline(row, "/transactions/?uncategorised=on"), typed(subcategory=food.pk), headers=HTMX
    )
    text = response.content.decode()
    assert "No longer matches this list" in text
    assert '<dd class="num">0</dd>' in text


def test_another_moment_and_a_transfer_load_the_list_anew(owner, owner_client):
    row = make_transaction(owner)
    response = owner_client.post(inline(row), typed(date="2026-03-16"), headers=HTMX)
    assert (response.status_code, response.content) == (204, b"")
    assert "page-changed" in json.loads(response["HX-Trigger"])
    here, there = make_account(owner, "Here"), make_account(owner, "There")
    key = "8b5f1d9e-3f0c-4b8e-9a61-444444444444"
    legs = [
        make_transaction(owner, amount, account=account, transfer_id=key, description="Aside")
        for amount, account in (("-5", here), ("5", there))
    ]
    assert 'name="source"' in owner_client.get(inline(legs[1]), headers=HTMX).content.decode()
    sent = {"amount": "9", "description": "Aside", "date": "2026-03-15", "source": here.pk, "target": there.pk}
    told = json.loads(owner_client.post(inline(legs[1]), sent, headers=HTMX)["HX-Trigger"])
    assert told["toast"]["text"] == "Saved “Aside”, $9.00."
    assert "page-changed" in told
    assert [leg.amount for leg in Transaction.objects.for_user(owner).transfer_legs(key).order_by("amount")] == [-9, 9]


@pytest.mark.parametrize(("field", "value"), [("amount", "0"), ("description", ""), ("date", "x")])
def test_wrong_input_keeps_the_editor_and_what_was_typed(owner, owner_client, field, value):
    row = make_transaction(owner)
    response = owner_client.post(inline(row), typed(**{"comment": "kept", field: value}), headers=HTMX)
    assert response.status_code == 422
    text = response.content.decode()
    assert f'id="row-{row.pk}"' in text
    assert "field-error" in text
    assert "kept" in text
    row.refresh_from_db()
    assert (row.amount, row.description) == (Decimal("-12.50"), "Corner shop")


def test_giving_up_brings_the_row_back(owner, owner_client):
    row = make_transaction(owner, comment="as it was")
    response = owner_client.get(f"/transactions/{row.pk}/row/?next=/transactions/", headers=HTMX)
    text = response.content.decode()
    assert text.startswith(f'<li class="row" id="row-{row.pk}">')
    assert "as it was" in text
    assert "autofocus" in text


def test_without_htmx_these_lead_to_the_pages(owner, owner_client):
    row = make_transaction(owner)
    assert owner_client.get(inline(row, "/transactions/?q=a"))["Location"] == (
        f"/transactions/{row.pk}/?next=/transactions/%3Fq%3Da"
    )
    assert owner_client.get(f"/transactions/{row.pk}/row/")["Location"] == "/transactions/"


def test_anothers_row_is_not_there(owner, stranger_client, staff_client, client):
    row = make_transaction(owner)
    for other in (stranger_client, staff_client):
        assert other.get(inline(row), headers=HTMX).status_code == 404
        assert other.post(inline(row), typed(), headers=HTMX).status_code == 404
        assert other.get(f"/transactions/{row.pk}/row/", headers=HTMX).status_code == 404
    assert client.post(inline(row), typed(), headers=HTMX).status_code == 302
    row.refresh_from_db()
    assert row.amount == Decimal("-12.50")


def test_editing_takes_few_statements(owner, owner_client, django_assert_max_num_queries):
    row = make_transaction(owner)
    for _ in range(30):
        make_transaction(owner)
    with django_assert_max_num_queries(6):
        owner_client.get(inline(row), headers=HTMX)
    with django_assert_max_num_queries(16):
        owner_client.post(inline(row), typed(), headers=HTMX)
