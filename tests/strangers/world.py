"""A household, and neighbours with the same rows in the same months: by chance, or with words that give them away.

Ids tell whose row it is and of which table: those of the household lie between a million and a hundred, a
neighbour's the same plus ``TWIN`` or ``MARKED``. A new table with an owner is copied without being named here.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from accounts.models import Account, ApiToken, FormReceipt, User
from budgets.models import (
    BudgetAllocation,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
    ScheduleAnswer,
)
from budgets.periods.following import settled
from tests.factories import booked_at, make_account, make_period, make_schedule, make_subcategory, make_user
from transactions.importing import services as imports
from transactions.importing.changes import Replace
from transactions.importing.draft.edits import Listed
from transactions.models import (
    DeletedImport,
    FileCategory,
    ImportBatch,
    Job,
    JobChunk,
    Rule,
    SavedFilter,
    Subcategory,
    Tag,
    Transaction,
    TransferRefusal,
)
from transactions.models.bulk_actions import BulkAction
from transactions.reconciling.services import check_balance

MILLION: Final = 1_000_000
TWIN: Final = 100 * MILLION
MARKED: Final = 200 * MILLION
MARKER: Final = "Zebedee"
MASKED: Final = "Zebedee masked"  # in what staff must not see either
OWN_ID: Final = re.compile(r"(?<![\d.,-])([1-9]\d{6}|[1-9]\d{7})(?![\d.,-])")
# What a person writes: the words of the neighbour who is marked.
WORDS: Final = {"description", "comment", "name", "file_name", "bank_name", "sentence", "preferred_name", "first_name"}
WORDS |= {"last_name", "query", "note", "text"}
PRIVATE: Final = {"description", "comment", "file_name", "sentence", "query", "text"}
FILE: Final = "Date,Description,Amount\n{day},Corner shop,-12.34\n{day},New café,-4.50\n"


def count_from(first: int) -> None:
    """The next id of each table: its number in millions plus ``first``; so ids are the same in each world."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT setval(s.oid::regclass, s.place * 1000000 + %s, false) FROM (
                   SELECT oid, row_number() OVER (ORDER BY relname) AS place FROM pg_class
                   WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace) s""",
            [first],
        )


class Household:
    """Everything that a person can have, once or twice, around ``today``."""

    def __init__(self, today: date) -> None:
        self.today, self.keys = today, itertools.count(1)
        self.user = make_user("walker", currency="USD", time_zone="UTC", country="US")
        self.current = make_account(self.user, "Current", "100")
        self.savings = make_account(self.user, "Savings", "1000", account_type="savings")
        make_account(self.user, "Old", "5", is_active=False, closed_on=today)
        self.food = make_subcategory(self.user)
        self.rent = make_subcategory(self.user, "Rent", "Home")
        self.pay = make_subcategory(self.user, "Salary", "Work", "income")
        make_subcategory(self.user, "Unused", "Spare")
        self.ledger()
        self.imported()
        self.plan()
        self.kept()

    def key(self) -> str:
        """A uuid that a digest keeps as it is."""
        return f"00000000-0000-4000-8000-{next(self.keys):012}"

    def book(self, days_ago: int, amount: str, description: str, **fields: Any) -> Transaction:
        day = self.today - timedelta(days=days_ago)
        dated = booked_at(self.user, datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("UTC")))
        fields = {"account": self.current, **fields}
        return Transaction.objects.create(
            user=self.user, amount=Decimal(amount), description=description, **dated, **fields
        )

    def ledger(self) -> None:
        for days in (2, 20, 40, 70, 400):
            self.book(days, "-12.50", "Corner shop", subcategory=self.food, comment="Bread")
            self.book(days, "-600.00", "Landlord", subcategory=self.rent)
            self.book(days + 1, "2000.00", "Employer", subcategory=self.pay)
            self.book(days + 2, "-7.25", "Kiosk")
        self.book(3, "1.25", "Found")
        self.book(3, "-3.50", "Corner shop", account=None)
        self.book(-2, "-9.99", "Coming", subcategory=self.food)
        transfer = self.key()
        self.book(5, "-50.00", "To savings", transfer_id=transfer)
        self.book(5, "50.00", "From current", transfer_id=transfer, account=self.savings)
        self.book(6, "-75.00", "Out", account=self.current)
        self.book(6, "75.00", "In", account=self.savings)
        out, into = self.book(9, "-31.00", "Out"), self.book(9, "31.00", "In", account=self.savings)
        TransferRefusal.objects.create(user=self.user, out_id=out.pk, into_id=into.pk)

    def imported(self) -> None:
        text = FILE.format(day=self.today - timedelta(days=4)).encode()
        done = imports.commit(batch=imports.stage(user=self.user, account=self.current, file_name="a.csv", data=text))
        check_balance(account=self.current, day=self.today - timedelta(days=4), stated=Decimal("5.00"))
        check_balance(account=self.savings, day=self.today - timedelta(days=4), stated=Decimal("6.00"), batch=done)
        more = text + f"{self.today},Corner shop,-1.00\n".encode()
        waiting = imports.stage(user=self.user, account=self.current, file_name="b.csv", data=more)
        imports.change_all(batch=waiting, listed=Listed("new"), change=Replace("shop", "store", only_ticked=True))
        qif = f"!Type:Bank\nD{self.today:%m/%d/%Y}\nT-4.00\nPCorner shop\n^\n".encode()
        imports.stage(user=self.user, account=self.savings, file_name="c.qif", data=qif)
        DeletedImport.objects.create(
            user=self.user, import_batch=done, fingerprint="00000000-0000-4000-8000-00000000dead", occurrence=1
        )

    def plan(self) -> None:
        start = self.today.replace(day=1)
        ends = [start, *(self._month_before(start, months) for months in range(1, 4))]
        recurring = RecurringIncomeSource.objects.create(user=self.user, name="Pay", amount=Decimal(2000))
        standing = RecurringBudgetAllocation.objects.create(
            user=self.user, subcategory=self.food, allocated_amount=Decimal(90)
        )
        RecurringBudgetAllocation.objects.create(user=self.user, subcategory=self.rent, allocated_amount=Decimal(1))
        due = make_schedule(self.user, "-3.50", f"{ends[-1]}", description="Corner shop", account=self.current)
        ScheduleAnswer.objects.create(user=self.user, schedule=due, due_on=ends[1], is_paid=True)
        make_schedule(self.user, "2000", f"{start}", description="Pay", account=self.current, subcategory=self.food)
        for first in reversed(ends):
            last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            goes_on = settled("monthly", first, last, None)
            period = make_period(
                self.user, str(first), str(last), active=first == start, name=f"{first:%B %Y}", **goes_on
            )
            period.budget.carry_over, period.budget.carry_by = "both", "subcategory"
            period.budget.brought_forward = Decimal("3.00")
            period.budget.save()
            mine = {"user": self.user, "budget": period.budget}
            IncomeSource.objects.create(name="Pay", amount=Decimal(2000), recurring=recurring, **mine)
            for subcategory, amount in ((self.food, 90), (self.rent, 650)):
                BudgetAllocation.objects.create(
                    subcategory=subcategory,
                    allocated_amount=Decimal(amount),
                    recurring=standing if subcategory == self.food else None,
                    is_recurring_allocation=subcategory == self.food,
                    carry_over="both" if subcategory == self.rent else "",
                    **mine,
                )

    @staticmethod
    def _month_before(start: date, months: int) -> date:
        for _ in range(months):
            start = (start - timedelta(days=1)).replace(day=1)
        return start

    def kept(self) -> None:
        rule = Rule.objects.create(
            user=self.user, position=1, text="shop", account=self.current, subcategory=self.food
        )
        Rule.objects.create(user=self.user, position=2, text="kiosk", direction="out", subcategory=self.food)
        filed = Transaction.objects.filter(user=self.user, description="Corner shop", subcategory=self.food).order_by(
            "pk"
        )
        filed.filter(pk=filed[0].pk).update(filed_as_id=self.food.pk, rule_id=rule.pk)
        FileCategory.objects.create(user=self.user, name="Eating: Out", subcategory=self.food)
        tag = Tag.objects.create(user=self.user, name="Journey")
        filed.filter(pk=filed[0].pk).update(tag_ids=[tag.pk])
        SavedFilter.objects.create(user=self.user, name="Shops", query=f"q=shop&account={self.current.pk}")
        BulkAction.objects.create(
            user=self.user,
            kind="move",
            target_id=self.food.pk,
            sentence="2 transactions moved to Groceries.",
            row_count=1,
            rows=[[row.pk, None] for row in Transaction.objects.filter(user=self.user, subcategory=self.food)[:1]],
        )
        FormReceipt.objects.create(user=self.user, key=self.key(), digest="x")
        until = timezone.now() + timedelta(days=30)
        ApiToken.objects.create(user=self.user, name="Script", token_hash="1" * 64, expires_at=until)
        over = {"finished_at": timezone.now(), "outcome": "done", "note": "Ready.", "file_name": "a.json"}
        job = Job.objects.create(user=self.user, kind="export", target="json", file_size=2, **over)
        JobChunk.objects.create(user=self.user, job=job, is_result=True, number=0, content=b"{}")


def move_in(user: User, offset: int) -> None:
    """A neighbour with a copy of each row of ``user``: ids greater by ``offset``, and marked words beyond ``TWIN``."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, columns in owned_columns().items():
            values = ", ".join(_copied(table, name, kind, offset) for name, kind in columns.items())
            owner = "id" if table == "user" else "user_id"
            names = ", ".join(f'"{name}"' for name in columns)
            cursor.execute(f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" WHERE {owner} = {user.pk}')
        cursor.execute("SET LOCAL session_replication_role = origin")
    if offset != TWIN:
        book_more(User.objects.get(pk=user.pk + offset))


def book_more(user: User) -> None:
    """Rows of many days, earlier and later than the household's first and last ones, and a sample of the site's."""
    today, shop = timezone.localdate(), Subcategory.objects.filter(user=user).order_by("pk")[0]
    Transaction.objects.bulk_create(
        Transaction(
            user=user,
            amount=Decimal(-number),
            description=f"{MASKED} {number}",
            account=account_of(user),
            subcategory=shop if number % 2 else None,
            **booked_at(user, datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("UTC"))),
        )
        for number, days in enumerate([1900, *range(100, -5, -3), -9], 1)
        if (day := today - timedelta(days=days))
    )
    ImportBatch.objects.create(
        user=user, account=account_of(user), file_name=MASKED, kind="sample", state="committed", new_count=7
    )


def _copied(table: str, name: str, kind: str, offset: int) -> str:
    """The value of a column in the neighbour's row."""
    if name == "user_id" or (kind in ("integer", "bigint") and (name == "id" or name.endswith("_id"))):
        return f'"{name}" + {offset}'
    if name == "tag_ids":
        return f'(SELECT array_agg(x + {offset}) FROM unnest("tag_ids") x)'
    if name in ("username", "email", "token_hash"):
        return f"left('n{offset // TWIN}' || \"{name}\", 40)"
    if (table, name) == ("user", "uuid"):
        return "gen_random_uuid()"
    if name in WORDS and offset != TWIN:
        number = "username" if table == "user" else "id"
        word = MASKED if name in PRIVATE else MARKER
        return f"CASE WHEN \"{name}\" = '' THEN '' ELSE '{word} ' || {number} END"
    return f'"{name}"'


@cache
def owned_columns() -> dict[str, dict[str, str]]:
    """Columns and their kinds of the person's table and of each table with an owner, as the catalog has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
                   AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                   AND c.relname NOT IN (
                       'usersessions_usersession', 'mfa_authenticator', 'web_session', 'known_device')
                   AND (c.relname = 'user' OR EXISTS (SELECT FROM pg_attribute o
                        WHERE o.attrelid = c.oid AND o.attname = 'user_id' AND NOT o.attisdropped))
               ORDER BY c.relname <> 'user', c.relname, a.attnum"""
        )
        tables: dict[str, dict[str, str]] = {}
        for table, name, kind in cursor.fetchall():
            tables.setdefault(table, {})[name] = kind
        return tables


def digests(person: int) -> tuple[str, str]:
    """A digest of all rows of a person, and one of all rows of everybody else.

    Moments are left out, and of keys and marks of transactions that were made just now only that there are some.
    """
    with connection.cursor() as cursor:
        cursor.execute(_digests(), {"person": person})
        own, others = cursor.fetchone()
        return own, others


def tuples_written() -> int:
    """How many rows this transaction has written so far, in whichever table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


@cache
def _digests() -> str:
    parts = []
    for table, columns in owned_columns().items():
        shown = [f'"{n}"' for n, kind in columns.items() if "time zone" not in kind or n == "transaction_date"]
        owner = "id" if table == "user" else "user_id"
        parts.append(
            f"SELECT {owner} = %(person)s AS own, '{table} ' || row({', '.join(shown)})::text AS r FROM \"{table}\""
        )
    made = "'(?!0{8}-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|written[^]]*]', 'U', 'g'"
    kept = f"CASE WHEN own THEN regexp_replace(r, {made}) ELSE r END"
    every = f"SELECT own, {kept} AS r FROM ({' UNION ALL '.join(parts)}) every"
    sides = [f"md5(string_agg(r, '|' ORDER BY r) FILTER (WHERE {side}))" for side in ("own", "NOT own")]
    return f"SELECT {sides[0]}, {sides[1]} FROM ({every}) kept"


def own_ids(text: str) -> Iterator[re.Match[str]]:
    """Each id of a row of the household that stands in a text."""
    return (found for found in OWN_ID.finditer(text) if MILLION <= int(found[0]) < TWIN)


def account_of(user: User) -> Account:
    return user.accounts.order_by("pk")[0]
