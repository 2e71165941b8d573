"""Accounts, categories, budgets, reports, checks, statements and exports by programs: the figures of the pages."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account, User
from budgets.models import BudgetAllocation
from tests.api.programs import Program
from tests.factories import make_account, make_period, make_schedule, make_subcategory, make_transaction, signed_in
from transactions.jobs import turns, worker
from transactions.models import Transaction
from wealthwise.core.days import today_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Workers that would have been started."""
    found: list[str] = []
    monkeypatch.setattr(turns, "start_command", found.append)
    return found


def test_an_account_is_added_changed_closed_and_opened(owner: User, program: Program, foreign: Program) -> None:
    sent = {"name": "Savings", "account_type": "savings", "number_last4": "DE12 3456 7890", "anchor_balance": "50.00"}
    made = program.post("accounts", sent).json()
    assert (made["number_last4"], made["balance"], made["is_open"]) == ("7890", "50.00", True)
    assert made["anchored_on"] == str(today_of(owner))
    path = f"accounts/{made['id']}"
    changed = program.patch(path, {"version": made["version"], "name": "Reserve"}).json()
    assert (changed["name"], changed["account_type"], changed["balance"]) == ("Reserve", "savings", "50.00")
    stale = program.patch(path, {"version": made["version"], "name": "Other"})
    assert (stale.status_code, stale.json()["current"]) == (409, changed)
    future = program.patch(path, {"version": changed["version"], "anchored_on": "2199-01-01"})
    assert (future.status_code, list(future.json()["errors"])) == (422, ["anchored_on"])
    refused = program.post(f"{path}/close", {"balance": "49.99"})
    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    assert program.post(f"{path}/close", {"balance": "50.00"}).json()["is_open"] is False
    assert program.post(f"{path}/reopen").json()["is_open"] is True
    assert foreign.post(f"{path}/close", {"balance": "50.00"}).status_code == 404
    assert Account.objects.for_user(owner).get().name == "Reserve"


def test_a_category_in_use_asks_where_its_rows_go(owner: User, program: Program) -> None:
    food, rest = make_subcategory(owner), make_subcategory(owner, "Other", "Rest")
    row = make_transaction(owner, subcategory=food)
    refused = program.delete(f"subcategories/{food.pk}")
    assert (refused.status_code, refused.json()["code"]) == (422, "refused")
    assert program.delete(f"subcategories/{food.pk}?target={rest.pk}").status_code == 204
    row.refresh_from_db()
    assert row.subcategory_id == rest.pk
    taken = program.post("subcategories", {"name": "Other", "category": rest.category_id})
    assert (taken.status_code, taken.json()["code"]) == (422, "refused")
    turns_kind = program.put(f"categories/{rest.category_id}", {"name": "Rest", "kind": "income"})
    assert (turns_kind.status_code, turns_kind.json()["code"]) == (409, "ask_first")
    assert program.delete(f"subcategories/{2**31}").status_code == 404


def test_a_transfer_is_made_parted_and_joined(owner: User, program: Program) -> None:
    current, savings = make_account(owner, "Current", "100"), make_account(owner, "Savings", "0")
    sent = {"amount": "40.00", "source": current.pk, "target": savings.pk, "day": "2026-03-15"}
    made = program.post("transfers", sent, **{"Idempotency-Key": "k"})
    again = program.post("transfers", sent, **{"Idempotency-Key": "k"})
    assert (made.status_code, again.status_code, made.json()) == (201, 200, again.json())
    transfer = made.json()
    assert (transfer["out"]["amount"], transfer["into"]["amount"]) == ("-40.00", "40.00")
    assert (
        program.patch(f"transactions/{transfer['out']['id']}", {"version": transfer["out"]["version"]}).json()["code"]
        == "is_transfer"
    )
    change = sent | {"version": transfer["version"], "side": transfer["out"]["id"], "amount": "45.00"}
    changed = program.put(f"transfers/{transfer['id']}", change)
    assert (changed.json()["out"]["amount"], changed.json()["into"]["amount"]) == ("-45.00", "45.00")
    assert program.put(f"transfers/{transfer['id']}", change).status_code == 409
    assert program.post(f"transfers/{transfer['id']}/part", {}).status_code == 204
    assert program.get(f"transfers/{transfer['id']}").status_code == 404
    sides = {"out": transfer["out"]["id"], "into": transfer["into"]["id"]}
    joined = program.post("transfers/join", sides)
    assert joined.status_code == 200
    assert program.post("transfers/join", sides).status_code == 422
    assert program.post("transfers", sent | {"target": current.pk}).json()["errors"]["target"]
    assert [account["balance"] for account in program.get("accounts").json()["accounts"]] == ["55.00", "45.00"]


def test_a_budget_says_what_its_page_says(owner: User, program: Program) -> None:
    food, current = make_subcategory(owner), make_account(owner)
    period = make_period(owner, "2026-03-01", "2026-03-31", active=False)
    make_transaction(owner, "-30.00", subcategory=food, account=current)
    make_transaction(owner, "10.00", subcategory=food, account=current)
    path = f"periods/{period.pk}"
    told = program.put(f"{path}/lines/{food.pk}", {"allocated": "25.00"}).json()
    assert told["lines"] == [
        {
            "subcategory": food.pk, "name": "Groceries", "category": food.category_id, "allocated": "25.00",
            "carried": "0.00", "spent": "20.00", "left": "5.00",
        }
    ]  # fmt: skip
    assert (told["spent"], told["allocated"], told["to_allocate"]) == ("20.00", "25.00", "-25.00")
    assert program.get(f"{path}/budget").json() == told
    assert program.put(f"{path}/lines/{food.pk}", {"allocated": "-1.00"}).status_code == 422
    assert program.put(f"{path}/lines/{food.pk + 999}", {"allocated": "1.00"}).status_code == 404
    assert BudgetAllocation.objects.for_user(owner).get().allocated_amount == Decimal("25.00")
    overlapping = {"name": "Again", "period_type": "monthly", "start": "2026-03-15", "end": "2026-04-14"}
    refused = program.post("periods", overlapping)
    assert (refused.status_code, "March 2026" in refused.json()["detail"]) == (422, True)
    assert len(program.get("periods").json()["periods"]) == 1


def test_a_budget_of_a_currency_without_cents_has_none(owner: User, program: Program) -> None:
    owner.currency = "JPY"
    owner.save()
    food, period = make_subcategory(owner), make_period(owner, "2026-03-01", "2026-03-31", active=False)
    path = f"periods/{period.pk}/lines/{food.pk}"
    refused = program.put(path, {"allocated": "1200.50"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["allocated"])
    assert not BudgetAllocation.objects.for_user(owner).exists()
    assert program.put(path, {"allocated": "1200"}).status_code == 200


def test_reports_have_the_figures_of_the_pages(owner: User, program: Program, stranger: User) -> None:
    food, pay = make_subcategory(owner), make_subcategory(owner, "Salary", "Work", "income")
    current = make_account(owner, "Current", "0")
    for user, sub in ((owner, food), (stranger, make_subcategory(stranger))):
        make_transaction(user, "-30.00", subcategory=sub, account=current if user == owner else None)
    make_transaction(owner, "5.00", subcategory=food, account=current, description="Refund")
    make_transaction(owner, "2000.00", subcategory=pay, account=current)
    days = "date_from=2026-03-01&date_to=2026-03-31"
    assert program.get(f"reports/spending?{days}").json() == {
        "rows": [{"start": "2026-03-01", "category": food.category_id, "name": "Food", "spent": "25.00"}],
        "total": "25.00",
    }
    assert program.get(f"reports/cash-flow?{days}").json()["rows"] == [
        {"start": "2026-03-01", "income": "2000.00", "spent": "25.00", "net": "1975.00"}
    ]
    last = program.get(f"reports/net-worth?{days}").json()["rows"][-1]
    assert last == {"day": "2026-03-31", "owned": "1975.00", "owed": "0.00", "net": "1975.00"}
    for query in ("date_from=2026-03-01&date_to=2026-02-01", "date_from=1900-01-01&date_to=2200-01-01", "by=month"):
        assert program.get(f"reports/spending?{query}").status_code == 422, query
    empty = program.get("reports/spending?date_from=2020-01-01&date_to=2020-01-31").json()
    assert empty == {"rows": [], "total": "0.00"}


def test_what_is_due_is_told(owner: User, program: Program) -> None:
    account = make_account(owner, "Current", "1000")
    today = today_of(owner)
    make_schedule(owner, "-650", str(today), account=account, anchor=today)
    told = program.get("schedules/upcoming").json()
    assert [(due["description"], due["amount"], due["day"], due["is_late"]) for due in told["due"]][:1] == [
        ("Rent", "-650.00", str(today), False)
    ]
    assert told["expected"][0]["account"] == account.pk


def test_the_bank_is_compared_with(owner: User, program: Program, foreign: Program) -> None:
    account = make_account(owner, "Current", "100")
    path = f"accounts/{account.pk}/checks"
    check = program.post(path, {"day": "2026-03-31", "stated": "90.00"}).json()
    assert (check["outcome"], check["ledger"], check["difference"]) == ("open", "100.00", "-10.00")
    assert foreign.post(path, {"day": "2026-03-31", "stated": "90.00"}).status_code == 404
    assert foreign.post(f"checks/{check['id']}/anchor").status_code == 404
    assert program.post(path, {"day": "2199-01-01", "stated": "90.00"}).status_code == 422
    assert program.post(f"checks/{check['id']}/anchor").json()["outcome"] == "anchor"
    account.refresh_from_db()
    assert (account.current_balance, account.reconciled_to) == (Decimal("90.00"), date(2026, 3, 31))
    assert program.delete(f"checks/{check['id']}").status_code == 204
    assert program.get(path).json() == {"checks": []}


FILE = b"Date,Description,Amount\n2026-03-02,Bread,-3.20\n2026-03-03,Pay,2000.00\nnonsense,Oops,1\n"


def test_a_statement_is_sent_looked_at_booked_and_taken_back(owner: User, program: Program, foreign: Program) -> None:
    account = make_account(owner)
    received = program.post("imports", {"account": account.pk, "file": FILE})
    assert received.status_code == 201
    path = f"imports/{received.json()['imports'][0]['id']}"
    check = program.get(f"{path}/check").json()
    assert (check["new"], check["duplicate"], [row["amount"] for row in check["rows"]]) == (2, 0, ["-3.20", "2000.00"])
    assert [error["line"] for error in check["errors"]] == [4]
    assert foreign.get(f"{path}/check").status_code == 404
    stale = program.post(f"{path}/commit", {"new": 3})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
    assert not Transaction.objects.for_user(owner).exists()
    done = program.post(f"{path}/commit", {"new": 2}).json()
    assert (done["state"], done["new"], done["errors"]) == ("committed", 2, 1)
    assert program.post(f"{path}/commit", {"new": 2}).status_code == 422
    again = program.post("imports", {"account": account.pk, "file": FILE}).json()["imports"][0]["id"]
    assert program.get(f"imports/{again}/check").json()["duplicate"] == 2
    assert program.delete(f"imports/{again}").status_code == 204
    assert foreign.post(f"{path}/revert").status_code == 404
    assert program.post(f"{path}/revert").json()["state"] == "reverted"
    assert not Transaction.objects.for_user(owner).exists()
    for wrong in ({"account": account.pk, "file": b""}, {"account": account.pk + 999, "file": FILE}):
        assert program.post("imports", wrong).status_code == 422
    assert program.post("imports", {"account": account.pk, "file": b"x" * (1024 * 1024 + 1)}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_an_export_is_begun_waited_for_and_downloaded(
    owner: User, program: Program, foreign: Program, started: list[str]
) -> None:
    make_transaction(owner, description="Corner shop")
    job = program.post("exports", {"format": "json"}).json()
    assert (job["outcome"], job["file"], started) == ("", False, ["work"])
    assert program.get(f"jobs/{job['id']}/file").status_code == 404
    assert worker.work_off() == 1
    assert foreign.get(f"jobs/{job['id']}").status_code == 404
    assert program.get(f"jobs/{job['id']}").json()["outcome"] == "done"
    answer: Any = program.get(f"jobs/{job['id']}/file")
    assert b"Corner shop" in b"".join(answer.streaming_content)
    assert [each["id"] for each in program.get("jobs").json()["jobs"]] == [job["id"]]
    assert foreign.get(f"jobs/{job['id']}/file").status_code == 404


def test_the_page_of_the_description_needs_no_script(owner: User) -> None:
    page = signed_in(owner).get(reverse("api:reference"))
    text = page.content.decode()
    assert (page.status_code, "create_transactions" in text, "<script>" in text) == (200, True, False)
