"""The naive baseline: the same rows as a first draft would keep and read them.

Tables are copied into a schema of their own with nothing but primary keys. A list is counted, paged by OFFSET, and
each row's category and account are looked up when it is shown; sums are taken from the ledger, one statement for
each account, month or subcategory; nothing is cached. It runs over the same connection as the floor, so that the
two differ by the statements alone.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import psycopg

from bench.people import Person
from bench.scenarios import FILTER_DAYS, SEARCHED

Connection = psycopg.Connection[Any]
TABLES = (
    "user", "account", "category", "subcategory", "budget_period", "budget", "budget_allocation", "income_source",
    "transaction",
)  # fmt: skip
PAGE = 50
LONGEST = 60  # seconds of one statement; an answer that needs more is given up
MOST_ROWS = 25_000_000  # above that the copy would double a database that is large already


def prepare(connection: Connection) -> None:
    """Copy what is missing; a copy that is there is of the same rows, since each run cleans up behind itself."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS naive")
    for table in TABLES:
        there = connection.execute("SELECT to_regclass(%s)", [f'naive."{table}"']).fetchone()
        if there and there[0]:
            continue
        with connection.transaction():
            connection.execute(f'CREATE TABLE naive."{table}" AS TABLE public."{table}"')
            connection.execute(f'ALTER TABLE naive."{table}" ADD PRIMARY KEY (id)')
        connection.execute(f'VACUUM ANALYZE naive."{table}"')


def rows_of(connection: Connection, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    return connection.execute(statement, values).fetchall()


def _shown(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """What each row's template asks for, one by one."""
    for _, account, subcategory in rows:
        rows_of(connection, "SELECT * FROM naive.account WHERE id = %s", account)
        for found in rows_of(connection, "SELECT category_id, name FROM naive.subcategory WHERE id = %s", subcategory):
            rows_of(connection, "SELECT * FROM naive.category WHERE id = %s", found[0])


def _list(connection: Connection, person: Person, where: str = "", *values: Any, offset: int = 0) -> None:
    source = f"FROM naive.transaction WHERE user_id = %s {where}"
    rows_of(connection, f"SELECT count(*) {source}", person.id, *values)
    for sign in (">", "<"):
        rows_of(connection, f"SELECT sum(amount) {source} AND amount {sign} 0", person.id, *values)
    page = f"SELECT id, account_id, subcategory_id, * {source} ORDER BY transaction_date DESC, id DESC"
    found = rows_of(connection, f"{page} LIMIT {PAGE} OFFSET {offset}", person.id, *values)
    _shown(connection, [row[:3] for row in found])


def _filtered(connection: Connection, person: Person) -> None:
    first = datetime.combine(person.today - timedelta(days=FILTER_DAYS), time(), person.zone)
    _list(connection, person, "AND account_id = %s AND transaction_date >= %s", person.accounts[0], first)


def _search(connection: Connection, person: Person) -> None:
    text = f"%{SEARCHED}%"
    _list(connection, person, "AND (upper(description) LIKE upper(%s) OR upper(comment) LIKE upper(%s))", text, text)


def _budget(connection: Connection, person: Person) -> None:
    rows_of(connection, "SELECT * FROM naive.budget_period WHERE user_id = %s AND is_active", person.id)
    rows_of(connection, "SELECT * FROM naive.income_source WHERE budget_id = %s", person.budget)
    for category in rows_of(connection, "SELECT id FROM naive.category WHERE user_id = %s", person.id):
        inside = rows_of(connection, "SELECT id FROM naive.subcategory WHERE category_id = %s", *category)
        for (subcategory,) in inside:
            _line(connection, person, subcategory)


def _line(connection: Connection, person: Person, subcategory: int) -> None:
    rows_of(
        connection,
        "SELECT allocated_amount FROM naive.budget_allocation WHERE budget_id = %s AND subcategory_id = %s",
        person.budget,
        subcategory,
    )
    rows_of(
        connection,
        "SELECT sum(amount) FROM naive.transaction WHERE user_id = %s AND subcategory_id = %s "
        "AND transaction_date >= %s AND transaction_date < %s",
        *(person.id, subcategory, person.start, person.end),
    )


def _dashboard(connection: Connection, person: Person) -> None:
    for account in rows_of(connection, "SELECT id FROM naive.account WHERE user_id = %s", person.id):
        rows_of(connection, "SELECT sum(amount) FROM naive.transaction WHERE account_id = %s", *account)
    _months(connection, person)
    _budget(connection, person)
    recent = rows_of(
        connection,
        "SELECT id, account_id, subcategory_id FROM naive.transaction WHERE user_id = %s "
        "ORDER BY transaction_date DESC, id DESC LIMIT 8",
        person.id,
    )
    _shown(connection, recent)


def _months(connection: Connection, person: Person) -> None:
    """In and out of each of the last twelve months."""
    year, month = person.today.year, person.today.month
    firsts = [date(year + (month - back - 1) // 12, (month - back - 1) % 12 + 1, 1) for back in range(-1, 12)]
    for end, start in pairwise(firsts):
        for sign in (">", "<"):
            rows_of(
                connection,
                f"SELECT sum(amount) FROM naive.transaction WHERE user_id = %s AND amount {sign} 0 "  # noqa: S608
                "AND transaction_date >= %s AND transaction_date < %s",
                *(person.id, start, end),
            )


def _record(connection: Connection, person: Person) -> None:
    """A row, and the account's balance added up anew; taken back, so that a kept copy stays as it is."""
    with connection.transaction(force_rollback=True):
        connection.execute(
            "INSERT INTO naive.transaction (id, user_id, account_id, amount, description, comment, transaction_date) "
            "VALUES (-1, %s, %s, -1.25, 'bench', '', now())",
            [person.id, person.accounts[0]],
        )
        connection.execute(
            "UPDATE naive.account SET current_balance = opening_balance + "
            "(SELECT sum(amount) FROM naive.transaction WHERE account_id = %(account)s) WHERE id = %(account)s",
            {"account": person.accounts[0]},
        )


NAIVE: dict[str, Callable[[Connection, Person], Any]] = {
    "list": _list,
    "deep": lambda connection, person: _list(connection, person, offset=person.rows // 2),
    "filtered": _filtered,
    "search": _search,
    "dashboard": _dashboard,
    "budget": _budget,
    "month": _months,
    "year": _months,
    "record": _record,
}
