"""Rows that agree with the bank: what changes their account, day or amount asks first, at every door."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from tests.factories import make_account, make_subcategory, make_transaction
from transactions.ledger.services import TransferBooking, record_transfer
from transactions.models import Transaction
from transactions.reconciling.services import check_balance

pytestmark = pytest.mark.django_db

QUESTION = "This row is reconciled with your bank up to 31 Mar 2026."
ANOTHER = "Current agrees with your bank up to 31 Mar 2026, and another row would make it differ."
MANY = "reconciled with your bank. The balance there may no longer agree."
DIFFERS = "Current no longer agrees with your bank: on 31 Mar 2026 it said"
FIELD = 'name="agreed"'


@pytest.fixture
def account(owner: Any) -> Account:
    return make_account(owner, "Current", "100")


@pytest.fixture
def row(owner: Any, account: Account) -> Transaction:
    """A row of a day that agrees with the bank."""
    row = make_transaction(owner, "-30", "2026-03-02", "Shoes", account=account)
    agree(account)
    return row


def agree(account: Account, day: str = "2026-03-31") -> None:
    account.refresh_from_db()
    check = check_balance(account=account, day=date.fromisoformat(day), stated=account.current_balance)
    assert check.outcome == "equal"


def sent(row: Transaction, **changes: str) -> dict[str, str]:
    """What the edit form sends."""
    return {
        "direction": "income" if row.amount > 0 else "expense",
        "amount": str(abs(row.amount)),
        "description": row.description,
        "date": row.booked_on.isoformat(),
        "time": "",
        "account": str(row.account_id or ""),
        "subcategory": str(row.subcategory_id or ""),
        "comment": row.comment,
    } | changes


def ledger(user: Any) -> list[tuple[Any, ...]]:
    rows = Transaction.objects.for_user(user).order_by("id")
    return list(rows.values_list("id", "amount", "booked_on", "account_id", "description", "subcategory_id"))


CHANGES = [{"amount": "31"}, {"date": "2026-03-03"}, {"account": ""}, {"direction": "income"}]


@pytest.mark.parametrize("changes", CHANGES, ids=str)
@pytest.mark.parametrize("door", ["edit", "inline"])
def test_changing_it_asks_first(
    owner: Any, owner_client: Any, row: Transaction, door: str, changes: dict[str, str]
) -> None:
    before, url = ledger(owner), reverse(f"transactions:{door}", args=[row.pk])
    headers = {"HX-Request": "true"} if door == "inline" else {}
    response = owner_client.post(url, sent(row, **changes), headers=headers)
    assert response.status_code == 422
    assert QUESTION in response.text
    assert FIELD in response.text
    assert ledger(owner) == before
    response = owner_client.post(url, sent(row, **changes, agreed="1"), headers=headers)
    assert response.status_code == (204 if door == "inline" else 302)
    assert ledger(owner) != before
    page = owner_client.get("/transactions/").text
    assert (DIFFERS in page) == ("date" not in changes)  # within its month another day moves no balance of its end


@pytest.mark.parametrize("changes", [{"description": "Boots"}, {"comment": "Brown"}, {"time": "09:30"}, {}], ids=str)
def test_words_and_categories_are_ones_own(owner: Any, owner_client: Any, row: Transaction, changes: Any) -> None:
    filed = str(make_subcategory(owner).pk)
    response = owner_client.post(
        reverse("transactions:edit", args=[row.pk]), sent(row, subcategory=filed, **changes), follow=True
    )
    assert response.status_code == 200
    assert QUESTION not in response.text
    row.refresh_from_db()
    assert str(row.subcategory_id) == filed


def test_later_rows_are_free(owner: Any, owner_client: Any, account: Account, row: Transaction) -> None:
    later = make_transaction(owner, "-5", "2026-04-01", "Later", account=account)
    url = reverse("transactions:edit", args=[later.pk])
    assert owner_client.post(url, sent(later, amount="6")).status_code == 302
    # Into the days that agree, it asks.
    response = owner_client.post(url, sent(later, amount="6", date="2026-03-31"))
    assert (response.status_code, ANOTHER in response.text) == (422, True)
    assert owner_client.post(url, sent(later, amount="6", date="2026-03-31", agreed="1")).status_code == 302


def test_deleting_it_asks_with_the_confirmation(owner: Any, owner_client: Any, row: Transaction) -> None:
    url, before = reverse("transactions:delete", args=[row.pk]), ledger(owner)
    page = owner_client.get(url).text
    assert QUESTION in page
    assert FIELD in page
    response = owner_client.post(url)
    assert (response.status_code, QUESTION in response.text) == (409, True)
    assert ledger(owner) == before
    response = owner_client.post(url, {"agreed": "1"}, follow=True)
    assert DIFFERS in response.text
    assert ledger(owner) == []


def test_deleting_another_asks_nothing(owner: Any, owner_client: Any, row: Transaction) -> None:
    other = make_transaction(owner, "-1", "2026-03-02", account=make_account(owner, "Other"))
    url = reverse("transactions:delete", args=[other.pk])
    assert FIELD not in owner_client.get(url).text
    assert owner_client.post(url).status_code == 302


@pytest.mark.parametrize("door", ["add", "quick"])
def test_a_new_row_among_them_asks_first(owner: Any, owner_client: Any, row: Transaction, door: str) -> None:
    before, url = ledger(owner), reverse(f"transactions:{door}")
    headers = {"HX-Request": "true"} if door == "quick" else {}
    values = sent(row, description="Forgotten")
    response = owner_client.post(url, values, headers=headers)
    assert (response.status_code, ANOTHER in response.text, FIELD in response.text) == (422, True, True)
    assert ledger(owner) == before
    assert owner_client.post(url, values | {"agreed": "1"}, headers=headers).status_code in (204, 302)
    assert len(ledger(owner)) == 2
    assert DIFFERS in owner_client.get("/transactions/").text


def test_a_new_row_up_to_the_anchor_asks_nothing(owner: Any, owner_client: Any) -> None:
    """It explains the past; no balance moves."""
    account = make_account(owner, "Current", anchored_on=date(2026, 3, 15), anchor_balance=Decimal(5))
    agree(account)
    values = {"direction": "expense", "amount": "9", "description": "Old", "date": "2026-03-15", "account": account.pk}
    assert owner_client.post(reverse("transactions:add"), values).status_code == 302
    assert owner_client.post(reverse("transactions:add"), values | {"date": "2026-03-16"}).status_code == 422


def test_a_transfer_asks_for_both_of_its_accounts(owner: Any, owner_client: Any, account: Account) -> None:
    savings = make_account(owner, "Savings")
    agree(account)
    new = {"amount": "10", "source": savings.pk, "target": account.pk, "date": "2026-03-05", "description": "Move"}
    response = owner_client.post(reverse("transactions:transfer"), new)
    assert (response.status_code, ANOTHER in response.text) == (422, True)
    assert ledger(owner) == []
    assert owner_client.post(reverse("transactions:transfer"), new | {"agreed": "1"}).status_code == 302
    out = Transaction.objects.for_user(owner).get(account=savings)
    url = reverse("transactions:edit", args=[out.pk])
    response = owner_client.post(url, new | {"amount": "11"})
    assert (response.status_code, QUESTION in response.text) == (422, True)
    # Its own text and day change no balance of the account that agrees.
    assert owner_client.post(url, new | {"date": "2026-03-06", "description": "To the bank"}).status_code == 302
    response = owner_client.post(reverse("transactions:delete", args=[out.pk]))
    assert (response.status_code, QUESTION in response.text) == (409, True)
    assert owner_client.post(reverse("transactions:delete", args=[out.pk]), {"agreed": "1"}).status_code == 302
    assert ledger(owner) == []


def bulk(row: Transaction | list[Transaction], **values: Any) -> dict[str, Any]:
    rows = row if isinstance(row, list) else [row]
    return {"row": [each.pk for each in rows], "next": "/transactions/"} | values


def test_moving_many_asks_first(owner: Any, owner_client: Any, row: Transaction) -> None:
    other, before = make_account(owner, "Other"), ledger(owner)
    values = bulk(row, action="move", target=f"a{other.pk}")
    response = owner_client.post("/transactions/bulk/", values)
    assert response.status_code == 409
    assert f"One of them is of a day that is {MANY}" in response.text
    assert FIELD in response.text
    assert ledger(owner) == before
    response = owner_client.post("/transactions/bulk/", values | {"agreed": "1", "confirmed": "1"}, follow=True)
    assert DIFFERS in response.text
    assert ledger(owner) != before
    undone = owner_client.post("/transactions/bulk/undo/", {"action": response.context["listing"].figures.undo_id})
    assert undone.status_code == 302
    assert ledger(owner) == before


def test_an_undo_behind_a_check_says_what_differs(owner: Any, owner_client: Any, account: Account) -> None:
    row = make_transaction(owner, "-30", "2026-03-02", "Shoes", account=make_account(owner, "Other"))
    owner_client.post("/transactions/bulk/", bulk(row, action="move", target=f"a{account.pk}"))
    agree(account)
    action = owner_client.get("/transactions/").context["listing"].figures.undo_id
    page = owner_client.post("/transactions/bulk/undo/", {"action": action, "next": "/transactions/"}, follow=True)
    assert DIFFERS in page.text


def test_moving_many_among_them_asks_first(owner: Any, owner_client: Any, row: Transaction) -> None:
    other = make_transaction(owner, "-1", "2026-03-09", account=make_account(owner, "Other"))
    values = bulk(other, action="move", target=f"a{row.account_id}")
    assert MANY in owner_client.post("/transactions/bulk/", values).text
    later = make_transaction(owner, "-1", "2026-04-09", account=make_account(owner, "Third"))
    values = bulk(later, action="move", target=f"a{row.account_id}")
    assert owner_client.post("/transactions/bulk/", values).status_code == 302


def test_recategorising_many_asks_nothing(owner: Any, owner_client: Any, row: Transaction) -> None:
    values = bulk(row, action="move", target=f"s{make_subcategory(owner).pk}")
    assert owner_client.post("/transactions/bulk/", values).status_code == 302
    row.refresh_from_db()
    assert row.subcategory_id


def test_deleting_many_asks_with_the_confirmation(owner: Any, owner_client: Any, row: Transaction) -> None:
    """Also where only the other side of a transfer is of a reconciled day."""
    savings = make_account(owner, "Savings")
    booking = TransferBooking(
        amount=Decimal(10), source=savings, target=row.account, description="Move", day=date(2026, 3, 9)
    )
    out = record_transfer(user=owner, booking=booking, agreed=True).out
    before = ledger(owner)
    response = owner_client.post("/transactions/bulk/", bulk(out, action="delete"))
    assert f"One of them is of a day that is {MANY}" in response.text
    response = owner_client.post("/transactions/bulk/", bulk([out, row], action="delete"))
    assert f"2 of them are of days that are {MANY}" in response.text
    assert ledger(owner) == before
    values = bulk([out, row], action="delete", confirmed="1", seen="2")
    assert owner_client.post("/transactions/bulk/", values).status_code == 409
    assert ledger(owner) == before
    assert owner_client.post("/transactions/bulk/", values | {"agreed": "1"}).status_code == 302
    assert ledger(owner) == []


def test_a_strangers_checks_ask_nobody_else(owner: Any, stranger_client: Any, stranger: Any, row: Transaction) -> None:
    theirs = make_account(stranger, "Current", "100")
    alike = make_transaction(stranger, "-30", "2026-03-02", "Shoes", account=theirs)
    assert (
        stranger_client.post(reverse("transactions:edit", args=[alike.pk]), sent(alike, amount="1")).status_code == 302
    )
    assert stranger_client.post(reverse("transactions:edit", args=[row.pk]), sent(row, agreed="1")).status_code == 404
    row.refresh_from_db()
    assert row.amount == -30


def test_nothing_is_read_for_whoever_never_checked(owner: Any, owner_client: Any, account: Account) -> None:
    row = make_transaction(owner, "-30", "2026-03-02", "Shoes", account=account)
    url = reverse("transactions:edit", args=[row.pk])
    owner_client.post(url, sent(row, amount="29"))
    with CaptureQueriesContext(connection) as captured:
        assert owner_client.post(url, sent(row, amount="28")).status_code == 302
    statements = [query["sql"] for query in captured]
    assert not [sql for sql in statements if "balance_check" in sql]
    assert len([sql for sql in statements if sql.startswith("SELECT") and 'FROM "transaction"' in sql]) == 2
