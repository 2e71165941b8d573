"""The migration that anchors balances, with somebody who writes between any two of its steps, forward and back."""

from itertools import count
from typing import Any

from django.db.migrations.executor import MigrationExecutor

BEFORE, ANCHORED = ("transactions", "0015_covering_index_with_day"), ("transactions", "0016_anchored_balances")
WITH_IT = ("accounts", "0003_balance_anchor")
PERSON = """
INSERT INTO "user" (password, is_superuser, uuid, username, email, first_name, last_name, preferred_name, country,
                    currency, time_zone, theme, onboarding_step, terms_version, is_active, is_staff)
VALUES ('', false, gen_random_uuid(), 'writer', 'writer@example.com', '', '', '', '', 'USD', 'UTC', 'system', 5, '',
        true, false) RETURNING id
"""
ACCOUNT = """
INSERT INTO account (user_id, name, account_type, bank_name, number_last4, opening_balance, anchor_balance, is_active)
VALUES (%s, %s, 'checking', '', '', 100, 0, true) RETURNING id
"""
BOOK = """
INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on, transaction_date)
VALUES (%(user)s, %(account)s, %(amount)s, 'row', '', current_date - %(ago)s, now() - %(ago)s * interval '1 day')
"""
CHANGE = (
    "UPDATE transaction SET amount = amount - 1 WHERE id = (SELECT max(id) FROM transaction WHERE account_id = %s)"
)
DELETE = "DELETE FROM transaction WHERE id = (SELECT min(id) FROM transaction WHERE account_id = %s)"
BY_ANCHORS = """
SELECT a.name,
       a.current_balance = a.anchor_balance + coalesce(sum(t.amount) FILTER (WHERE t.booked_on > a.anchored_on), 0),
       a.opening_balance = a.anchor_balance - coalesce(sum(t.amount) FILTER (WHERE t.booked_on <= a.anchored_on), 0)
FROM account a LEFT JOIN transaction t ON t.account_id = a.id GROUP BY a.id ORDER BY a.name
"""
BY_OPENINGS = """
SELECT a.name, a.current_balance = a.opening_balance + coalesce(sum(t.amount), 0)
FROM account a LEFT JOIN transaction t ON t.account_id = a.id GROUP BY a.id ORDER BY a.name
"""


class Writer:
    """Books, changes and deletes in an account that has rows, in one that has none yet, and in a new one each time."""

    def __init__(self, cursor: Any) -> None:
        self.cursor, self.numbers = cursor, count(1)
        cursor.execute(PERSON)
        self.user = cursor.fetchone()[0]
        self.accounts = [self.opened("Used"), self.opened("Empty")]
        self.book(self.accounts[0], 30)

    def opened(self, name: str) -> int:
        self.cursor.execute(ACCOUNT, [self.user, name])
        return int(self.cursor.fetchone()[0])

    def book(self, account: int, ago: int) -> None:
        amount = -next(self.numbers)
        self.cursor.execute(BOOK, {"user": self.user, "account": account, "amount": amount, "ago": ago})

    def write(self) -> None:
        """Today, and long before the first row of the account."""
        self.accounts.append(self.opened(f"New {next(self.numbers):03}"))
        for account in self.accounts:
            for ago in (0, 400):
                self.book(account, ago)
            self.cursor.execute(CHANGE, [account])
        self.cursor.execute(DELETE, [self.accounts[0]])


def test_balances_are_exact_whatever_is_written_between_two_steps(scratch: Any) -> None:
    executor = MigrationExecutor(scratch)
    executor.migrate([BEFORE, WITH_IT])
    migration = executor.loader.get_migration(*ANCHORED)
    state = executor.loader.project_state([BEFORE, WITH_IT])
    with scratch.cursor() as cursor:
        writer = Writer(cursor)
        for operation in migration.operations:
            with scratch.schema_editor(atomic=False) as editor:
                operation.database_forwards("transactions", editor, state, state)
            writer.write()
        cursor.execute(BY_ANCHORS)
        assert [line for line in cursor.fetchall() if line[1:] != (True, True)] == []
        for operation in reversed(migration.operations):
            with scratch.schema_editor(atomic=False) as editor:
                operation.database_backwards("transactions", editor, state, state)
            writer.write()
        cursor.execute(BY_OPENINGS)
        assert [line for line in cursor.fetchall() if not line[1]] == []
        assert len(writer.accounts) > 20
