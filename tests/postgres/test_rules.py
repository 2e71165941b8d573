"""The rules that hold whatever the code does: each is broken on purpose with raw SQL and refused."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.factories import make_account, make_category, make_period, make_subcategory, make_transaction, make_user

pytestmark = pytest.mark.django_db


def refused(sql: str, params: list[Any]) -> str:
    """Run ``sql`` and its deferred checks; return the database's refusal."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return str(refusal.value)


PERIOD = """INSERT INTO budget_period (user_id, name, period_type, start_date, end_date, is_active)
            VALUES (%s, 'x', %s, %s, %s, %s)"""
TRANSACTION = """INSERT INTO transaction (user_id, account_id, subcategory_id, amount, description, comment,
                 booked_on, transaction_date) VALUES (%s, %s, %s, %s, %s, '', current_date, now())"""


def test_periods_of_one_type_never_share_a_day(owner):
    make_period(owner, active=False)
    answer = refused(PERIOD, [owner.pk, "monthly", date(2026, 3, 31), date(2026, 4, 29), False])
    assert "budget_period_no_overlap" in answer


def test_periods_of_different_types_and_people_may_overlap(owner, stranger):
    make_period(owner, active=False)
    make_period(owner, "2026-01-01", "2026-03-31", period_type="quarterly", name="Q1 2026", active=False)
    make_period(stranger)
    assert owner.budget_periods.count() == 2


def test_one_active_period_per_person(owner):
    make_period(owner)
    answer = refused(PERIOD, [owner.pk, "monthly", date(2026, 4, 1), date(2026, 4, 30), True])
    assert "idx_budget_period_user_active" in answer


def test_a_period_ends_on_or_after_its_start(owner):
    answer = refused(PERIOD, [owner.pk, "monthly", date(2026, 4, 30), date(2026, 4, 29), False])
    assert "budget_period_ends_after_start" in answer


def test_another_persons_account_is_out_of_reach(owner, stranger):
    answer = refused(TRANSACTION, [owner.pk, make_account(stranger).pk, None, "-1", "x"])
    assert "transaction_account_owner_fk" in answer


def test_another_persons_subcategory_is_out_of_reach(owner, stranger):
    answer = refused(TRANSACTION, [owner.pk, None, make_subcategory(stranger).pk, "-1", "x"])
    assert "transaction_subcategory_owner_fk" in answer


def test_moving_a_row_to_another_person_is_refused(owner, stranger):
    row = make_transaction(owner, subcategory=make_subcategory(owner))
    answer = refused("UPDATE transaction SET user_id = %s WHERE id = %s", [stranger.pk, row.pk])
    assert "transaction_subcategory_owner_fk" in answer


def test_a_subcategory_stays_with_its_owners_category(owner, stranger):
    category = make_category(stranger)
    answer = refused(
        "INSERT INTO subcategory (user_id, category_id, name) VALUES (%s, %s, 'x')", [owner.pk, category.pk]
    )
    assert "subcategory_category_owner_fk" in answer


def test_another_persons_subcategory_cannot_be_budgeted(owner, stranger):
    period = make_period(owner)
    answer = refused(
        "INSERT INTO budget_allocation (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation)"
        " VALUES (%s, %s, %s, 1, false)",
        [owner.pk, period.budget.pk, make_subcategory(stranger).pk],
    )
    assert "budget_allocation_subcategory_owner_fk" in answer


def test_another_persons_budget_cannot_be_filled(owner, stranger):
    period = make_period(stranger)
    answer = refused(
        "INSERT INTO budget_allocation (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation)"
        " VALUES (%s, %s, %s, 1, false)",
        [owner.pk, period.budget.pk, make_subcategory(owner).pk],
    )
    assert "budget_allocation_budget_owner_fk" in answer


def test_a_subcategory_in_use_is_not_deleted(owner):
    row = make_transaction(owner, subcategory=make_subcategory(owner))
    answer = refused("DELETE FROM subcategory WHERE id = %s", [row.subcategory_id])
    assert "transaction_subcategory_owner_fk" in answer


def test_deleting_a_period_takes_its_budget_and_no_transaction(owner):
    period = make_period(owner)
    make_transaction(owner)
    period.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM budget), (SELECT count(*) FROM transaction)")
        assert cursor.fetchone() == (0, 1)


@pytest.mark.parametrize("username", ["Owner2", "ab", "a" * 21, "with space", "dash-ed"])
def test_usernames_keep_their_shape(owner, username):
    answer = refused('UPDATE "user" SET username = %s WHERE id = %s', [username, owner.pk])
    assert "user_username_shape" in answer or "too long" in answer


def test_email_is_unique_whatever_its_case(owner):
    with pytest.raises(IntegrityError, match="user_email_lower_case"), transaction.atomic():
        make_user("other", email="OWNER@example.com")
    with pytest.raises(IntegrityError, match="idx_user_email"), transaction.atomic():
        make_user("other", email="owner@example.com")


def test_a_transfer_has_one_leg_each_way(owner):
    account = make_account(owner)
    transfer = "7c0f8f3e-0000-4000-8000-000000000001"
    make_transaction(owner, "-5", account=account, transfer_id=transfer)
    make_transaction(owner, "5", account=account, transfer_id=transfer)
    with pytest.raises(IntegrityError, match="duplicate key"), transaction.atomic():
        make_transaction(owner, "5", account=account, transfer_id=transfer)


def test_money_is_exact_and_bounded(owner):
    row = make_transaction(owner, "-9999999999.99")
    row.refresh_from_db()
    assert str(row.amount) == "-9999999999.99"
    assert "overflow" in refused(TRANSACTION, [owner.pk, None, None, "10000000000", "x"])
