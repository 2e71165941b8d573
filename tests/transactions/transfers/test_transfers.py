"""A transfer is a pair of rows between two own accounts, and is no spending."""

import uuid
from datetime import date
from decimal import Decimal

import pytest

from tests.factories import at, make_account, make_transaction
from transactions.ledger import services
from transactions.models import Transaction
from transactions.summaries import totals
from wealthwise.core.errors import NotFound, RefusedAmount

URL = "/transactions/transfer/"


@pytest.fixture
def accounts(owner):
    return make_account(owner, opening="500"), make_account(owner, "Savings")


def typed(accounts, **fields):
    source, target = accounts
    return {
        "amount": "200",
        "source": source.pk,
        "target": target.pk,
        "description": "Put aside",
        "date": "2026-03-15",
    } | fields


def legs(user):
    return list(Transaction.objects.for_user(user).order_by("amount"))


def balances(accounts):
    for account in accounts:
        account.refresh_from_db()
    return [account.current_balance for account in accounts]


def test_a_transfer_is_two_rows_that_share_a_key(owner, owner_client, accounts):
    assert owner_client.post(URL, typed(accounts)).status_code == 302
    out, into = legs(owner)
    assert (out.amount, into.amount) == (-200, 200)
    assert (out.account_id, into.account_id) == tuple(account.pk for account in accounts)
    assert out.transfer_id == into.transfer_id is not None
    assert {out.transaction_date, into.transaction_date} == {at(owner, "2026-03-15")}
    assert balances(accounts) == [300, 200]
    assert totals.monthly_cash_flow(owner, 1, at(owner, "2026-03-15").date())[0].spent == 0


def test_to_the_same_account_is_refused(owner, owner_client, accounts):
    response = owner_client.post(URL, typed(accounts, target=accounts[0].pk))
    assert response.status_code == 422
    assert response.context["form"].errors["target"] == ["Choose two different accounts."]
    assert legs(owner) == []


@pytest.mark.parametrize("side", [0, 1])
def test_either_leg_changes_the_money_of_both_and_its_own_words(owner, owner_client, accounts, side):
    owner_client.post(URL, typed(accounts))
    row = legs(owner)[side]
    page = owner_client.get(f"/transactions/{row.pk}/")
    form = page.context["form"]
    assert (form["source"].value(), form["target"].value()) == (accounts[0].pk, accounts[1].pk)
    third = make_account(owner, "Cash")
    changed = typed(accounts, amount="150", target=third.pk, description="Changed", comment="both", date="2026-03-16")
    assert owner_client.post(f"/transactions/{row.pk}/", changed).status_code == 302
    out, into = legs(owner)
    assert (out.amount, into.amount) == (-150, 150)
    assert (out.account_id, into.account_id) == (accounts[0].pk, third.pk)
    mine, others = (out, into) if row.amount < 0 else (into, out)
    assert (mine.description, mine.comment, mine.booked_on) == ("Changed", "both", date(2026, 3, 16))
    assert mine.transaction_date == at(owner, "2026-03-16")
    kept = (row.description, "", date(2026, 3, 15), at(owner, "2026-03-15"))
    assert (others.description, others.comment, others.booked_on, others.transaction_date) == kept
    assert balances([*accounts, third]) == [350, 0, 150]


def test_accounts_can_change_sides(owner, owner_client, accounts):
    owner_client.post(URL, typed(accounts))
    row = legs(owner)[0]
    owner_client.post(f"/transactions/{row.pk}/", typed(accounts, source=accounts[1].pk, target=accounts[0].pk))
    assert balances(accounts) == [700, -200]


@pytest.mark.parametrize("side", [0, 1])
def test_deleting_one_leg_deletes_both(owner, owner_client, accounts, side):
    owner_client.post(URL, typed(accounts))
    other = make_transaction(owner)
    row = legs(owner)[0 if side == 0 else -1]
    page = owner_client.get(f"/transactions/{row.pk}/delete/")
    assert "one side of a transfer" in page.content.decode()
    owner_client.post(f"/transactions/{row.pk}/delete/")
    assert legs(owner) == [other]
    assert balances(accounts) == [500, 0]


def test_anothers_account_is_no_side(owner, owner_client, accounts, stranger):
    theirs = make_account(stranger, "Theirs")
    for side in ("source", "target"):
        response = owner_client.post(URL, typed(accounts, **{side: theirs.pk}))
        assert list(response.context["form"].errors) == [side]
    assert legs(owner) == []


def test_anothers_transfer_is_not_there(owner, owner_client, stranger, stranger_client, accounts):
    owner_client.post(URL, typed(accounts))
    theirs = make_account(stranger), make_account(stranger, "Savings")
    for row in legs(owner):
        assert stranger_client.post(f"/transactions/{row.pk}/", typed(theirs, amount="1")).status_code == 404
        assert stranger_client.post(f"/transactions/{row.pk}/delete/").status_code == 404
    assert balances(accounts) == [300, 200]


def booking(accounts, **fields):
    plain = {
        "amount": Decimal(5),
        "source": accounts[0],
        "target": accounts[1],
        "description": "Move",
        "day": date(2026, 3, 15),
    }
    return services.TransferBooking(**(plain | fields))


def test_the_service_refuses_by_itself(owner, accounts, stranger):
    theirs = make_account(stranger)
    with pytest.raises(services.RefusedTransfer):
        services.record_transfer(user=owner, booking=booking(accounts, target=accounts[0]))
    with pytest.raises(NotFound):
        services.record_transfer(user=owner, booking=booking(accounts, target=theirs))
    for amount in (Decimal(0), Decimal(-1), Decimal("10000000000")):
        with pytest.raises(RefusedAmount):
            services.record_transfer(user=owner, booking=booking(accounts, amount=amount))
    with pytest.raises(NotFound):
        services.update_transfer(user=owner, transfer_id=uuid.uuid4(), leg_id=1, booking=booking(accounts))
    assert legs(owner) == []


def test_a_leg_is_not_edited_as_if_it_stood_alone(owner, accounts):
    sides = services.record_transfer(user=owner, booking=booking(accounts))
    alone = services.Booking(amount=Decimal(1), is_income=False, description="x", day=date.fromisoformat("2026-03-15"))
    with pytest.raises(NotFound):
        services.update_transaction(user=owner, transaction_id=sides.out.pk, booking=alone)
    assert [leg.amount for leg in legs(owner)] == [-5, 5]
