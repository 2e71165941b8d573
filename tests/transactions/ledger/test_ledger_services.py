"""Services refuse by themselves what the forms refuse, and agree with what the database keeps beside the ledger."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models.cached_user import account_names
from tests.factories import make_account, make_subcategory, make_transaction
from transactions.bulk import services as bulk
from transactions.ledger import services
from transactions.models import SpendingSummary, Transaction
from wealthwise.core.errors import NotFound, RefusedAmount


@pytest.fixture
def booking(owner):
    return services.Booking(
        amount=Decimal("12.50"), is_income=False, description="Shop", day=date.fromisoformat("2026-03-15")
    )


@pytest.mark.parametrize("amount", ["0", "-0.01", "10000000000"])
def test_the_amount_is_above_zero_and_fits(owner, booking, amount):
    with pytest.raises(RefusedAmount):
        services.record_transaction(user=owner, booking=replace(booking, amount=Decimal(amount)))
    row = make_transaction(owner)
    with pytest.raises(RefusedAmount):
        services.update_transaction(
            user=owner, transaction_id=row.pk, booking=replace(booking, amount=Decimal(amount))
        )
    assert Transaction.objects.for_user(owner).get().amount == row.amount


def test_what_is_anothers_is_refused_by_the_service_and_by_the_database(owner, stranger, booking):
    for name, value in (("account", make_account(stranger)), ("subcategory", make_subcategory(stranger))):
        with pytest.raises(NotFound):
            services.record_transaction(user=owner, booking=replace(booking, **{name: value}))
        with pytest.raises(IntegrityError):
            file_there(owner, name, value)
    assert not Transaction.objects.for_user(owner).exists()


def file_there(owner, name, value):
    with transaction.atomic():
        make_transaction(owner, **{name: value})
        connection.check_constraints()


def test_anothers_row_is_not_found(owner, stranger, booking):
    row = make_transaction(owner)
    with pytest.raises(NotFound):
        services.update_transaction(user=stranger, transaction_id=row.pk, booking=booking)
    with pytest.raises(NotFound):
        bulk.delete_one(user=stranger, row=row)
    assert Transaction.objects.for_user(owner).get().amount == row.amount


def test_a_deleted_row_is_not_found_twice(owner, booking):
    row = services.record_transaction(user=owner, booking=booking)
    assert bulk.delete_one(user=owner, row=row).sentence == f"Deleted “{row.description}”."
    with pytest.raises(NotFound):
        bulk.delete_one(user=owner, row=row)


def test_balance_and_summary_follow_each_change(owner, booking):
    first, second = make_account(owner, opening="100"), make_account(owner, "Card")
    food = make_subcategory(owner)
    row = services.record_transaction(user=owner, booking=replace(booking, account=first, subcategory=food))
    changed = replace(booking, account=second, subcategory=food, amount=Decimal(7), is_income=True)
    services.update_transaction(user=owner, transaction_id=row.pk, booking=changed)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.current_balance, second.current_balance) == (100, 7)
    summary = SpendingSummary.objects.for_user(owner).get()
    assert (summary.spent, summary.received) == (0, 7)
    bulk.delete_one(user=owner, row=row)
    assert not SpendingSummary.objects.for_user(owner).exists()


def test_an_imported_row_keeps_its_fingerprint_when_edited(owner, booking):
    row = make_transaction(owner, fingerprint="8b5f1d9e-3f0c-4b8e-9a61-444444444444", occurrence=1)
    services.update_transaction(user=owner, transaction_id=row.pk, booking=booking)
    kept = row.fingerprint
    row.refresh_from_db()
    assert (str(row.fingerprint), row.occurrence, row.description) == (kept, 1, "Shop")


def test_writes_take_few_statements(owner, booking, django_assert_max_num_queries):
    filed = replace(booking, account=make_account(owner), subcategory=make_subcategory(owner))
    account_names(owner)  # comes with the user from the cache
    with django_assert_max_num_queries(5):  # the last: whether the account is open still
        row = services.record_transaction(user=owner, booking=filed)
    with django_assert_max_num_queries(8):  # a savepoint, two locks, the row twice, the change, the record
        services.update_transaction(user=owner, transaction_id=row.pk, booking=filed)
    with django_assert_max_num_queries(6):  # a savepoint, the lock, the row, the change with its record, the sentence
        bulk.delete_one(user=owner, row=row)
