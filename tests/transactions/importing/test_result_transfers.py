"""Rows of an import with a counterpart in another account are proposed as transfers where the import ends."""

from typing import Any

import pytest

from tests.factories import make_account, make_transaction
from tests.transactions.importing.helpers import imported, statement, step
from transactions.models import Transaction

pytestmark = pytest.mark.django_db
FILE = statement("2024-03-05,TO SAVINGS,-500.00", "2024-03-06,TEA,-2.00")


@pytest.fixture
def batch(owner: Any, stranger: Any) -> Any:
    """An import with one leg of a transfer, beside other rows that fit each other, and a stranger's."""
    for user in (owner, stranger):
        savings = make_account(user, "Savings")
        make_transaction(user, "500.00", "2024-03-08", "From current", account=savings)
        make_transaction(user, "-70.00", "2024-03-06", "Out", account=savings)
        make_transaction(user, "70.00", "2024-03-06", "In", account=make_account(user, "Third"))
    imported(stranger, make_account(stranger), FILE)
    return imported(owner, make_account(owner), FILE)


def proposed(client: Any, batch: Any) -> list[tuple[str, str]]:
    found = client.get(step("result", batch)).context["transfers"]
    return [(pair.out.description, pair.into.description) for pair in found.pairs]


def press(client: Any, batch: Any, decision: str) -> Any:
    (pair,) = client.get(step("result", batch)).context["transfers"].pairs
    sent = {"out": pair.out.id, "into": pair.into.id, "next": step("result", batch)}
    return client.post(f"/transactions/transfers/{decision}/", sent, follow=True)


def test_one_press_makes_it_a_transfer(owner: Any, owner_client: Any, batch: Any) -> None:
    page = owner_client.get(step("result", batch))
    assert "Between your own accounts?" in page.text
    assert proposed(owner_client, batch) == [("TO SAVINGS", "From current")]
    answer = press(owner_client, batch, "make")
    assert answer.request["PATH_INFO"] == step("result", batch)
    assert "It is a transfer now" in answer.text
    legs = Transaction.objects.for_user(owner).filter(transfer_id__isnull=False)
    assert sorted(leg.description for leg in legs) == ["From current", "TO SAVINGS"]
    assert len({leg.transfer_id for leg in legs}) == 1
    assert proposed(owner_client, batch) == []
    assert not Transaction.objects.exclude(user=owner).filter(transfer_id__isnull=False).exists()


def test_what_is_none_is_not_proposed_again(owner: Any, owner_client: Any, batch: Any) -> None:
    assert "These two are not offered again" in press(owner_client, batch, "refuse").text
    assert proposed(owner_client, batch) == []
    assert not Transaction.objects.filter(transfer_id__isnull=False).exists()


def test_a_stranger_cannot_press(owner: Any, owner_client: Any, stranger_client: Any, batch: Any) -> None:
    (pair,) = owner_client.get(step("result", batch)).context["transfers"].pairs
    for decision in ("make", "refuse"):
        stranger_client.post(f"/transactions/transfers/{decision}/", {"out": pair.out.id, "into": pair.into.id})
    assert not Transaction.objects.filter(transfer_id__isnull=False).exists()
    assert proposed(owner_client, batch) == [("TO SAVINGS", "From current")]


@pytest.mark.parametrize("away", ["//elsewhere.example/", "https://elsewhere.example/"])
def test_the_way_back_is_a_page_of_this_site(owner: Any, owner_client: Any, batch: Any, away: str) -> None:
    sent = {"out": 1, "into": 2, "next": away}
    assert owner_client.post("/transactions/transfers/make/", sent).url == "/transactions/transfers/"
