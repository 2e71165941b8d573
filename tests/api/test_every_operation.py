"""A walk over the description of the API: what each operation answers to its owner, and to everybody else.

An operation that is new needs an entry in ASKED: the keys in its address, what is sent, and what its owner gets.
"""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken, User
from tests.api.programs import Program, encoded, program_of
from tests.factories import signed_in
from tests.strangers.world import MARKED, MARKER, Household, count_from, digests, move_in
from transactions.models import BalanceCheck, ImportBatch, Job, Transaction
from wealthwise.api.operations import accounts as account_operations
from wealthwise.api.operations.bookings import version
from wealthwise.api.site.reference import document

pytestmark = pytest.mark.django_db


class Ask(NamedTuple):
    """``path`` and ``body`` have the keys of a household in braces; ``status`` is what its owner gets."""

    path: str
    body: Any = None
    status: int = 200


ROW: Final = {"amount": "-1.00", "description": "Sent", "day": "2026-03-01"}
FILE: Final = {"account": "{account}", "file": b"Date,Description,Amount\n2026-03-02,Sent,-1.00\n"}
ASKED: Final[dict[str, Ask]] = {
    "list_accounts": Ask("accounts"),
    "create_account": Ask("accounts", {"name": "Sent", "anchor_balance": "5.00"}, 201),
    "read_account": Ask("accounts/{account}"),
    "change_account": Ask("accounts/{account}?agreed=true", {"version": "{account_version}", "name": "Renamed"}),
    "close_account": Ask("accounts/{account}/close", {"balance": "{balance}"}),
    "reopen_account": Ask("accounts/{account}/reopen", {}),
    "list_categories": Ask("categories"),
    "create_category": Ask("categories", {"name": "Sent", "kind": "income"}, 201),
    "change_category": Ask("categories/{category}", {"name": "Renamed", "kind": "expense"}),
    "delete_category": Ask("categories/{category}?target={other}", None, 204),
    "create_subcategory": Ask("subcategories", {"name": "Sent", "category": "{category}"}, 201),
    "change_subcategory": Ask("subcategories/{subcategory}", {"name": "Renamed", "category": "{category}"}),
    "delete_subcategory": Ask("subcategories/{subcategory}?target={other}", None, 204),
    "list_tags": Ask("tags"),
    "create_tag": Ask("tags", {"name": "Sent"}, 201),
    "change_tag": Ask("tags/{tag}", {"name": "Renamed"}),
    "delete_tag": Ask("tags/{tag}", None, 204),
    "list_transactions": Ask("transactions?account={account}"),
    "create_transaction": Ask(
        "transactions?agreed=true", ROW | {"account": "{account}", "subcategory": "{subcategory}"}, 201
    ),
    "create_transactions": Ask(
        "transactions/batch?agreed=true", {"transactions": [ROW, ROW | {"account": "{account}"}]}, 201
    ),
    "change_transactions": Ask(
        "transactions/change?agreed=true", {"ids": ["{transaction}"], "seen": 1, "subcategory": "{other}"}
    ),
    "undo_change": Ask("transactions/undo/{undo}", {}),
    "read_transaction": Ask("transactions/{transaction}"),
    "change_transaction": Ask(
        "transactions/{transaction}?agreed=true", {"version": "{transaction_version}", "description": "Renamed"}
    ),
    "delete_transaction": Ask("transactions/{transaction}?agreed=true"),
    "create_transfer": Ask(
        "transfers?agreed=true", {"amount": "5.00", "source": "{account}", "target": "{savings}", "day": "2026-03-01"},
        201,
    ),
    "join_transfer": Ask("transfers/join", {"out": "{out}", "into": "{into}"}),
    "read_transfer": Ask("transfers/{transfer}"),
    "change_transfer": Ask(
        "transfers/{transfer}?agreed=true",
        {
            "version": "{transfer_version}", "side": "{side}", "amount": "51.00", "source": "{account}",
            "target": "{savings}", "day": "2026-03-01",
        },
    ),
    "delete_transfer": Ask("transfers/{transfer}?agreed=true"),
    "part_transfer": Ask("transfers/{transfer}/part", {}, 204),
    "list_periods": Ask("periods"),
    "create_period": Ask(
        "periods", {"name": "Sent", "period_type": "custom", "start": "2001-01-01", "end": "2001-01-20"}, 201
    ),
    "read_budget": Ask("periods/{period}/budget"),
    "allocate": Ask("periods/{period}/lines/{subcategory}", {"allocated": "77.00"}),
    "read_upcoming": Ask("schedules/upcoming"),
    "read_spending": Ask("reports/spending?date_from=2020-01-01&account={account}"),
    "read_cash_flow": Ask("reports/cash-flow?date_from=2020-01-01&account={account}"),
    "read_net_worth": Ask("reports/net-worth?date_from=2020-01-01"),
    "list_checks": Ask("accounts/{account}/checks"),
    "create_check": Ask("accounts/{account}/checks", {"day": "2026-01-31", "stated": "7.00"}, 201),
    "anchor_check": Ask("checks/{check}/anchor", {}),
    "delete_check": Ask("checks/{check}", None, 204),
    "list_imports": Ask("imports"),
    "create_import": Ask("imports", FILE, 201),
    "read_import": Ask("imports/{waiting}"),
    "check_import": Ask("imports/{waiting}/check"),
    "commit_import": Ask("imports/{waiting}/commit", {"new": "{new}"}),
    "revert_import": Ask("imports/{committed}/revert?agreed=true", {}),
    "delete_import": Ask("imports/{waiting}", None, 204),
    "create_export": Ask("exports", {"format": "csv"}, 202),
    "list_jobs": Ask("jobs"),
    "read_job": Ask("jobs/{job}"),
    "read_file": Ask("jobs/{job}/file"),
}  # fmt: skip


def operations() -> Iterator[tuple[str, str]]:
    """Name and method of every operation of the description."""
    for methods in document()["paths"].values():
        for method, operation in methods.items():
            yield operation["operationId"], method.upper()


METHODS: Final = dict(operations())
BASELINE: Final = Path(__file__).with_name("statement_counts.json")


@pytest.fixture
def owner_of_it(db: None) -> User:
    """A household whose words are marked; the one that it looks like is the stranger."""
    count_from(1)
    Household(timezone.localdate())
    walker = User.objects.get(username="walker")
    count_from(700_000)
    move_in(walker, MARKED)
    return User.objects.get(pk=walker.pk + MARKED)


@pytest.fixture
def keys(owner_of_it: User) -> dict[str, Any]:
    """The keys of the household, and the versions of what they name."""
    program = program_of(owner_of_it)
    mine = Transaction.objects.for_user(owner_of_it)
    account, savings = owner_of_it.accounts.order_by("pk")[:2]
    first, second = owner_of_it.subcategories.order_by("pk")[:2]
    row = mine.filter(description__contains=MARKER, transfer_id=None, subcategory=first).order_by("pk")[0]
    leg = mine.filter(transfer_id__isnull=False, amount__lt=0)[0]
    mine.filter(transfer_id=leg.transfer_id).update(transfer_id=uuid4())  # the stranger has one with the same
    leg.refresh_from_db()
    out = mine.filter(amount=-75).get()
    into = mine.filter(amount=75).get()
    tag = program.get("tags").json()["tags"][0]["id"]
    given = program.post("transactions/change", {"ids": [row.pk], "seen": 1, "tag": tag}).json()
    moved = program.get(f"transfers/{leg.transfer_id}").json()
    row.refresh_from_db()
    batches = ImportBatch.objects.for_user(owner_of_it).filter(account=account, kind="csv")
    waiting, committed = batches.get(state="uploaded"), batches.get(state="committed")
    check = program.get(f"imports/{waiting.pk}/check").json()
    return {
        "account": account.pk, "account_version": account_operations._version(account),
        "balance": f"{account.current_balance:.2f}", "savings": savings.pk, "category": first.category_id,
        "subcategory": first.pk, "other": second.pk, "tag": tag, "transaction": row.pk,
        "transaction_version": version(row), "transfer": str(leg.transfer_id), "side": leg.pk, "out": out.pk,
        "into": into.pk, "undo": given["undo"], "transfer_version": moved["version"],
        "period": owner_of_it.budget_periods.order_by("pk")[0].pk,
        "check": BalanceCheck.objects.for_user(owner_of_it).filter(account=account)[0].pk,
        "job": Job.objects.for_user(owner_of_it)[0].pk, "waiting": waiting.pk, "committed": committed.pk,
        "new": check["new"],
    }  # fmt: skip


def filled(value: Any, keys: dict[str, Any]) -> Any:
    """``value`` with the keys in the place of their names; what is only a name becomes the key itself."""
    if isinstance(value, dict):
        return {name: filled(inner, keys) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, keys) for inner in value]
    if not isinstance(value, str):
        return value
    return keys[value[1:-1]] if value[:1] == "{" and value[1:-1] in keys else value.format(**keys)


class Answer(NamedTuple):
    """What came back, a digest of the owner's rows as the request left them, and how many statements it took."""

    status: int
    body: bytes
    rows: str
    statements: int


def asked(program: Program, name: str, keys: dict[str, Any], owner: User) -> Answer:
    """One operation with nothing in the cache; what it wrote is taken back."""
    cache.delete_pattern("*")
    ask = ASKED[name]
    with transaction.atomic():
        with CaptureQueriesContext(connection) as captured:
            answer = program.ask(METHODS[name], filled(ask.path, keys), filled(ask.body, keys))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        rows = digests(owner.pk)[0]
        transaction.set_rollback(True)
    cache.delete_pattern("*")
    frame = ("SAVEPOINT", "RELEASE", "ROLLBACK")
    statements = sum(not str(query["sql"]).startswith(frame) for query in captured)
    return Answer(answer.status_code, body, rows, statements)


def test_every_operation_is_named_here() -> None:
    assert sorted(ASKED) == sorted(METHODS)


def test_its_owner_gets_it_in_so_many_statements(owner_of_it: User, keys: dict[str, Any]) -> None:
    """And each write changes a row: what the others are tried by can fail. ``UPDATE_QUERY_COUNTS=1`` counts anew."""
    program, before = program_of(owner_of_it), digests(owner_of_it.pk)[0]
    found = {name: asked(program, name, keys, owner_of_it) for name in ASKED}
    assert {name: answer[:2] for name, answer in found.items() if answer.status != ASKED[name].status} == {}
    writes = {name for name, method in METHODS.items() if method != "GET"} - {"reopen_account"}  # it is open
    assert {name for name in writes if found[name].rows == before} == set()
    counts = {name: answer.statements for name, answer in found.items()}
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        BASELINE.write_text(json.dumps(counts, indent=2) + "\n")
    assert counts == json.loads(BASELINE.read_text())


def test_a_stranger_gets_and_changes_nothing(owner_of_it: User, keys: dict[str, Any]) -> None:
    """With the keys of the household, beside rows that look the same."""
    foreign, before, wrong = program_of(User.objects.get(username="walker")), digests(owner_of_it.pk)[0], []
    for name, ask in ASKED.items():
        status, body, rows, _ = asked(foreign, name, keys, owner_of_it)
        is_told = any(f"{{{key}}}" in f"{ask.path}{ask.body}" for key in keys)
        if is_told and status not in (404, 409, 422):
            wrong.append(f"{name} answers {status}: {body[:200]!r}")
        wrong += [f"{name} shows it"] if MARKER.encode() in body else []
        wrong += [f"{name} changes it"] if rows != before else []
    assert wrong == []


def test_a_token_to_read_changes_nothing(owner_of_it: User, keys: dict[str, Any]) -> None:
    reader = program_of(owner_of_it, "read")
    before = digests(owner_of_it.pk)[0]
    found = {name: asked(reader, name, keys, owner_of_it) for name in ASKED}
    assert {name for name, answer in found.items() if answer.status == 403} == {
        name for name, method in METHODS.items() if method != "GET"
    }
    assert {answer.rows for answer in found.values()} == {before}


def test_nobody_is_let_in(owner_of_it: User, keys: dict[str, Any]) -> None:
    """Without a token, with a session, with a token that has ended, and while suspended."""
    ended = program_of(owner_of_it)
    ApiToken.objects.for_user(owner_of_it).filter(pk=ApiToken.objects.latest("id").pk).update(
        created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(days=1)
    )
    suspended = program_of(owner_of_it)
    session = signed_in(owner_of_it)
    User.objects.filter(pk=owner_of_it.pk).update(is_active=False)
    before = digests(owner_of_it.pk)[0]
    for name, ask in ASKED.items():
        path, body = filled(ask.path, keys), filled(ask.body, keys)
        for program in (Program(), ended, suspended):
            answer = program.ask(METHODS[name], path, body)
            assert (answer.status_code, answer.json()["code"]) == (401, "token"), name
    assert digests(owner_of_it.pk)[0] == before
    User.objects.filter(pk=owner_of_it.pk).update(is_active=True)
    before = digests(owner_of_it.pk)[0]
    for name, ask in ASKED.items():
        path, body = f"/api/v1/{filled(ask.path, keys)}", encoded(filled(ask.body, keys))
        assert session.generic(METHODS[name], path, **body).status_code == 401, name
    assert digests(owner_of_it.pk)[0] == before
