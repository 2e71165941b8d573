"""A ledger of millions of rows: generated as binary COPY, loaded partition by partition, indexed afterwards.

How many rows somebody has is skewed as life is: most have some hundred, one in a thousand 10,000, one 100,000,
and one 1,000,000 where the total allows it. Each user's rows follow from their number alone. A partition is
loaded into a table of its own, indexed, summed up, and attached in one transaction, so a run that was ended
goes on with the partitions that are still empty, and balances and summaries are right at any time.
"""

import math
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import NormalDist
from typing import Any, Final

from django.db import connection, transaction

from wealthwise.postgres import catalog, sql
from wealthwise.postgres.carrying import attachments, dependents

TABLE: Final = "transaction"
PIECE: Final = 4_000  # rows sent at once
YEARS: Final = 10  # of those with the most rows
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1) // _MICROSECOND

COLUMNS: Final = (
    "id", "user_id", "account_id", "amount", "transaction_date", "booked_on", "subcategory_id", "description",
    "comment",
)  # fmt: skip
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TRAILER: Final = struct.pack("!h", -1)
# Field count; then length and value of id, user, account; NUMERIC as two base-10,000 digits; timestamp; its day.
_ROW: Final = struct.Struct("!hiqiiiiihhHHHHiqii").pack
_POSITIVE, _NEGATIVE = 0x0000, 0x4000

SHOPS: Final = (
    "Corner shop", "Supermarket", "Fuel station 24", "Coffee bar", "Pharmacy", "Bakery", "Bookshop", "Hardware store",
    "City parking", "Train ticket", "Streaming", "Mobile contract", "Restaurant", "Market hall", "Cinema",
    "Online order", "Hairdresser", "Gym", "Vet", "Garden centre", "Electricity", "Water and rates",
    "Insurance premium", "School fees",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Household:
    """What a user's rows point at, in the order of names, so that ids do not matter."""

    user_id: int
    number: int
    accounts: list[int]
    expense: list[int]
    income: list[int]


def counts(people: int, rows: int) -> list[int]:
    """Rows of each user by number, from 1; they add up to ``rows`` exactly.

    The first has the most; the others follow a log-normal curve, whose mean is 1.6 times its median.
    """
    special = [min(1_000_000, rows // 4), min(100_000, rows // 20)]
    special += [min(10_000, rows // 100)] * max(people // 1000, 1)
    special = [count for count in special if count >= 1_000][: max(people - 1, 0)]
    curve, golden = NormalDist(), (math.sqrt(5) - 1) / 2
    weights = [math.exp(curve.inv_cdf(0.001 + 0.998 * (k * golden % 1))) for k in range(people - len(special))]
    left, scale, shared = rows - sum(special), 0.0, []
    before = 0
    per_weight = left / sum(weights)
    for weight in weights:
        scale += weight * per_weight
        shared.append(round(scale) - before)
        before = round(scale)
    return special + shared


def binary_rows(home: Household, count: int, first_id: int, until: date) -> Iterator[bytes]:
    """A user's rows, oldest first, as the tuples of a binary COPY, in pieces.

    Spread evenly, with a jitter, over the time that a user with so many rows has been here, each on the day of its
    timestamp in UTC. One row in sixteen is income, one in thirty-two is not categorised.
    """
    chance = random.Random(home.number)  # noqa: S311  nothing secret
    end = (datetime.combine(until, time(12), UTC) - _EPOCH) // _MICROSECOND
    length = int(timedelta(days=365 * min(max(count / 1000, 0.8), YEARS)) / _MICROSECOND)
    step = length / max(count, 1)
    files = [_filed(chance, home) for _ in range(256)]
    bits, accounts, user = chance.getrandbits, home.accounts, home.user_id
    piece: list[bytes] = []
    for index in range(count):
        draw = bits(48)
        is_income, tail = files[draw & 255]
        timestamp = end - length + int((index + (draw >> 8 & 1023) / 1024) * step)
        whole, cents = draw >> 18 & 2047, (draw >> 29 & 63) + 1
        account = accounts[0 if draw >> 35 & 7 else (draw >> 38) % len(accounts)]
        sign = _POSITIVE if is_income else _NEGATIVE
        whole = whole + 500 if is_income else whole >> 3
        piece.append(
            _ROW(
                9, 8, first_id + index, 4, user, 4, account, 12, 2, 0, sign, 2, whole, cents * 100, *_dated(timestamp)
            )
            + tail
        )
        if len(piece) == PIECE:
            yield b"".join(piece)
            piece = []
    yield b"".join(piece)


def _dated(timestamp: int) -> tuple[int, int, int, int]:
    """A timestamp and its day, each behind its length."""
    return 8, timestamp, 4, timestamp // _DAY


def _filed(chance: random.Random, home: Household) -> tuple[bool, bytes]:
    """Whether it is income, and the fields behind the timestamp: subcategory, description, empty comment."""
    is_income = chance.random() < 1 / 16
    text = ("Salary" if is_income else f"{chance.choice(SHOPS)} {chance.randrange(40)}").encode()
    inside = home.income if is_income else home.expense
    uncategorised = chance.random() < 1 / 32
    filed = struct.pack("!i", -1) if uncategorised else struct.pack("!ii", 4, chance.choice(inside))
    return is_income, filed + struct.pack("!i", len(text)) + text + struct.pack("!i", 0)


def partitions() -> list[str]:
    """Names of the ledger's partitions by remainder; of a plain ledger none."""
    return [partition.name for partition in catalog.partitions_of(connection, TABLE)]


def is_empty(table: str) -> bool:
    return bool(sql.value_of(sql.with_names("SELECT NOT EXISTS (SELECT FROM {table})", table=table)))


_HOMES = """
SELECT u.id, substr(u.username, 6)::int, a.ids, s.expense, s.income FROM "user" u
JOIN LATERAL (SELECT array_agg(id ORDER BY account_type) AS ids FROM account WHERE user_id = u.id) a ON true
JOIN LATERAL (
    SELECT array_agg(s.id ORDER BY c.name, s.name) FILTER (WHERE c.kind = 'expense') AS expense,
           array_agg(s.id ORDER BY c.name, s.name) FILTER (WHERE c.kind = 'income') AS income
    FROM subcategory s JOIN category c ON c.user_id = u.id AND c.id = s.category_id WHERE s.user_id = u.id
) s ON true
WHERE starts_with(u.username, 'seed_')
  AND (%(modulus)s = 0 OR satisfies_hash_partition('transaction'::regclass, %(modulus)s, %(remainder)s, u.id))
ORDER BY u.id
"""


def households(remainder: int, modulus: int) -> list[Household]:
    """Who is in one partition; with ``modulus`` 0 everybody."""
    return [Household(*row) for row in sql.rows_of(_HOMES, modulus=modulus, remainder=remainder)]


def load_partition(remainder: int, modulus: int, sizes: list[int], until: date) -> Iterator[int]:
    """Fill one empty partition, or a plain ledger (``modulus`` 0); yields the rows of each piece sent."""
    homes = households(remainder, modulus)
    starts = _first_ids(sizes)
    with transaction.atomic():
        target = f"{TABLE}_load" if modulus else TABLE
        if modulus:
            _make_table(partitions()[remainder], target)
        else:
            _switch_triggers(on=False)
        yield from _copy(target, homes, sizes, starts, until)
        if modulus:
            _put_in_place(partitions()[remainder], target, remainder, modulus)
        else:
            _switch_triggers(on=True)
        _sum_up([home.user_id for home in homes])


def _first_ids(sizes: list[int]) -> list[int]:
    starts, position = [], 1
    for size in sizes:
        starts.append(position)
        position += size
    return starts


def _copy(target: str, homes: list[Household], sizes: list[int], starts: list[int], until: date) -> Iterator[int]:
    statement = sql.with_names(
        "COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)", table=target, columns=sql.identifiers(COLUMNS)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_HEADER)
        for home in homes:
            size = sizes[home.number - 1]
            for piece in binary_rows(home, size, starts[home.number - 1], until):
                copy.write(piece)
            yield size
        copy.write(_TRAILER)


_LIKE = "CREATE TABLE {target} (LIKE {partition} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)"
_ATTACH = """
ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})
"""


def _make_table(partition: str, target: str) -> None:
    for statement in ("DROP TABLE IF EXISTS {target}", _LIKE):
        sql.run(sql.with_names(statement, partition=partition, target=target))


def _put_in_place(partition: str, target: str, remainder: int, modulus: int) -> None:
    """Keys and indexes after the load, then the table takes the place of the empty partition."""
    sql.run("SET LOCAL maintenance_work_mem = '256MB'")
    dependents.copy_keys_and_indexes(connection, partition, target)
    attachments.copy_table_attachments(connection, partition, target)
    for statement in dependents.missing_foreign_keys(connection, TABLE, target):
        sql.run(statement)
    for text in ("ALTER TABLE {table} DETACH PARTITION {partition}", "DROP TABLE {partition}"):
        sql.run(sql.with_names(text, table=TABLE, partition=partition))
    dependents.rename(connection, target, partition)
    sql.run(sql.with_names(_ATTACH, table=TABLE, partition=partition, modulus=modulus, remainder=remainder))


def _switch_triggers(*, on: bool) -> None:
    """Keys that wait for the commit are checked first: a table with such events cannot be altered."""
    sql.run("SET CONSTRAINTS ALL IMMEDIATE")
    sql.run("SET CONSTRAINTS ALL DEFERRED")
    sql.run("ALTER TABLE transaction ENABLE TRIGGER USER" if on else "ALTER TABLE transaction DISABLE TRIGGER USER")


_BALANCES = """
UPDATE account a SET current_balance = a.anchor_balance + t.total FROM (
    SELECT user_id, account_id, sum(amount) AS total FROM transaction
    WHERE user_id = ANY(%(people)s) GROUP BY 1, 2
) t WHERE a.user_id = t.user_id AND a.id = t.account_id
"""
_SUMMARIES = """
INSERT INTO spending_summary (user_id, month, subcategory_id, spent, received, transaction_count)
SELECT user_id, date_trunc('month', booked_on)::date,
       subcategory_id, sum(greatest(-amount, 0)), sum(greatest(amount, 0)), count(*)
FROM transaction WHERE user_id = ANY(%(people)s)
GROUP BY 1, 2, 3
"""


def _sum_up(people: list[int]) -> None:
    """What the triggers would have kept: balances and spending per month."""
    sql.run(_BALANCES, people=people)
    sql.run(_SUMMARIES, people=people)


def finish(rows: int) -> Any:
    """New rows get ids behind the seeded ones; the planner learns what there is."""
    sql.run(
        "SELECT setval(seq, greatest(%(next)s, nextval(seq))) FROM pg_get_serial_sequence('transaction', 'id') AS seq",
        next=rows + 1,
    )
    sql.run("ANALYZE")
