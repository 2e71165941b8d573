"""Adding from any page: the fragment of the dialog, at the URL."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_account, make_subcategory
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
    assert 'id="quick_amount"' in content
    assert "Everyday" in content
    assert f'action="{reverse("transactions:add")}"' in content


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
    assert "Saved “Lamp”, $12.50." in owner_client.get("/transactions/").content.decode()


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


def test_the_date_is_the_last_used(owner_client: Any) -> None:
    owner_client.post(URL, entry(date="2025-12-31"), headers=HTMX)
    assert 'value="2025-12-31"' in owner_client.get(URL, headers=HTMX).content.decode()


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
