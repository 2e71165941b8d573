"""Transactions by programs: listed, read, added once, changed without losing anything, deleted, in bulk."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from tests.api.programs import Program
from tests.factories import make_account, make_subcategory, make_transaction
from transactions.models import Subcategory, Transaction
from transactions.reconciling.services import check_balance

pytestmark = pytest.mark.django_db
SHOP = {"amount": "-12.50", "description": "Corner shop", "day": "2026-03-15"}


@pytest.fixture
def current(owner: User) -> Account:
    return make_account(owner, "Current", "100")


@pytest.fixture
def food(owner: User) -> Subcategory:
    return make_subcategory(owner)


@pytest.fixture
def theirs(stranger: User) -> Transaction:
    """The same row of somebody else."""
    account = make_account(stranger, "Current", "100")
    return make_transaction(stranger, account=account, subcategory=make_subcategory(stranger))


def added(program: Program, **more: Any) -> dict[str, Any]:
    answer = program.post("transactions", SHOP | more)
    assert answer.status_code == 201, answer.content
    row: dict[str, Any] = answer.json()
    return row


def test_one_is_added_and_read(
    owner: User, program: Program, foreign: Program, current: Account, food: Subcategory
) -> None:
    row = added(
        program, account=current.pk, subcategory=food.pk, time="18:30", comment=" Bread ", tags=["Trip", "Home"]
    )
    stored = Transaction.objects.get()
    assert (stored.user, stored.amount, stored.booked_on) == (owner, Decimal("-12.50"), date(2026, 3, 15))
    assert {name: value for name, value in row.items() if name != "version"} == {
        "id": stored.pk, "day": "2026-03-15", "time": "18:30:00", "amount": "-12.50", "description": "Corner shop",
        "comment": "Bread", "account": current.pk, "subcategory": food.pk, "tags": ["Home", "Trip"], "transfer": None,
        "split": None,
    }  # fmt: skip
    assert program.get(f"transactions/{stored.pk}").json() == row
    assert program.get(f"accounts/{current.pk}").json()["balance"] == "87.50"
    assert foreign.get(f"transactions/{stored.pk}").status_code == 404


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"amount": -12.5}, "amount", "Send amounts as text"),
        ({"amount": "-12.505"}, "amount", "Send amounts as text"),
        ({"amount": "0.00"}, "amount", "must not be zero"),
        ({"amount": "99999999999"}, "amount", "Send amounts as text"),
        ({"description": "  "}, "description", "at least 1 character"),
        ({"description": "x" * 201}, "description", "at most 200 characters"),
        ({"description": "a\0b"}, "description", "Null characters"),
        ({"day": "15.03.2026"}, "day", "YYYY-MM-DD"),
        ({"day": "1899-12-31"}, "day", "Send a day between"),
        ({"day": 20260315}, "day", "YYYY-MM-DD"),
        ({"time": "25:00"}, "time", "HH:MM"),
        ({"tags": ["a,b"]}, "tags", "no commas"),
        ({"tags": [f"t{number}" for number in range(21)]}, "tags", "at most 20 tags"),
        ({"acount": 1}, "acount", "Extra inputs"),
        ({"account": True}, "account", "valid integer"),
    ],
)
def test_what_a_form_would_refuse_is_refused(program: Program, more: Any, field: str, said: str) -> None:
    answer = program.post("transactions", SHOP | more)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    told = answer.json()
    assert (told["status"], told["code"], list(told["errors"])) == (422, "invalid", [field])
    assert said in told["errors"][field][0]
    assert not Transaction.objects.exists()


def test_places_are_ones_own_and_open(program: Program, owner: User, theirs: Transaction, food: Subcategory) -> None:
    closed = make_account(owner, "Old", is_active=False)
    food.is_archived = True
    food.save()
    for field, key, said in [
        ("account", theirs.account_id, "That is not one of yours."),
        ("subcategory", theirs.subcategory_id, "That is not one of yours."),
        ("account", closed.pk, "Old is closed."),
        ("subcategory", food.pk, "Groceries is archived."),
    ]:
        answer = program.post("transactions", SHOP | {field: key})
        assert (answer.status_code, answer.json()["errors"]) == (422, {field: [said]})
    assert not Transaction.objects.for_user(owner).exists()


def test_a_currency_without_cents_takes_none(owner: User, program: Program) -> None:
    owner.currency = "JPY"
    owner.save()
    assert "amount" in program.post("transactions", SHOP).json()["errors"]
    assert added(program, amount="-1200")["amount"] == "-1200.00"


def test_digits_are_written_in_one_way_everywhere(owner: User, program: Program) -> None:
    owner.country, owner.currency = "DE", "EUR"
    owner.save()
    row = added(program, amount="-1234.50")
    assert row["amount"] == "-1234.50"
    found = program.get("transactions?amount_from=1234.50&amount_to=1234.50").json()["items"]
    assert [each["id"] for each in found] == [row["id"]]
    assert len(program.get("transactions?q=1234.50").json()["items"]) == 1


def test_a_key_adds_once(owner: User, program: Program, foreign: Program) -> None:
    first = program.post("transactions", SHOP, **{"Idempotency-Key": "night of the 15th"})
    again = program.post("transactions", SHOP, **{"Idempotency-Key": "night of the 15th"})
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    other = program.post("transactions", SHOP | {"amount": "-9"}, **{"Idempotency-Key": "night of the 15th"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key")
    assert foreign.post("transactions", SHOP, **{"Idempotency-Key": "night of the 15th"}).status_code == 201
    assert Transaction.objects.for_user(owner).count() == 1
    refused = program.post("transactions", SHOP | {"account": 1}, **{"Idempotency-Key": "next"})
    assert refused.status_code == 422
    assert program.post("transactions", SHOP, **{"Idempotency-Key": "next"}).status_code == 201


def test_a_thousand_are_added_in_one_statement(
    owner: User, program: Program, current: Account, food: Subcategory
) -> None:
    rows = [
        SHOP | {"description": f"Row {number}", "account": current.pk, "subcategory": food.pk, "tags": ["Bank"]}
        for number in range(1000)
    ]
    with CaptureQueriesContext(connection) as captured:
        answer = program.post("transactions/batch", {"transactions": rows}, **{"Idempotency-Key": "x"})
    assert answer.status_code == 201
    written = [query["sql"] for query in captured if 'INTO "transaction"' in query["sql"]]
    assert len(written) == 1
    assert len(captured) < 30
    made = answer.json()["transactions"]
    assert [row["description"] for row in made] == [f"Row {number}" for number in range(1000)]
    assert Transaction.objects.for_user(owner).count() == 1000
    current.refresh_from_db()
    assert current.current_balance == Decimal("100") - 1000 * Decimal("12.50")
    assert program.post("transactions/batch", {"transactions": rows}, **{"Idempotency-Key": "x"}).status_code == 200
    assert Transaction.objects.for_user(owner).count() == 1000


def test_of_many_all_are_added_or_none(owner: User, program: Program, theirs: Transaction) -> None:
    wrong = [SHOP, SHOP | {"account": theirs.account_id}, SHOP | {"amount": "x"}]
    answer = program.post("transactions/batch", {"transactions": wrong[:2]})
    assert answer.json()["errors"] == {"transactions.1.account": ["That is not one of yours."]}
    assert list(program.post("transactions/batch", {"transactions": wrong}).json()["errors"]) == [
        "transactions.2.amount"
    ]
    assert program.post("transactions/batch", {"transactions": [SHOP] * 1001}).status_code == 422
    assert program.post("transactions/batch", {"transactions": []}).status_code == 422
    assert not Transaction.objects.for_user(owner).exists()


def test_pages_go_on_where_they_ended(owner: User, program: Program, theirs: Transaction) -> None:
    for number in range(5):
        make_transaction(owner, day=date(2026, 3, 10 + number), description=f"Row {number}")
    first = program.get("transactions?limit=2").json()
    second = program.get(f"transactions?limit=2&after={first['next']}").json()
    last = program.get(f"transactions?limit=2&after={second['next']}").json()
    found = [row["description"] for page in (first, second, last) for row in page["items"]]
    assert (found, last["next"]) == ([f"Row {number}" for number in range(4, -1, -1)], None)
    assert program.get("transactions?after=nonsense").status_code == 422


def test_the_list_understands_the_search_of_the_pages(
    owner: User, program: Program, current: Account, food: Subcategory, theirs: Transaction
) -> None:
    mine = make_transaction(owner, account=current, subcategory=food)
    make_transaction(owner, "-99", description="Landlord")
    for query in (
        "q=shop category:food", f"account={current.pk}", f"subcategory={food.pk}", "direction=expense&amount_to=50",
        "date_from=2026-03-15&description=corner shop",
    ):  # fmt: skip
        assert [row["id"] for row in program.get(f"transactions?{query}").json()["items"]] == [mine.pk], query
    for query, field in [
        ("q=categroy:food", "q"), (f"account={theirs.account_id}", "account"), ("acount=1", "acount"),
        ("direction=up", "direction"), ("amount_from=x", "amount_from"), ("limit=501", "limit"),
    ]:  # fmt: skip
        answer = program.get(f"transactions?{query}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field]), query


def test_a_change_keeps_the_rest(program: Program, foreign: Program, food: Subcategory) -> None:
    row = added(program, comment="Bread", tags=["Trip"])
    changed = program.patch(f"transactions/{row['id']}", {"version": row["version"], "subcategory": food.pk})
    assert changed.status_code == 200
    assert changed.json() == row | {"subcategory": food.pk, "version": changed.json()["version"]}
    assert changed.json()["version"] != row["version"]
    theirs = foreign.patch(f"transactions/{row['id']}", {"version": changed.json()["version"], "amount": "1"})
    assert theirs.status_code == 404
    assert program.get(f"transactions/{row['id']}").json() == changed.json()


def test_a_change_of_what_was_changed_is_refused_with_what_is_there(owner: User, program: Program) -> None:
    row = added(program)
    Transaction.objects.for_user(owner).update(description="Elsewhere")
    answer = program.patch(f"transactions/{row['id']}", {"version": row["version"], "amount": "-1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    assert answer.json()["current"] == program.get(f"transactions/{row['id']}").json()
    assert Transaction.objects.get().amount == Decimal("-12.50")
    assert program.delete(f"transactions/{row['id']}?version={row['version']}").status_code == 409
    assert program.patch(f"transactions/{row['id']}", {"amount": "-1"}).status_code == 422
    null = program.patch(f"transactions/{row['id']}", {"version": answer.json()["current"]["version"], "amount": None})
    assert null.status_code == 422


def test_deleting_is_undone(owner: User, program: Program, foreign: Program) -> None:
    row = added(program)
    assert foreign.delete(f"transactions/{row['id']}").status_code == 404
    done = program.delete(f"transactions/{row['id']}").json()
    assert not Transaction.objects.for_user(owner).exists()
    assert foreign.post(f"transactions/undo/{done['undo']}").status_code == 422
    assert program.post(f"transactions/undo/{done['undo']}").status_code == 200
    assert program.get(f"transactions/{row['id']}").json() == row


def test_many_are_changed_as_on_the_pages(
    owner: User, program: Program, food: Subcategory, theirs: Transaction
) -> None:
    rows = [added(program, description=f"Shop {number}")["id"] for number in range(3)]
    moved = program.post("transactions/change", {"filter": "q=shop", "seen": 3, "subcategory": food.pk})
    assert moved.status_code == 200
    assert Transaction.objects.for_user(owner).filter(subcategory=food).count() == 3
    stale = program.post("transactions/change", {"filter": "q=shop", "seen": 2, "delete": True})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
    assert program.post("transactions/change", {"ids": [theirs.pk], "seen": 1, "delete": True}).status_code == 409
    assert program.post("transactions/change", {"ids": rows, "seen": 3}).status_code == 422
    wrong = program.post("transactions/change", {"filter": "q=categroy:x", "seen": 3, "delete": True})
    assert wrong.status_code == 422
    slip = program.post("transactions/change", {"filter": "subcategroy=1", "seen": 3, "delete": True})
    assert (slip.status_code, slip.json()["errors"]) == (422, {"subcategroy": ["There is no such filter."]})
    assert program.post("transactions/change", {"ids": rows[:2], "seen": 2, "delete": True}).status_code == 200
    assert list(Transaction.objects.for_user(owner).values_list("pk", flat=True)) == rows[2:]
    assert Transaction.objects.filter(pk=theirs.pk).exists()


def test_a_reconciled_day_asks_first(owner: User, program: Program, current: Account) -> None:
    check_balance(account=current, day=date(2026, 3, 20), stated=Decimal("100"))
    asked = program.post("transactions", SHOP | {"account": current.pk})
    assert (asked.status_code, asked.json()["code"]) == (409, "ask_first")
    assert not Transaction.objects.for_user(owner).exists()
    assert program.post("transactions?agreed=true", SHOP | {"account": current.pk}).status_code == 201


def test_what_cannot_be_read_is_told_as_a_problem(program: Program) -> None:
    headers = {"Authorization": f"Bearer {program.token}"}
    answer = Client().post("/api/v1/transactions", "{", "application/json", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    for method, path, status in [
        ("PUT", "transactions", 405), ("GET", "nothing/of/this", 404), ("POST", "nothing", 404),
        ("GET", "transactions/x", 404),
        ("GET", f"transactions/{10**30}", 404), ("GET", "transactions/0", 404),
    ]:  # fmt: skip
        answer = program.ask(method, path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), path
