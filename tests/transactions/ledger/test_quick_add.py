"""Adding from any page: the fragment of the dialog, at the URL."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_account, make_subcategory, make_transaction
from transactions.models import Transaction

pytestmark = pytest.mark.django_db

URL = "/transactions/quick/"
HTMX = {"HX-Request": "true"}


def entry(**changes: Any) -> dict[str, Any]:
    return {"direction": "expense", "amount": "12.50", "description": "Lamp", "date": "2026-03-15", **changes}


def test_the_form_is_a_fragment(owner_client: Any, owner: Any) -> None:
    make_account(owner, "Everyday")
    answer = owner_client.get(URL, headers=HTMX)
    content = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in content
    assert 'id="quick_subcategory"' in content
    assert "Everyday" in content
    whole = owner_client.get(f"{URL}?direction=income", headers=HTMX).content.decode()
    assert f'action="{reverse("transactions:add")}"' in whole
    page = owner_client.get("/accounts/").content.decode()
    assert 'id="quick_amount"' in page  # its head is on every page, and has nothing of the person
    assert 'id="quick_subcategory"' not in page


def test_without_htmx_the_page_is_shown(owner_client: Any) -> None:
    for answer in (owner_client.get(URL), owner_client.post(URL, entry())):
        assert (answer.status_code, answer["Location"]) == (302, "/transactions/add/")
    assert not Transaction.objects.exists()


def test_saving(owner_client: Any, owner: Any) -> None:
    account, food = make_account(owner, "Everyday", "100"), make_subcategory(owner)
    answer = owner_client.post(URL, entry(account=account.pk, subcategory=food.pk), headers=HTMX)
    assert answer.status_code == 204
    assert "quick-add-saved" in answer["HX-Trigger"]
    row = Transaction.objects.get()
    assert (row.user, row.amount, row.account, row.subcategory) == (owner, Decimal("-12.50"), account, food)
    account.refresh_from_db()
    assert account.current_balance == Decimal("87.50")
    assert json.loads(answer["HX-Trigger"])["toast"] == {"text": "Saved “Lamp”, $12.50.", "level": "good"}


def test_saving_and_starting_another(owner_client: Any, owner: Any) -> None:
    account = make_account(owner, "Everyday")
    data = entry(another="1", direction="income", account=account.pk)
    answer = owner_client.post(URL, data, headers=HTMX)
    content = answer.content.decode()
    assert answer.status_code == 200
    assert "quick-add-kept" in answer["HX-Trigger"]
    assert "Saved “Lamp”, $12.50." in content
    assert 'value="2026-03-15"' in content
    assert f'value="{account.pk}" selected' in content
    assert 'value="Lamp"' not in content
    assert Transaction.objects.get().amount == Decimal("12.50")
    assert "Saved" not in owner_client.get("/transactions/").content.decode().split('id="toasts"')[1]


def test_the_date_is_the_last_one_only_while_the_dialog_stays_open(owner_client: Any) -> None:
    another = owner_client.post(URL, entry(date="2025-12-31", another="1"), headers=HTMX)
    assert 'value="2025-12-31"' in another.content.decode()
    assert 'value="2025-12-31"' not in owner_client.get(URL, headers=HTMX).content.decode()


def test_a_transfer(owner_client: Any, owner: Any) -> None:
    here, there = make_account(owner, "Here"), make_account(owner, "There")
    sent = entry(direction="transfer", description="", source=here.pk, target=there.pk)
    assert owner_client.post(URL, sent, headers=HTMX).status_code == 204
    rows = Transaction.objects.for_user(owner).order_by("amount").values_list("account_id", "amount", "description")
    assert list(rows) == [
        (here.pk, Decimal("-12.50"), "Transfer"),
        (there.pk, Decimal("12.50"), "Transfer"),
    ]
    refused = owner_client.post(URL, entry(direction="transfer", source=here.pk, target=here.pk), headers=HTMX)
    assert refused.status_code == 422
    assert "Choose two different accounts." in refused.content.decode()
    assert Transaction.objects.count() == 2


def test_a_copy_begins_with_what_a_row_says(owner_client: Any, owner: Any, stranger: Any) -> None:
    row = make_transaction(owner, "-7.25", "2026-03-01", "Bread", account=make_account(owner, "Purse"))
    content = owner_client.get(f"{URL}?copy={row.pk}", headers=HTMX).content.decode()
    assert 'value="7.25"' in content
    assert 'value="Bread"' in content
    assert f'value="{row.account_id}" selected' in content
    assert "2026-03-01" not in content
    theirs = make_transaction(stranger, description="Secret")
    for number in (theirs.pk, "x", "9" * 30):
        assert "Secret" not in owner_client.get(f"{URL}?copy={number}", headers=HTMX).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": ""}, "This field is required."),
        ({"amount": "0"}, "The amount must be above zero."),
        ({"description": ""}, "This field is required."),
        ({"date": "soon"}, "Enter a valid date."),
    ],
)
def test_a_refusal_saves_nothing(owner_client: Any, changes: dict[str, str], said: str) -> None:
    answer = owner_client.post(URL, entry(**changes), headers=HTMX)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Transaction.objects.exists()


def test_nothing_of_somebody_else(owner_client: Any, stranger: Any) -> None:
    account, food = make_account(stranger, "Theirs"), make_subcategory(stranger, "Their food")
    content = owner_client.get(URL, headers=HTMX).content.decode()
    assert "Theirs" not in content
    assert "Their food" not in content
    for changes in ({"account": account.pk}, {"subcategory": food.pk}):
        answer = owner_client.post(URL, entry(**changes), headers=HTMX)
        assert answer.status_code == 422
        assert "That is not one of yours." in answer.content.decode()
    assert not Transaction.objects.exists()


def test_nobody_is_sent_to_sign_in() -> None:
    for answer in (Client().get(URL, headers=HTMX), Client().post(URL, entry(), headers=HTMX)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/auth/login/")
    assert not Transaction.objects.exists()
