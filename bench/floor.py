"""The floor: what a page answers, asked by hand-written SQL over one connection, without a web server.

Each answer is the rows and sums that the page shows, by prepared statements on the same tables and indexes. What
a page takes beyond its floor is Python, HTML and HTTP.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from bench.people import Person
from bench.scenarios import FILTER_DAYS, SEARCHED

Rows = list[tuple[Any, ...]]
Connection = psycopg.Connection[Any]

COLUMNS = "id, transaction_date, amount, description, subcategory_id, account_id, transfer_id"
FIGURES = """count(*), coalesce(sum(amount) FILTER (WHERE amount > 0 AND transfer_id IS NULL), 0),
    coalesce(sum(amount) FILTER (WHERE amount < 0 AND transfer_id IS NULL), 0)"""
FILED = """SELECT subcategory_id, sum(amount) AS net, sum(amount) FILTER (WHERE amount > 0) AS received,
        count(*) AS entries
    FROM transaction
    WHERE user_id = %(user)s AND transaction_date >= %(start)s AND transaction_date < %(end)s
      AND transfer_id IS NULL
    GROUP BY subcategory_id"""
NAMED = f"""SELECT c.id, c.name, c.kind, s.id, s.name, a.allocated_amount, f.net, f.received, f.entries
    FROM ({FILED}) f FULL JOIN (
        SELECT subcategory_id, allocated_amount FROM budget_allocation
        WHERE user_id = %(user)s AND budget_id = %(budget)s
    ) a USING (subcategory_id)
    LEFT JOIN subcategory s ON s.user_id = %(user)s AND s.id = subcategory_id
    LEFT JOIN category c ON c.user_id = %(user)s AND c.id = s.category_id"""  # noqa: S608  constants
MONTHS = """SELECT s.month, c.kind, sum(s.spent), sum(s.received) FROM spending_summary s
    LEFT JOIN subcategory sc ON sc.user_id = s.user_id AND sc.id = s.subcategory_id
    LEFT JOIN category c ON c.user_id = s.user_id AND c.id = sc.category_id
    WHERE s.user_id = %(user)s AND s.month >= %(month)s GROUP BY 1, 2"""
DAILY = """SELECT (transaction_date AT TIME ZONE %(zone)s)::date, sum(amount) FROM transaction
    WHERE user_id = %(user)s AND transaction_date >= %(start)s - interval '1 month' AND transaction_date < %(end)s
      AND amount < 0 AND transfer_id IS NULL GROUP BY 1"""
RECENT = f"SELECT {COLUMNS} FROM transaction WHERE user_id = %(user)s ORDER BY transaction_date DESC, id DESC LIMIT 8"  # noqa: S608
ACCOUNTS = "SELECT id, name, current_balance FROM account WHERE user_id = %(user)s AND is_active"
PERIOD = "SELECT name, start_date, end_date FROM budget_period WHERE user_id = %(user)s AND is_active"
INCOME = "SELECT name, amount FROM income_source WHERE user_id = %(user)s AND budget_id = %(budget)s"
INSERT = """INSERT INTO transaction
    (user_id, account_id, subcategory_id, amount, description, comment, booked_on, transaction_date)
    VALUES (%(user)s, %(account)s, %(subcategory)s, -1.25, 'bench', '', current_date, now())"""


@dataclass(frozen=True, slots=True)
class Answer:
    """``rows`` are those of a page, ``figures`` what stands above them; ``parts`` whatever else it shows."""

    rows: Rows
    figures: tuple[Any, ...] = ()
    parts: tuple[Rows, ...] = ()


def ask(connection: Connection, statement: str, **values: Any) -> Rows:
    return connection.execute(statement, values, prepare=True).fetchall()


def values_of(person: Person) -> dict[str, Any]:
    year = person.today - timedelta(days=FILTER_DAYS)
    first = date(person.today.year - 1, person.today.month % 12 + 1, 1)
    return {
        "user": person.id,
        "zone": str(person.zone),
        "budget": person.budget,
        "account": person.accounts[0],
        "subcategory": person.subcategories[0],
        "start": person.start,
        "end": person.end,
        "month": first,
        "first": year,
        "last": person.today + timedelta(days=1),
        "text": f"%{SEARCHED}%",
        "timestamp": person.middle[0],
        "key": person.middle[1],
    }


DATES = """AND account_id = %(account)s AND transaction_date >= %(first)s::timestamp AT TIME ZONE %(zone)s
    AND transaction_date < %(last)s::timestamp AT TIME ZONE %(zone)s"""
CONDITIONS = {
    "list": "",
    "deep": "AND (transaction_date, id) < (%(timestamp)s, %(key)s)",
    "filtered": DATES,
    "search": "AND transaction_words(description, comment) LIKE transaction_folded(%(text)s)",
}


def listed(name: str) -> Callable[[Connection, Person], Answer]:
    """One page of a list, the sums above it, and those of its days; in the middle without the sums above."""
    where = f"FROM transaction WHERE user_id = %(user)s {CONDITIONS[name]}"
    page = f"SELECT {COLUMNS} {where} ORDER BY transaction_date DESC, id DESC LIMIT 51"
    sums = f"SELECT {FIGURES} {where}"
    days = f"""SELECT (transaction_date AT TIME ZONE %(zone)s)::date, {FIGURES} {where.replace(CONDITIONS["deep"], "")}
        AND transaction_date >= (%(oldest)s AT TIME ZONE %(zone)s)::date::timestamp AT TIME ZONE %(zone)s
        AND transaction_date < ((%(newest)s AT TIME ZONE %(zone)s)::date + 1)::timestamp AT TIME ZONE %(zone)s
        GROUP BY 1"""

    def answer(connection: Connection, person: Person) -> Answer:
        values = values_of(person)
        rows = ask(connection, page, **values)[:50]
        figures = () if name == "deep" else ask(connection, sums, **values)[0]
        if not rows:
            return Answer(rows, figures)
        return Answer(rows, figures, (ask(connection, days, newest=rows[0][1], oldest=rows[-1][1], **values),))

    return answer


def dashboard(connection: Connection, person: Person) -> Answer:
    parts = (PERIOD, NAMED, DAILY, MONTHS, ACCOUNTS, INCOME)
    values = values_of(person)
    return Answer(ask(connection, RECENT, **values), (), tuple(ask(connection, part, **values) for part in parts))


def budget(connection: Connection, person: Person) -> Answer:
    values = values_of(person)
    return Answer([], (), tuple(ask(connection, part, **values) for part in (PERIOD, NAMED, INCOME)))


def months(connection: Connection, person: Person) -> Answer:
    return Answer([], (), (ask(connection, MONTHS, **values_of(person)),))


def record(connection: Connection, person: Person) -> Answer:
    connection.execute(INSERT, values_of(person), prepare=True)
    return Answer([])


FLOOR: dict[str, Callable[[Connection, Person], Answer]] = {
    **{name: listed(name) for name in CONDITIONS},
    "dashboard": dashboard,
    "budget": budget,
    "month": months,
    "year": months,
    "record": record,
}
