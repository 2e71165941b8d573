"""Converting the ledger's partitions while somebody writes, killed and resumed: nothing is lost."""

import os
import random
import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from tests.databases import default_leads_to
from wealthwise.operations.conversion import counters_began
from wealthwise.operations.plan.definitions import differences
from wealthwise.postgres.locks import Lock

ROOT = Path(__file__).resolve().parents[2]
SEED = """
INSERT INTO "user" (password, is_superuser, uuid, username, email, first_name, last_name, preferred_name, country,
                    currency, time_zone, theme, onboarding_step, terms_version, is_active, is_staff)
SELECT '', false, gen_random_uuid(), 'person' || n, 'person' || n || '@example.com', '', '', '', '', 'USD', 'UTC',
       'system', 5, '', true, false FROM generate_series(1, 20) n;
INSERT INTO account (user_id, name, account_type, bank_name, number_last4, anchored_on, anchor_balance, is_active)
SELECT id, 'Current', 'checking', '', '', '1999-12-31', 0, true FROM "user";
INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on, transaction_date)
SELECT a.user_id, a.id, (n % 97) - 50, 'row ' || n, '', date '2026-01-01' + n / 24,
       timestamptz '2026-01-01' + n * interval '1 hour'
FROM generate_series(1, {rows}) n JOIN account a ON a.user_id = (SELECT min(id) FROM "user") + n % 20;
"""
FINGERPRINT = """
SELECT (SELECT string_agg(conname || pg_get_constraintdef(oid), E'\\n' ORDER BY conname) FROM pg_constraint
        WHERE conrelid = 'transaction'::regclass),
       (SELECT string_agg(regexp_replace(pg_get_indexdef(indexrelid), 'ON ONLY', 'ON'), E'\\n'
               ORDER BY pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid = 'transaction'::regclass),
       (SELECT string_agg(pg_get_triggerdef(oid), E'\\n' ORDER BY tgname) FROM pg_trigger
        WHERE tgrelid = 'transaction'::regclass AND NOT tgisinternal),
       (SELECT relacl::text FROM pg_class WHERE oid = 'transaction'::regclass),
       (SELECT pg_get_serial_sequence('transaction', 'id')),
       (SELECT pg_get_viewdef('user_spending_summary'::regclass)),
       (SELECT string_agg(pg_get_indexdef(indexrelid), '') FROM pg_index
        WHERE indrelid = 'user_spending_summary'::regclass)
"""


class Ledger:
    """The scratch database, reached by commands of their own processes and by plain connections."""

    def __init__(self, scratch: Any, rows: int) -> None:
        parameters = scratch.get_connection_params()
        self.parameters = {key: parameters[key] for key in ("dbname", "user", "host", "port") if key in parameters}
        host, port = quote(str(self.parameters["host"]), safe=""), self.parameters.get("port", 5432)
        password = f":{quote(parameters['password'])}" if parameters.get("password") else ""
        if parameters.get("password"):
            self.parameters["password"] = parameters["password"]
        url = f"postgres://{self.parameters['user']}{password}@{host}:{port}/{self.parameters['dbname']}"
        if str(self.parameters["host"]).startswith("/"):
            folder = quote(str(self.parameters["host"]))
            url = f"postgres://{self.parameters['user']}@:{port}/{folder}/{self.parameters['dbname']}"
        self.environment = {**os.environ, "DATABASE_URL": url}
        self.ask(SEED.format(rows=rows))
        self.ask("GRANT SELECT ON transaction TO PUBLIC")

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(**self.parameters, autocommit=True)

    def ask(self, sql: str) -> Any:
        with self.connect() as connection:
            cursor = connection.execute(sql)
            return cursor.fetchone() if cursor.description else None

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "ignore", "manage.py", "partitions", *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def partitions(self, *arguments: str) -> str:
        """What the command says; in this process, as only one that is killed needs one of its own."""
        said = StringIO()
        with default_leads_to(str(self.parameters["dbname"])):
            call_command("partitions", *arguments, stdout=said)
        return said.getvalue()


class Writer(threading.Thread):
    """Inserts, updates and deletes as fast as it can, and remembers what must be there at the end."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.ledger, self.stopping, self.longest = ledger, threading.Event(), 0.0
        self.expected: dict[int, int] = {}

    def run(self) -> None:
        luck = random.Random(7)
        with self.ledger.connect() as connection:
            person = connection.execute('SELECT min(id) FROM "user"').fetchone()[0]
            while not self.stopping.is_set():
                begun = time.monotonic()
                self.write(connection, person + luck.randrange(20), luck)
                self.longest = max(self.longest, time.monotonic() - begun)

    def write(self, connection: psycopg.Connection[Any], person: int, luck: random.Random) -> None:
        what = luck.random()
        if what < 0.5 or len(self.expected) < 5:
            insert = """INSERT INTO transaction (user_id, amount, description, comment, booked_on, transaction_date)
                        VALUES (%s, 1, 'written', '', current_date, now()) RETURNING id"""
            row = connection.execute(insert, [person]).fetchone()
            self.expected[row[0]] = 1
        elif what < 0.8:
            key = luck.choice(list(self.expected))
            self.expected[key] += 1
            connection.execute("UPDATE transaction SET amount = %s WHERE id = %s", [self.expected[key], key])
        else:
            key = luck.choice(list(self.expected))
            del self.expected[key]
            connection.execute("DELETE FROM transaction WHERE id = %s", [key])

    def __enter__(self) -> "Writer":
        self.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.stopping.set()
        self.join()

    def assert_nothing_lost(self) -> None:
        with self.ledger.connect() as connection:
            rows = connection.execute(
                "SELECT id, amount::int FROM transaction WHERE description = 'written'"
            ).fetchall()
        assert dict(rows) == self.expected
        assert len(rows) > 20


@pytest.fixture
def ledger(migrated_scratch: Any) -> Ledger:
    return Ledger(migrated_scratch, rows=20_000)


DRIFTED = """SELECT count(*) FROM account a WHERE current_balance <>
             (SELECT coalesce(sum(amount), 0) FROM transaction t WHERE t.account_id = a.id)"""


def test_there_and_back_under_a_writer(ledger: Ledger) -> None:
    before = ledger.ask(FINGERPRINT)
    with Writer(ledger) as writer:
        for target in (5, 0, 16):
            out = ledger.partitions("convert", "--to", str(target), "--drop-old")
            assert "equal, row for row" in out
            assert f"now has {target or 'no'} partitions" in out
            assert [each.sentence for each in differences(connections["scratch"])] == []
    writer.assert_nothing_lost()
    assert ledger.ask(FINGERPRINT) == before
    assert list(counters_began(connections["scratch"])) == ["transaction"]
    assert ledger.ask(DRIFTED) == (0,)
    assert ledger.ask("SELECT count(*) FROM transaction WHERE description LIKE 'row %'") == (20_000,)
    assert "each in the partition of its owner" in ledger.partitions("verify")
    assert "already" in ledger.partitions("convert", "--to", "16")


def test_killed_anywhere_and_resumed(ledger: Ledger) -> None:
    luck = random.Random(3)
    with Writer(ledger) as writer:
        for _ in range(3):
            process = ledger.start("convert", "--to", "7")
            time.sleep(0.9 + luck.random() * 0.8)
            process.kill()
            process.communicate()
        ledger.partitions("convert", "--to", "7")
    writer.assert_nothing_lost()
    assert ledger.ask("SELECT count(*) FROM pg_inherits WHERE inhparent = 'transaction'::regclass") == (7,)
    assert ledger.ask("SELECT count(*) FROM transaction WHERE description LIKE 'row %'") == (20_000,)
    assert ledger.ask(DRIFTED) == (0,)


def test_an_unfinished_conversion_can_be_given_up(ledger: Ledger) -> None:
    from wealthwise.operations.conversion import Conversion, ConversionError

    before = ledger.ask(FINGERPRINT)
    conversion = Conversion(connections["scratch"], "transaction")
    state = conversion.prepare(3)
    next(conversion.copy(state, batch=100))
    with pytest.raises(ConversionError, match="--to 3"):
        conversion.prepare(4)
    ledger.ask("UPDATE transaction SET amount = 1000 WHERE description = 'row 1'")
    connections["scratch"].cursor().execute("UPDATE transaction_new SET amount = 7 WHERE description = 'row 1'")
    assert [difference for _, difference in conversion.compare() if difference]
    conversion.abort()
    assert ledger.ask(FINGERPRINT) == before
    assert ledger.ask("SELECT to_regclass('transaction_new')") == (None,)


def test_two_at_once(ledger: Ledger) -> None:
    with ledger.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [Lock.CONVERSION.value])
        process = ledger.start("convert", "--to", "3")
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Another conversion is at work right now" in out
    assert ledger.ask("SELECT count(*) FROM partition_conversion") == (0,)
