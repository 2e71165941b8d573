"""The crowd to measure with: exact numbers, the same at every run, sums right, resumable."""

import io
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, User
from budgets.models import BudgetAllocation, BudgetPeriod
from tests.factories import booked_at, make_user
from tests.postgres.test_ledger_triggers import drift
from transactions.models import Transaction
from wealthwise.demo import crowd, ledger
from wealthwise.operations.plan.definitions import differences

UNTIL = date(2026, 11, 15)
LEDGER = """SELECT md5(string_agg(concat_ws('|', t.id, u.username, a.name, s.name, amount, description,
    transaction_date AT TIME ZONE 'UTC'), E'\\n' ORDER BY t.id))
    FROM transaction t JOIN "user" u ON u.id = t.user_id JOIN account a ON a.id = t.account_id
    LEFT JOIN subcategory s ON s.id = t.subcategory_id"""


def seed(users: int = 12, transactions: int = 3000, **options: Any) -> str:
    out = io.StringIO()
    call_command("seed", users=users, transactions=transactions, until=UNTIL, stdout=out, **options)
    return out.getvalue()


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@given(people=st.integers(1, 400), each=st.integers(1, 300))
def test_the_counts_add_up(people: int, each: int) -> None:
    found = ledger.counts(people, people * each)
    assert (len(found), sum(found)) == (people, people * each)
    assert min(found) >= 0


def test_the_counts_are_skewed_as_life_is() -> None:
    found = ledger.counts(100_000, 20_000_000)
    assert found[:2] == [1_000_000, 100_000]
    assert found.count(10_000) == 100
    ordered = sorted(found)
    median, mean = ordered[50_000], sum(found) / len(found)
    assert 1.4 < mean / median < 2.2
    assert ordered[1_000] > 0


@pytest.mark.django_db(transaction=True)
def test_a_crowd_with_its_ledger() -> None:
    told = seed(password="Seeded-Person-2026!")
    assert told.startswith("3,000 rows loaded")
    assert (User.objects.count(), Account.objects.count(), Transaction.objects.count()) == (12, 36, 3000)
    assert drift() == []
    assert BudgetPeriod.objects.filter(is_active=True).count() == 12
    assert BudgetAllocation.objects.count() == 12 * crowd.PERIODS * crowd.PLANNED
    most = max(ledger.counts(12, 3000))
    person = User.objects.get(username=f"seed_{ledger.counts(12, 3000).index(most) + 1}")
    assert person.check_password("Seeded-Person-2026!")
    rows = Transaction.objects.for_user(person)
    assert rows.count() == most
    assert rows.newest_first()[0].transaction_date.date() <= UNTIL
    assert rows.filter(amount__gt=0).exists()
    assert rows.filter(subcategory=None).exists()
    call_command("partitions", "verify", stdout=io.StringIO())
    call_command("check_summaries", stdout=io.StringIO())
    assert [each.sentence for each in differences(connection)] == []
    # Ids go on behind the seeded ones, through the parent as ever.
    added = Transaction.objects.create(
        user=person, amount=-1, description="x", **booked_at(person, rows.newest_first()[0].transaction_date)
    )
    assert added.pk > 3000
    assert drift() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_at_every_run_and_when_it_was_ended(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(60)
    whole = ask(LEDGER)
    User.objects.all().delete()
    load, calls = ledger.load_partition, []

    def ended(*arguments: Any) -> Any:
        calls.append(arguments[0])
        if len(calls) == 5:
            raise KeyboardInterrupt
        yield from load(*arguments)

    if settings.TRANSACTION_PARTITIONS:
        monkeypatch.setattr(ledger, "load_partition", ended)
        with pytest.raises(KeyboardInterrupt):
            seed(60)
        monkeypatch.setattr(ledger, "load_partition", load)
        assert 0 < Transaction.objects.count() < 3000
        assert drift() == []
    seed(60)
    assert ask(LEDGER) == whole
    assert drift() == []


@pytest.mark.django_db
def test_a_database_with_people_is_left_alone() -> None:
    make_user("somebody")
    with pytest.raises(CommandError, match="Seed an empty database"):
        seed()
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("users", "transactions"), [(0, 10), (10, 9)])
def test_numbers_that_make_no_sense(users: int, transactions: int) -> None:
    with pytest.raises(CommandError, match="at least"):
        seed(users, transactions)
    assert User.objects.count() == 0
