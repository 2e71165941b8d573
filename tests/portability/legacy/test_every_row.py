"""Nasty databases of the old application: every row of every table has one fate, and none is lost in silence."""

import io
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Account, User
from budgets.models import BudgetAllocation, BudgetPeriod, IncomeSource
from tests.factories import make_user
from tests.portability.legacy.old import make, person, table
from transactions.models import Transaction
from wealthwise.portability.legacy.load import load
from wealthwise.portability.legacy.report import FATES
from wealthwise.portability.legacy.source import Source

pytestmark = pytest.mark.django_db

type Rows = list[dict[str, Any]]

PERIOD = "id name period_type start_date end_date user_id is_active"
BUDGET = "id period_id total_income balance_brought_forward user_id"
ALLOCATION = "id allocated_amount subcategory_id budget_id"


def base(**more: Rows) -> dict[str, Rows]:
    """A person with a category, a period with its budget, and a row."""
    return {
        "user": [person()],
        "category": table("id name user_id", (1, "Home", 1)),
        "subcategory": table("id name category_id", (1, "Rent", 1), (2, "Gas", 1)),
        "account": table("id name current_balance user_id is_active", (1, "Everyday", 12.5, 1, 1)),
        "budget_period": table(PERIOD, (1, "June", "monthly", "2024-06-01", "2024-06-30", 1, 1)),
        "budget": table(BUDGET, (1, 1, 100.0, 0.0, 1)),
        "budget_allocation": table(ALLOCATION, (1, 20.0, 1, 1)),
        "income_source": table("id name amount budget_id", (1, "Pay", 100.0, 1)),
        "transaction": [booked(1)],
    } | more


def booked(number: int, amount: Any = -10.0, when: Any = "2024-06-03 10:00:00", **more: Any) -> dict[str, Any]:
    said = {"description": f"Row {number}", "subcategory_id": 1, "user_id": 1}
    return {"id": number, "amount": amount, "transaction_date": when} | said | more


def periods(*rows: tuple[Any, ...]) -> dict[str, Rows]:
    """Periods with a budget, an allocation and an income each."""
    ids = [row[0] for row in rows]
    return base(
        budget_period=table(PERIOD, *rows),
        budget=table(BUDGET, *((n, n, 50.0, 0.0, 1) for n in ids)),
        budget_allocation=table(ALLOCATION, *((n, 10.0, 1, n) for n in ids)),
        income_source=table("id name amount budget_id", *((n, "Pay", 50.0, n) for n in ids)),
    )


# Each database, and what of it is set aside: the table, the key, and words of the reason.
NASTY: dict[str, tuple[dict[str, Rows], list[tuple[str, Any, str]]]] = {
    "nothing is wrong": (base(), []),
    "amounts that are none": (
        base(transaction=[booked(n, x) for n, x in enumerate(("much", float("inf"), None, b"x", 1e12), 1)]),
        [("transaction", n, "amount is no number") for n in range(1, 6)],
    ),
    "an amount as text": (base(transaction=[booked(1, "-12.50x"), booked(2)]), [("transaction", 1, "no number")]),
    "days that are none": (
        base(transaction=[booked(1, when="soon"), booked(2, when=None), booked(3, when="9999-12-31 00:00:00")]),
        [("transaction", n, "without a day") for n in (1, 2, 3)],
    ),
    "rows of nobody": (base(transaction=[booked(1, user_id=77)]), [("transaction", 1, "not carried")]),
    "two of one address": (
        base(user=[person(), person(2, email="PERSON1@example.com")], transaction=[booked(1), booked(2, user_id=2)]),
        [("user", 2, "another one of the file has"), ("transaction", 2, "not carried")],
    ),
    "no address": (base(user=[person(), person(2, email=None)]), [("user", 2, "without an address")]),
    "planned amounts that are none": (
        base(budget_allocation=table(ALLOCATION, (1, "plenty", 1, 1), (2, 5.0, 2, 1))),
        [("budget_allocation", 1, "planned amounts")],
    ),
    "an income that is none": (
        base(income_source=table("id name amount budget_id", (1, "Pay", float("-inf"), 1))),
        [("income_source", 1, "planned amounts")],
    ),
    "an allocation for nothing": (
        base(budget_allocation=table(ALLOCATION, (1, 5.0, 99, 1))),
        [("budget_allocation", 1, "without a subcategory")],
    ),
    "an allocation of no budget": (
        base(budget_allocation=table(ALLOCATION, (1, 5.0, 1, 99))),
        [("budget_allocation", 1, "budget is not carried")],
    ),
    "a period to the end of time": (
        periods(
            (1, "Ever", "custom", "2024-01-01", "9999-12-31", 1, 1),
            (2, "May", "monthly", "2024-05-01", "2024-05-31", 1, 0),
        ),
        [(name, 1, "with their budgets" if name == "budget_period" else "not carried")
         for name in ("budget_period", "budget", "budget_allocation", "income_source")],
    ),
    "periods over each other": (
        periods(*((n, f"P{n}", "monthly", "2024-05-01", "2024-05-31", 1, n == 1) for n in range(1, 6))),
        [("budget_period", 5, "of every type"), ("budget", 5, "not carried"), ("budget_allocation", 5, "not carried"),
         ("income_source", 5, "not carried")],
    ),
    "a period without days": (
        periods((1, "When", "monthly", None, "", 1, 0)),
        [(name, 1, "") for name in ("budget_period", "budget", "budget_allocation", "income_source")],
    ),
    "a subcategory of nothing": (
        base(subcategory=table("id name category_id", (1, "Rent", 1), (9, "Lost", 55))),
        [("subcategory", 9, "without a category")],
    ),
    "billing": (base(payment=table("id user_id amount_cents", (1, 1, 999))), [("payment", 1, "billing")]),
    "empty everywhere": (
        base(
            account=table("id name current_balance user_id", (1, None, None, 1)),
            category=table("id name user_id", (1, "", 1)),
            subcategory=table("id name category_id", (1, None, 1)),
            budget_allocation=table(ALLOCATION, (1, None, 1, 1)),
            transaction=[booked(1, description=None, comment=None)],
        ),
        [],
    ),
    "letters that are none": (
        base(transaction=[booked(1, description="a\x00b\x1b", comment="&amp;amp;")], account=table(
            "id name account_number current_balance user_id", (1, "x" * 300, "12-34 \u0661", 5, 1))),
        [],
    ),
    "what nobody knows": (
        base(
            user=[person(currency="XXQ", country="Atlantis", theme="neon", password_hash="md5$1$2", email_verified=0)],
            budget_period=table(PERIOD, (1, "June", "lunar", "2024-06-01", "2024-06-30", 1, 1)),
        ),
        [],
    ),
    "somebody else's subcategory": (
        base(user=[person(), person(2)], transaction=[booked(1, user_id=2)]), [],
    ),
}  # fmt: skip


def rows_in(path: Path) -> Counter[str]:
    """What stands in the file, counted by SQLite."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
    return +Counter(counts)


def carried(path: Path, *options: str) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """What is told, what was set aside, and whom somebody has to do something for."""
    answer = io.StringIO()
    call_command("import_legacy", str(path), *options, stdout=answer)
    files = [Path(f"{path}.{what}.jsonl") for what in ("set-aside", "people")]
    lines = [[json.loads(line) for line in file.read_text().splitlines()] if file.exists() else [] for file in files]
    return answer.getvalue(), lines[0], lines[1]


@pytest.mark.parametrize("name", NASTY)
def test_rows_in_are_rows_carried_repaired_and_set_aside(name: str, tmp_path: Path) -> None:
    tables, expected = NASTY[name]
    path = make(tmp_path / "old.db", **tables)
    counts = load(Source(path), is_trial=True).counts()
    assert Counter({each: fates.total() for each, fates in counts.items()}) == rows_in(path)
    told, aside, _ = carried(path)
    assert Counter((line["table"], line["key"]) for line in aside) == Counter((each, key) for each, key, _ in expected)
    for each, key, words in expected:
        line = next(line for line in aside if (line["table"], line["key"]) == (each, key))
        assert words in line["reason"]
        assert line["row"]["id"] == key
    gone = Counter(line["table"] for line in aside)
    assert {each: fates["set aside"] for each, fates in counts.items() if fates["set aside"]} == gone
    kept = {each: count - gone[each] for each, count in rows_in(path).items()}
    assert Transaction.objects.count() == kept.get("transaction", 0)
    assert (Account.objects.count(), User.objects.count()) == (kept.get("account", 0), kept["user"])
    assert BudgetPeriod.objects.count() == kept.get("budget_period", 0)
    assert BudgetAllocation.objects.count() == kept.get("budget_allocation", 0)
    assert IncomeSource.objects.filter(name="Pay").count() == kept.get("income_source", 0)
    for fate in FATES:
        assert fate in told
    client = Client()
    client.force_login(User.objects.order_by("pk")[0])
    assert client.get("/dashboard/").status_code == 200


def test_who_is_here_already_is_counted_and_not_written_down_again(tmp_path: Path) -> None:
    path = make(tmp_path / "old.db", **base())
    carried(path)
    counts = load(Source(path)).counts()
    assert {name: dict(fates) for name, fates in counts.items()} == {
        name: {"here already": count} for name, count in rows_in(path).items()
    }
    _, aside, _ = carried(path)
    assert aside == []


def test_people_for_whom_something_is_to_do_are_listed(tmp_path: Path) -> None:
    make_user("here", email="here@example.com")
    people = [
        person(1, password_hash="md5$1$2"), person(2, email_verified=0), person(3, email="PERSON1@example.com"),
        person(4, currency="doubloons"), person(5, email="here@example.com"),
    ]  # fmt: skip
    path = make(tmp_path / "old.db", user=people)
    _, _, listed = carried(path)
    assert [(line["email"], line["why"].split()[1]) for line in listed] == [
        ("person1@example.com", "password"),
        ("person2@example.com", "address"),
        ("person1@example.com", "person"),
        ("person4@example.com", "currency"),
    ]
    assert Path(f"{path}.people.jsonl").stat().st_mode & 0o777 == 0o600


def with_wal(path: Path, folder: Path) -> Path:
    """A copy of the database as it stands while somebody has written and not closed it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("INSERT INTO account (id, name, current_balance, user_id) VALUES (2, 'In the WAL', 5.0, 1)")
    connection.commit()
    for name in (path, Path(f"{path}-wal")):
        shutil.copy(name, folder)
    connection.close()
    return folder / path.name


def with_journal(path: Path, folder: Path) -> Path:
    """A copy of the database in the middle of a transaction that nobody ends: it never happened."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("PRAGMA cache_spill = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE account SET name = 'In the WAL'")
    long = [(n, "x" * 900) for n in range(10, 600)]
    connection.executemany("INSERT INTO account (id, name, user_id) VALUES (?, ?, 1)", long)
    for name in (path, Path(f"{path}-journal")):
        shutil.copy(name, folder)
    connection.execute("ROLLBACK")
    connection.close()
    return folder / path.name


@pytest.mark.parametrize(
    ("interrupt", "names"), [(with_wal, ["Everyday", "In the WAL"]), (with_journal, ["Everyday"])]
)
def test_a_file_with_changes_beside_it_is_read_whole(
    interrupt: Callable[[Path, Path], Path], names: list[str], tmp_path: Path
) -> None:
    (folder := tmp_path / "copied").mkdir()
    path = interrupt(make(tmp_path / "old.db", **base()), folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    carried(path)
    assert list(Account.objects.order_by("name").values_list("name", flat=True)) == names
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_unknown_tables_and_columns_are_named(tmp_path: Path) -> None:
    path = make(tmp_path / "old.db", **base())
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            'CREATE TABLE "odd ""name" (id INTEGER PRIMARY KEY, word TEXT);'
            'INSERT INTO "odd ""name" VALUES (7, \'a\');'
            "ALTER TABLE account ADD COLUMN iban TEXT; UPDATE account SET iban = 'DE1';"
        )
    told, aside, _ = carried(path)
    assert 'the table odd "name, with 1 rows' in told
    assert "the column iban of account, with something in 1 rows" in told
    assert [(line["table"], line["key"], line["row"]["word"]) for line in aside] == [('odd "name', 7, "a")]
