"""Who is measured: three users of the seeded crowd, and what their requests name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

EDITED = 16  # rows that edits take turns with
OTHERS = 64  # users who sign in or write beside the three


@dataclass(frozen=True, slots=True)
class Person:
    """``middle`` is the key of the row in the middle of theirs; ``start`` and ``end`` bound the active period."""

    label: str
    id: int
    username: str
    country: str
    currency: str
    zone: ZoneInfo
    rows: int
    accounts: list[int]
    subcategories: list[int]
    budget: int
    period: int
    start: datetime
    end: datetime
    newest: list[int]
    middle: tuple[datetime, int]

    @property
    def today(self) -> date:
        return datetime.now(self.zone).date()


_SIZES = """
SELECT user_id, sum(transaction_count)::bigint AS rows FROM spending_summary GROUP BY 1 ORDER BY 2, 1
"""
_PERSON = """
SELECT u.username, u.country, u.currency, u.time_zone,
       (SELECT array_agg(id ORDER BY account_type) FROM account WHERE user_id = u.id),
       (SELECT array_agg(s.id ORDER BY s.id) FROM subcategory s JOIN category c ON c.id = s.category_id
        WHERE s.user_id = u.id AND c.kind = 'expense'),
       b.id, p.id, p.start_date, p.end_date
FROM "user" u JOIN budget_period p ON p.user_id = u.id AND p.is_active JOIN budget b ON b.period_id = p.id
WHERE u.id = %s
"""
_KEYS = """
SELECT id, transaction_date FROM transaction WHERE user_id = %s ORDER BY transaction_date DESC, id DESC
OFFSET %s LIMIT %s
"""


def nearest(sizes: Sequence[tuple[int, int]], rows: int) -> tuple[int, int]:
    """The user, of (id, rows), whose number of rows is nearest to ``rows``."""
    return min(sizes, key=lambda entry: abs(entry[1] - rows))


def chosen(connection: "psycopg.Connection[Any]") -> list[Person]:
    """Somebody in the middle, somebody with about 10,000 rows, and whoever has the most; nobody twice."""
    sizes = connection.execute(_SIZES).fetchall()
    picks = {"small": sizes[len(sizes) // 2], "10,000": nearest(sizes, 10_000), "most": sizes[-1]}
    found, seen = [], set()
    for label, (user, rows) in picks.items():
        if user not in seen:
            seen.add(user)
            found.append(_person(connection, label, user, rows))
    return found


def others(connection: "psycopg.Connection[Any]", but: Sequence[Person]) -> list[Person]:
    """Users of middling size, for what many do at once."""
    sizes = connection.execute(_SIZES).fetchall()
    taken, middle = {person.id for person in but}, len(sizes) // 2
    around = [entry for entry in sizes[max(middle - OTHERS, 0) : middle + OTHERS] if entry[0] not in taken]
    return [_person(connection, "other", user, rows) for user, rows in around[:OTHERS]]


def _person(connection: "psycopg.Connection[Any]", label: str, user: int, rows: int) -> Person:
    name, country, currency, zone_name, accounts, subcategories, budget, period, first, last = connection.execute(
        _PERSON, [user]
    ).fetchone()
    zone = ZoneInfo(zone_name)
    newest = connection.execute(_KEYS, [user, 0, EDITED]).fetchall()
    middle, timestamp = connection.execute(_KEYS, [user, rows // 2, 1]).fetchone()
    return Person(
        label=label,
        id=user,
        username=name,
        country=country,
        currency=currency,
        zone=zone,
        rows=rows,
        accounts=accounts,
        subcategories=subcategories,
        budget=budget,
        period=period,
        start=datetime.combine(first, time(), zone),
        end=datetime.combine(last + timedelta(days=1), time(), zone),
        newest=[key for key, _ in newest],
        middle=(timestamp, middle),
    )
