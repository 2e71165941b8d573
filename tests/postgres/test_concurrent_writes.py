"""What is built while users write: two connections at once on the triggers, and writes during index steps."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.concurrency import at_once
from tests.examples import COSTLY
from tests.factories import booked_at, make_account, make_subcategory, make_user
from tests.postgres.test_ledger_triggers import ZONES, drift
from transactions.models import Transaction

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ["add", "bulk", "amount", "file", "date", "delete", "zone", "pair"]
WRITES = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.decimals("-50", "50", places=2), st.integers(0, 70)),
    min_size=2,
    max_size=10,
)


class Household:
    def __init__(self) -> None:
        self.user = make_user()
        self.accounts = [make_account(self.user, name) for name in "AB"] + [None]
        self.subcategories = [make_subcategory(self.user, name) for name in "XY"] + [None]

    def booking(self, which: int, amount: Any, days: int) -> Transaction:
        return Transaction(
            user=self.user,
            amount=amount,
            description="x",
            **booked_at(self.user, BEGIN + timedelta(days=days)),
            account=self.accounts[which],
            subcategory=self.subcategories[(which + days) % 3],
        )

    def write(self, kind: str, which: int, amount: Any, days: int) -> None:
        rows = Transaction.objects.for_user(self.user)
        if kind == "add":
            self.booking(which, amount, days).save()
        elif kind == "bulk":
            Transaction.objects.bulk_create([self.booking(n % 3, amount, days + n * 9) for n in range(5)])
        elif kind == "amount":
            rows.filter(account=self.accounts[which]).update(amount=amount)
        elif kind == "file":
            rows.filter(amount__lt=amount).update(
                subcategory=self.subcategories[which], account=self.accounts[(which + 1) % 3]
            )
        elif kind == "date":
            rows.filter(amount__gt=amount).update(**booked_at(self.user, BEGIN + timedelta(days=days)))
        elif kind == "delete":
            rows.filter(amount__gt=amount).delete()
        elif kind == "pair":  # two statements in one transaction, rolled back now and then
            with transaction.atomic():
                self.booking(which, amount, days).save()
                self.booking((which + 1) % 3, -amount, days + 31).save()
                transaction.set_rollback(days % 3 == 0)
        else:
            User.objects.filter(pk=self.user.pk).update(time_zone=ZONES[which])


@pytest.mark.django_db(transaction=True)
@given(first=WRITES, second=WRITES)
@COSTLY
def test_two_connections_leave_no_drift(first: list[Any], second: list[Any]) -> None:
    User.objects.filter(username="owner").delete()
    household = Household()
    answers = at_once(
        *(lambda w=w: [household.write(*write) for write in w] for w in (first, second)), refusals=(OperationalError,)
    )
    # Two updates of the same rows in different orders may deadlock; one is then refused as a whole.
    failures = [answer for answer in answers if isinstance(answer, OperationalError)]
    assert [f for f in failures if "deadlock" not in str(f)] == []
    assert drift() == []


FILL = """
INSERT INTO "user" (password, is_superuser, uuid, username, email, first_name, last_name, preferred_name, country,
                    currency, time_zone, theme, onboarding_step, terms_version, is_active, is_staff)
SELECT '', false, gen_random_uuid(), 'person' || n, 'person' || n || '@example.com', '', '', '', '', 'USD', 'UTC',
       'system', 5, '', true, false FROM generate_series(1, 10) n;
INSERT INTO transaction (user_id, amount, description, comment, transaction_date)
SELECT u.id, -1, 'row', '', timestamptz '2026-01-01' + n * interval '1 minute'
FROM "user" u, generate_series(1, 3000) n
"""
FILL_NOW = FILL.replace("comment, transaction_date)", "comment, booked_on, transaction_date)").replace(
    "'row', '', timestamptz", "'row', '', date '2026-01-01' + n / 1440, timestamptz"
)


# As the version before writes, until the day of each row is required, and as this one does.
BEFORE = """
INSERT INTO transaction (user_id, amount, description, comment, transaction_date) VALUES (%s, -1, 'during', '', now())
"""
NOW = """
INSERT INTO transaction (user_id, amount, description, comment, booked_on, transaction_date)
VALUES (%s, -1, 'during', '', (now() AT TIME ZONE 'UTC')::date, now())
"""


@pytest.mark.parametrize(
    ("back", "forward", "insert"),
    [
        ("0001", "0002", BEFORE),
        ("0002", "0003", BEFORE),
        ("0011", "0015", BEFORE),
        ("0015", "0017", NOW),
    ],
)
def test_people_write_while_a_step_runs(scratch: Any, back: str, forward: str, insert: str) -> None:
    """A writer that waits for a lock longer than its timeout fails; none does, and none of its rows is lost."""
    options: dict[str, Any] = {"database": "scratch", "verbosity": 0, "interactive": False, "skip_checks": True}
    call_command("migrate", "transactions", back, **options)
    with scratch.cursor() as cursor:
        cursor.execute(FILL if insert is BEFORE else FILL_NOW)
    arguments = {
        k: v for k, v in scratch.get_connection_params().items() if k in ("dbname", "user", "host", "port", "password")
    }
    ending, counts, failures = threading.Event(), [0], []

    def write() -> None:
        try:
            with psycopg.connect(**arguments, autocommit=True) as mine:
                mine.execute("SET lock_timeout = '2s'")
                people = [row[0] for row in mine.execute('SELECT id FROM "user"').fetchall()]
                while not ending.is_set():
                    mine.execute(insert, [people[counts[0] % 10]])
                    counts[0] += 1
        except psycopg.Error as error:
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    call_command("migrate", "transactions", forward, **options)
    ending.set()
    writer.join(30)
    assert failures == []
    assert counts[0] > 0
    with scratch.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM transaction WHERE description = 'during'")
        assert cursor.fetchone()[0] == counts[0]
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        assert cursor.fetchall() == []
