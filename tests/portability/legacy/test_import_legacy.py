"""The whole import: everything carried, what was wrong repaired and told, nothing twice, nothing half."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Account, User
from budgets.models import (
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
)
from tests.factories import make_transaction, make_user
from tests.portability.legacy.old import make, person, table
from transactions.models import Category, SpendingSummary, Subcategory, Transaction
from wealthwise.portability.legacy import booking, load
from wealthwise.portability.legacy.source import Source

pytestmark = pytest.mark.django_db

FILING = {
    "category": [{"id": 1, "name": "Home", "user_id": 1}, {"id": 2, "name": "Income", "user_id": 1}],
    "subcategory": [{"id": 1, "name": "Rent", "category_id": 1}, {"id": 2, "name": "Pay", "category_id": 2}],
}


def row(
    number: int,
    amount: Any = -10.0,
    subcategory: int | None = 1,
    when: str = "2024-06-01 00:00:00.000000",
    **more: Any,
) -> dict[str, Any]:
    return {
        "id": number, "amount": amount, "description": f"Row {number}", "subcategory_id": subcategory,
        "user_id": 1, "transaction_date": when,
    } | more  # fmt: skip


def run(path: Path, *options: str) -> str:
    answer = io.StringIO()
    call_command("import_legacy", str(path), *options, stdout=answer)
    return answer.getvalue()


def everything() -> list[Any]:
    models = [
        User,
        EmailAddress,
        Account,
        Category,
        Subcategory,
        Transaction,
        BudgetPeriod,
        BudgetAllocation,
        IncomeSource,
    ]
    return [list(model._base_manager.order_by("pk").values()) for model in models]


def test_people(tmp_path: Path) -> None:
    path = make(
        tmp_path / "old.db",
        user=[person(first_name="O&#39;Brien"), person(2, email_verified=0, country="USA", username="x!")],
    )
    assert "2  people" in run(path)
    first, second = User.objects.order_by("pk")
    assert (first.username, first.email, first.first_name) == ("person1", "person1@example.com", "O'Brien")
    assert (first.country, first.time_zone, first.currency, first.theme) == (
        "ZA",
        "Africa/Johannesburg",
        "ZAR",
        "dark",
    )
    assert f"{first.created_at:%Y-%m-%d %H:%M %Z}" == "2024-05-01 08:30 UTC"
    assert (first.onboarding_step, first.is_staff, first.is_superuser) == (5, False, False)
    assert (second.username, second.time_zone) == ("person2", "UTC")
    assert list(EmailAddress.objects.order_by("pk").values_list("email", "verified")) == [
        ("person1@example.com", True),
        ("person2@example.com", False),
    ]


def test_names_and_rights_that_cannot_be_carried_are_told(tmp_path: Path) -> None:
    make_user("person1")
    people = [person(email="new@example.com", is_admin=1, password_hash="md5$x$00")]
    report = run(make(tmp_path / "old.db", user=people))
    user = User.objects.get(email="new@example.com")
    assert (user.username, user.is_staff, user.has_usable_password()) == ("person12", False, False)
    for words in ("usernames changed", "administrators", "passwords that cannot be carried"):
        assert words in report


def test_accounts_keep_what_was_typed_as_their_opening_balance(tmp_path: Path) -> None:
    accounts = table(
        "id name account_type bank_name account_number current_balance user_id is_active",
        (1, "Everyday", "checking", "FNB", "62123456789", 0.1 + 0.2, 1, 1),
        (2, "Old", "bond", None, "****4321", -1250.555, 1, 0),
    )
    report = run(make(tmp_path / "old.db", user=[person()], account=accounts))
    rows = Account.objects.order_by("pk").values_list(
        "name", "account_type", "number_last4", "opening_balance", "current_balance", "is_active"
    )
    assert list(rows) == [
        ("Everyday", "checking", "6789", Decimal("0.30"), Decimal("0.30"), True),
        ("Old", "other", "4321", Decimal("-1250.56"), Decimal("-1250.56"), False),
    ]
    assert "account numbers reduced" in report
    assert "62123456789" not in report


def test_the_ledger(tmp_path: Path) -> None:
    rows = [
        row(1, -19.99, comment="caf&eacute;", when="2024-05-31 23:30:00.000000"),
        row(2, -(0.1 + 0.2), description=None),
        row(3, -12.0, description="Twin"),
        row(4, -12.0, description="Twin"),
        row(5, 5000.0, 2),
        row(6, -1.0, 999),
        row(7, "much"),
        row(8, -1.0, when="soon"),
    ]
    report = run(make(tmp_path / "old.db", user=[person()], transaction=rows, **FILING))
    found = Transaction.objects.order_by("transaction_date", "id").select_related("subcategory")
    assert [(str(r.amount), r.description, r.comment, r.subcategory and r.subcategory.name) for r in found] == [
        ("-19.99", "Row 1", "café", "Rent"),
        ("-0.30", "No description", "", "Rent"),
        ("-12.00", "Twin", "", "Rent"),
        ("-12.00", "Twin", "", "Rent"),
        ("5000.00", "Row 5", "", "Pay"),
        ("-1.00", "Row 6", "", None),
    ]
    # 23:30 UTC is June in Johannesburg already; a bare day is noon there.
    assert {f"{r.transaction_date:%d %H:%M}" for r in found} == {"31 23:30", "01 10:00"}
    summary = {s.subcategory_id: (s.spent, s.received) for s in SpendingSummary.objects.all()}
    assert sorted(summary.values()) == [(0, 5000), (1, 0), (Decimal("44.29"), 0)]
    for words in ("6  transactions", "filed nowhere", "no number", "without a day"):
        assert words in report
    assert Category.objects.get(name="Income").kind == "income"


def test_equal_names_become_one_and_keep_all_that_was_filed(tmp_path: Path) -> None:
    named = [(1, "Fun &amp; Games", 1), (2, " Fun & Games", 1), (3, "Fun & Games", 2)]
    inside = [(1, "Toys", 1), (2, "Toys", 2), (3, "Pets", 2), (4, "Toys", 3), (5, "Lost", 9)]
    tables = {
        "category": table("id name user_id", *named),
        "subcategory": table("id name category_id", *inside),
        "transaction": [row(n, subcategory=n) for n in range(1, 5)],
    }
    report = run(make(tmp_path / "old.db", user=[person(), person(2)], **tables))
    user = User.objects.order_by("pk")[0]
    assert list(Category.objects.for_user(user).values_list("name", flat=True)) == ["Fun & Games"]
    assert list(Subcategory.objects.for_user(user).values_list("name", flat=True)) == ["Pets", "Toys"]
    filed = Transaction.objects.for_user(user).order_by("id").values_list("subcategory__name", flat=True)
    assert list(filed) == ["Toys", "Toys", "Pets", None]  # the last pointed at the other user's
    assert "categories of one name made one" in report
    assert "subcategories without a category (5 Lost)" in report


def test_plans(tmp_path: Path) -> None:
    recurring = "subcategory_id user_id period_type is_active id allocated_amount"
    period = "id name period_type start_date end_date user_id is_active"
    allocation = "id allocated_amount subcategory_id budget_id is_recurring_allocation recurring_allocation_id"
    tables = {
        **FILING,
        "recurring_income_source": table("id name amount user_id period_type", (1, "Pay", 100.0, 1, "monthly")),
        "recurring_budget_allocation": table(recurring, *[(1, 1, "monthly", 1, *x) for x in ((1, 50.0), (2, -3.0))]),
        "budget_period": table(
            period,
            (1, "June", "monthly", "2024-06-01", "2024-06-30", 1, 1),
            (2, "Also June", "monthly", "2024-06-10", "2024-07-09", 1, 1),
            (3, "Backwards", "yearly", "2024-12-31", "2024-01-01", 1, 0),
        ),
        "budget": table(
            "id period_id total_income balance_brought_forward user_id",
            (1, 1, 1000.0, 0.1 + 0.2, 1),
            (2, 1, 0.0, 0.0, 1),
            (3, 2, 500.0, 0.0, 1),
        ),
        "budget_allocation": table(
            allocation, (1, 20.0, 1, 1, 1, 1), (2, 5.0, 1, 2, 0, None), (3, 9.0, 77, 1, 0, None)
        ),
        "income_source": table("id name amount budget_id recurring_source_id", (1, "Salary", 800.0, 1, 1)),
        "payment": table("id user_id amount_cents", (1, 1, 999)),
    }
    report = run(make(tmp_path / "old.db", user=[person()], **tables))
    periods = {p.name: p for p in BudgetPeriod.objects.all()}
    assert {name: (p.period_type, p.is_active) for name, p in periods.items()} == {
        "June": ("custom", False),
        "Also June": ("monthly", True),
        "Backwards": ("yearly", False),
    }
    assert (periods["Backwards"].start_date, periods["Backwards"].end_date) == (date(2024, 1, 1), date(2024, 12, 31))
    assert periods["June"].budget.brought_forward == Decimal("0.30")
    kept = BudgetAllocation.objects.get()
    assert (kept.allocated_amount, kept.is_recurring_allocation) == (25, True)
    assert kept.recurring is not None
    assert list(IncomeSource.objects.order_by("budget__period__name", "name").values_list("name", "amount")) == [
        ("Income", 500),
        ("Income", 200),
        ("Salary", 800),
    ]
    assert sorted(RecurringBudgetAllocation.objects.values_list("allocated_amount", "is_active")) == [
        (0, False),
        (50, True),
    ]
    for words in (
        "3  budgets",
        "further active periods",
        "turned round",
        "second budgets",
        "added up",
        "rows of payment",
    ):
        assert words in report


def test_a_second_run_adds_nothing_and_leaves_what_changed(tmp_path: Path) -> None:
    path = make(tmp_path / "old.db", user=[person()], transaction=[row(1)], **FILING)
    run(path)
    user = User.objects.get()
    user.preferred_name = "New"
    user.save()
    make_transaction(user)
    before = everything()
    report = run(path)
    assert everything() == before
    assert "Nothing was added." in report
    assert "there already" in report


def test_a_trial_tells_everything_and_keeps_nothing(tmp_path: Path) -> None:
    report = run(make(tmp_path / "old.db", user=[person()], transaction=[row(1)], **FILING), "--dry-run")
    assert "1  transactions" in report
    assert "nothing was kept" in report
    assert not User.objects.exists()


def test_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it fails in the last table."""
    monkeypatch.setattr(booking, "dating", lambda *arguments: 1 / 0)
    path = make(tmp_path / "old.db", user=[person()], transaction=[row(1)], **FILING)
    with pytest.raises(ZeroDivisionError):
        run(path)
    assert not User.objects.exists()
    assert not Category.objects.exists()


def test_others_are_left_alone(tmp_path: Path, owner: Any) -> None:
    """Two of one address in the file, and one that is here: the first counts, and what is here stays."""
    make_transaction(owner)
    before = list(Transaction.objects.values())
    people = [
        person(email="OWNER@example.com"),
        person(2),
        person(3, email="person2@EXAMPLE.com"),
        person(4, email="no"),
    ]
    report = run(make(tmp_path / "old.db", user=people, transaction=[row(1), row(2, user_id=3)], **FILING))
    assert User.objects.count() == 2
    assert list(Transaction.objects.values()) == before
    assert "without an address" in report


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no database", "not an SQLite file"), (b"", "no table user"), (None, "There is no file")],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "old.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        run(path)


def test_a_zone_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no time zone Mars"):
        run(make(tmp_path / "old.db", user=[person()]), "--time-zone", "Mars")


def test_the_file_is_only_read(tmp_path: Path) -> None:
    path = make(tmp_path / "old.db", user=[person()])
    before = path.read_bytes()
    run(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["old.db"]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_add_everybody_once(tmp_path: Path) -> None:
    source = Source(make(tmp_path / "old.db", user=[person()], transaction=[row(1)], **FILING))
    start = threading.Barrier(2)

    def carry(_: int) -> int:
        start.wait(10)
        try:
            return load.load(source).carried["people"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(carry, range(2))) == [0, 1]
    assert User.objects.count() == Transaction.objects.count() == 1
