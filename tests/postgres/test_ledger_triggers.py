"""Balances and the spending summary equal a full recomputation after every kind of write."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, User
from tests.examples import COSTLY
from tests.factories import booked_at, make_account, make_subcategory, make_transaction, make_user
from transactions.models import SpendingSummary, Transaction

pytestmark = pytest.mark.django_db

DRIFT = """
WITH truth AS (
    SELECT user_id, date_trunc('month', booked_on)::date AS month, subcategory_id,
           sum(greatest(-amount, 0)) AS spent, sum(greatest(amount, 0)) AS received, count(*) AS transaction_count
    FROM transaction WHERE transfer_id IS NULL GROUP BY 1, 2, 3
), kept AS (SELECT user_id, month, subcategory_id, spent, received, transaction_count FROM spending_summary)
(SELECT * FROM truth EXCEPT ALL SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT ALL SELECT * FROM truth)
"""
BALANCE_DRIFT = """
SELECT a.id, a.current_balance, a.opening_balance
FROM account a LEFT JOIN transaction t ON t.account_id = a.id AND t.user_id = a.user_id
GROUP BY a.id
HAVING a.current_balance <> a.anchor_balance + coalesce(sum(t.amount) FILTER (WHERE t.booked_on > a.anchored_on), 0)
    OR a.opening_balance <> a.anchor_balance - coalesce(sum(t.amount) FILTER (WHERE t.booked_on <= a.anchored_on), 0)
"""


def drift() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(DRIFT)
        rows = cursor.fetchall()
        cursor.execute(BALANCE_DRIFT)
        return rows + cursor.fetchall()


def test_one_row_reaches_balance_and_summary(owner):
    account, food = make_account(owner, opening="100"), make_subcategory(owner)
    make_transaction(owner, "-12.50", account=account, subcategory=food)
    account.refresh_from_db()
    assert account.current_balance == Decimal("87.50")
    summary = SpendingSummary.objects.get(user=owner)
    assert (summary.month, summary.spent, summary.received) == (date(2026, 3, 1), Decimal("12.50"), Decimal("0"))
    assert summary.transaction_count == 1


def test_the_month_is_that_of_the_owners_day_and_stays_when_they_move(db):
    tongan = make_user("tongan", time_zone="Pacific/Tongatapu")
    make_transaction(tongan, "-1", transaction_date=datetime(2026, 3, 31, 12, tzinfo=ZoneInfo("UTC")))
    assert SpendingSummary.objects.get(user=tongan).month == date(2026, 4, 1)
    tongan.time_zone = "America/New_York"
    tongan.save()
    assert SpendingSummary.objects.get(user=tongan).month == date(2026, 4, 1)
    assert drift() == []


def test_a_transfer_moves_balances_and_is_no_spending(owner):
    here, there = make_account(owner, "Here", "10"), make_account(owner, "There")
    link = uuid.uuid4()
    make_transaction(owner, "-4", account=here, transfer_id=link)
    make_transaction(owner, "4", account=there, transfer_id=link)
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.current_balance, there.current_balance) == (Decimal(6), Decimal(4))
    assert not SpendingSummary.objects.exists()


def test_rows_after_the_anchor_move_the_balance_and_rows_up_to_it_explain_it(owner):
    account = make_account(owner, anchored_on=date(2026, 3, 15), anchor_balance=Decimal(1000))
    for day, amount in (("2026-03-14", "-30"), ("2026-03-15", "-4"), ("2026-03-16", "-20")):
        make_transaction(owner, amount, day, account=account)
    account.refresh_from_db()
    assert (account.opening_balance, account.current_balance) == (Decimal(1034), Decimal(980))


def test_a_moved_anchor_takes_the_rows_between_to_its_other_side(owner):
    account = make_account(owner, anchored_on=date(2026, 3, 15), anchor_balance=Decimal(1000))
    for day, amount in (("2026-03-14", "-30"), ("2026-03-15", "-4"), ("2026-03-16", "-20")):
        make_transaction(owner, amount, day, account=account)
    for day, opening, current in (
        (date(2026, 3, 16), 1054, 1000),
        (date(2026, 3, 13), 1000, 946),
        (date(2026, 3, 14), 1030, 976),
    ):
        account.anchored_on = day
        account.save(update_fields=["anchored_on"])
        account.refresh_from_db()
        assert (account.opening_balance, account.current_balance) == (Decimal(opening), Decimal(current)), day
    account.anchor_balance = Decimal(5)
    account.save(update_fields=["anchor_balance"])
    account.refresh_from_db()
    assert (account.opening_balance, account.current_balance) == (Decimal(35), Decimal(-19))


def test_the_last_row_of_a_month_takes_its_summary_along(owner):
    make_transaction(owner).delete()
    assert not SpendingSummary.objects.exists()


def test_copy_fires_the_triggers(owner):
    account = make_account(owner)
    with connection.cursor() as cursor:
        columns = "(user_id, account_id, amount, description, comment, booked_on, transaction_date)"
        with cursor.copy(f"COPY transaction {columns} FROM STDIN") as copy:
            for number in range(500):
                begin = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))
                copy.write_row((owner.pk, account.pk, Decimal(-number), "x", "", begin.date(), begin))
    account.refresh_from_db()
    assert account.current_balance == -sum(range(500))
    assert drift() == []


def test_erasing_a_person_erases_everything_of_theirs_and_nothing_else(owner, stranger):
    for person in (owner, stranger):
        make_transaction(person, account=make_account(person), subcategory=make_subcategory(person))
    owner.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("account", "category", "subcategory", "transaction", "spending_summary"):
            cursor.execute(f"SELECT array_agg(DISTINCT user_id) FROM {table}")
            assert cursor.fetchone()[0] == [stranger.pk], table


WRITES = st.lists(
    st.tuples(
        st.sampled_from(["add", "bulk", "amount", "file", "date", "delete", "zone", "anchor"]),
        st.integers(0, 3),
        st.decimals("-50", "50", places=2),
        st.integers(0, 70),
    ),
    min_size=1,
    max_size=12,
)
ZONES = ["UTC", "Pacific/Auckland", "America/Los_Angeles", "Africa/Johannesburg"]


@given(writes=WRITES)
@COSTLY
def test_any_sequence_of_writes_leaves_no_drift(owner, writes):
    Transaction.objects.filter(user=owner).delete()
    accounts = [None, *(make_account(owner, name) for name in "AB"), None]
    subcategories = [None, *(make_subcategory(owner, name) for name in "XYZ")]
    begin = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))
    for kind, which, amount, days in writes:
        rows = Transaction.objects.filter(user=owner)
        timestamp = begin + timedelta(days=days, hours=which * 7)
        if kind == "add":
            make_transaction(
                owner,
                str(amount),
                transaction_date=timestamp,
                account=accounts[which],
                subcategory=subcategories[which],
            )
        elif kind == "bulk":
            Transaction.objects.bulk_create(
                Transaction(
                    user=owner,
                    amount=amount,
                    description="bulk",
                    **booked_at(owner, timestamp + timedelta(days=9 * number)),
                    account=accounts[(which + number) % 4],
                    subcategory=subcategories[(which + number) % 4],
                )
                for number in range(4)
            )
        elif kind == "amount":
            rows.filter(account=accounts[which]).update(amount=amount)
        elif kind == "file":
            rows.filter(amount__lt=amount).update(subcategory=subcategories[which], account=accounts[which])
        elif kind == "date":
            rows.filter(amount__gt=amount).update(**booked_at(owner, timestamp))
        elif kind == "delete":
            rows.filter(amount__gt=amount).delete()
        elif kind == "anchor":
            moved = Account.objects.filter(user=owner, name__in="AB"[which % 2 :])
            moved.update(anchored_on=timestamp.date(), anchor_balance=amount)
        else:
            User.objects.filter(pk=owner.pk).update(time_zone=ZONES[which])
    assert drift() == []
