"""The dashboard's accounts and newest transactions: whose, in which order, and from which index."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from budgets.dashboard.lists import RECENT, Lists, lists_of
from tests.factories import at, make_account, make_subcategory, make_transaction, make_user
from transactions.models import ImportBatch, Transaction
from transactions.models.cached_names import names_of
from transactions.transfers.services import refuse_pair

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 20)


def read(user: User) -> Lists:
    return lists_of(user, names_of(user), TODAY)


def test_open_accounts_with_most_first_and_nobody_elses(owner: User, stranger: User) -> None:
    make_account(owner, "Purse", "5", account_type="cash")
    make_account(owner, "Card", "-80", account_type="credit", bank_name="Bank")
    make_account(owner, "Also five", "5")
    make_account(owner, "Old", "1000", is_active=False)
    make_account(stranger, "Purse", "7")
    assert [(row.name, row.type, row.bank, row.balance) for row in read(owner).accounts] == [
        ("Also five", "Checking", "", 5), ("Purse", "Cash", "", 5), ("Card", "Credit card", "Bank", -80),
    ]  # fmt: skip


def test_what_is_booked_for_later_days_is_upcoming(owner: User, stranger: User) -> None:
    """Was wrong: one account had three balances on one day, each on another page."""
    account, theirs = make_account(owner, "Purse", "100"), make_account(stranger, "Purse", "100")
    for day, amount in (("2026-03-20", "-1"), ("2026-03-21", "-20"), ("2026-05-01", "4")):
        make_transaction(owner, amount, day, account=account)
    make_transaction(stranger, "-7", "2026-03-21", account=theirs)
    assert [(row.balance, row.upcoming) for row in read(owner).accounts] == [(99, -16)]
    assert read(owner).owned == 99


def test_newest_transactions_with_their_names_in_the_persons_days(stranger: User) -> None:
    person = make_user("far", time_zone="Pacific/Auckland")
    food, old = make_subcategory(person, "Groceries"), make_account(person, "Old", is_active=False)
    make_transaction(person, "-1", transaction_date=at(person, "2026-03-02", 0), account=old, subcategory=food)
    make_transaction(person, "-2", transaction_date=at(person, "2026-03-01", 23), account=old)
    make_transaction(stranger, "-3", "2026-03-05")
    found = read(person)
    assert [(row.day, row.amount, row.subcategory, row.account, row.is_transfer) for row in found.recent] == [
        (date(2026, 3, 2), -1, "Groceries", "Old", False),
        (date(2026, 3, 1), -2, "", "Old", False),
    ]
    assert found.accounts == []


def test_no_more_than_fit_and_the_later_of_one_moment_first(owner: User) -> None:
    account = make_account(owner)
    made = [make_transaction(owner, "-1", "2026-03-01", account=account).pk for _ in range(RECENT + 2)]
    assert [row.id for row in read(owner).recent] == made[::-1][:RECENT]


def test_sample_data_is_counted_and_no_other_import(owner: User, stranger: User) -> None:
    account = make_account(owner)
    ImportBatch.objects.create(user=owner, account=account, kind="csv", new_count=5)
    assert read(owner).sample_rows == 0
    ImportBatch.objects.create(user=owner, account=account, kind="sample", new_count=240)
    assert read(owner).sample_rows == 240
    make_account(stranger)
    assert read(stranger).sample_rows == 0


def test_both_lists_are_one_statement(owner: User) -> None:
    names = names_of(owner)
    with CaptureQueriesContext(connection) as captured:
        assert lists_of(owner, names, TODAY) == Lists([], [], 0, 0, 0)
    assert len(captured) == 1


def test_pairs_of_the_last_weeks_that_look_like_transfers(owner: User, stranger: User) -> None:
    for person in (owner, stranger):
        current, savings = make_account(person, "Current"), make_account(person, "Savings")
        for day, amount in (("2026-03-18", "-50"), ("2026-01-18", "-60")):
            make_transaction(person, amount, day, account=current)
            make_transaction(person, amount[1:], day, account=savings)
    make_transaction(stranger, "-5", "2026-03-18", account=current)
    make_transaction(stranger, "5", "2026-03-18", account=savings)
    assert (read(owner).transfers, read(stranger).transfers) == (1, 2)
    out, into = Transaction.objects.for_user(owner).filter(booked_on="2026-03-18").order_by("amount")
    refuse_pair(user=owner, out_id=out.pk, into_id=into.pk)
    assert read(owner).transfers == 0


def test_rows_in_no_account_need_attention_where_there_are_accounts(
    owner: User, stranger: User, owner_client: Client
) -> None:
    make_transaction(owner, description="Loose one")
    make_transaction(stranger)
    assert read(owner).homeless == 0  # who has no account needs none
    make_transaction(owner, account=make_account(owner))
    assert read(owner).homeless == 1
    page = owner_client.get("/dashboard/").content.decode()
    assert "1 transaction is in no account" in page
    assert 'href="/transactions/?q=account%3Anone"' in page
    listed = owner_client.get("/transactions/?q=account%3Anone").context["listing"]
    assert [row.description for day in listed.days for row in day.entries] == ["Loose one"]
