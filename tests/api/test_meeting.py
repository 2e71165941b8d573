"""Programs that meet: what is sent twice at once is added once, and of two changes of one row none is lost."""

import json
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.models import User
from tests.api.programs import Program, program_of
from tests.concurrency import at_once
from tests.factories import make_user
from transactions.models import Transaction

ROW = {"amount": "-12.50", "description": "Corner shop", "day": "2026-03-15"}


@pytest.fixture
def person(transactional_db: None) -> User:
    return make_user("owner")


def test_a_key_that_is_sent_twice_at_once_adds_once(person: User) -> None:
    program = program_of(person)
    send = partial(program.post, "transactions", ROW, **{"Idempotency-Key": "k"})
    answers = at_once(send, send, send)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Transaction.objects.for_user(person).count() == 1


def test_of_two_changes_at_once_of_the_same_field_one_is_refused(person: User) -> None:
    """And of two different fields both are kept, or one is refused: never is one lost in silence."""
    program, other = program_of(person), program_of(person)
    row = program.post("transactions", ROW).json()

    def change(by: Program, **what: str) -> Any:
        return by.patch(f"transactions/{row['id']}", {"version": row["version"], **what})

    answers = at_once(partial(change, program, amount="-1.00"), partial(change, other, amount="-2.00"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    stored = str(Transaction.objects.for_user(person).get().amount)
    assert [answer.json()["amount"] for answer in answers if answer.status_code == 200] == [stored]
    row = program.get(f"transactions/{row['id']}").json()
    answers = at_once(partial(change, program, comment="Bread"), partial(change, other, description="Bakery"))
    kept = program.get(f"transactions/{row['id']}").json()
    for answer, field, said in zip(answers, ("comment", "description"), ("Bread", "Bakery"), strict=True):
        assert answer.status_code == 409 or kept[field] == said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(RuntimeError("secret words"), 500, "failed"), (OperationalError("secret words"), 503, "unavailable")],
)
def test_a_failure_is_told_as_a_problem(
    owner: User, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr("transactions.ledger.services.record_transaction", fail)
    headers = {"Authorization": f"Bearer {program_of(owner).token}"}
    client = Client(raise_request_exception=False)
    answer = client.post("/api/v1/transactions", ROW, "application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"], b"secret" in answer.content) == (status, code, False)
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 100_000, 400),
        ("[]", 422),
        ("null", 422),
        ('"text"', 422),
        ("{}", 422),
        ('{"amount": "-1.00", "description": "\\ud800", "day": "2026-03-15"}', 422),
        ('{"amount": "-1.00", "description": "a\\u0000b", "day": "2026-03-15"}', 422),
        ('{"amount": "\u0661.00", "description": "a", "day": "2026-03-15"}', 422),
        ('{"amount": "-1.00", "description": "a", "day": "2026-03-15", "account": 99999999999999999999}', 422),
        ('{"amount": "-1.00", "description": "a", "day": "\u0662\u0660\u0662\u0666-03-15"}', 422),
        ("{" + '"amount": "-1.00",' * 10 + '"description": "a", "day": "2026-02-30"}', 422),
        (json.dumps(ROW).encode("utf-16").decode("latin-1"), 400),
    ],
)
def test_bodies_that_nobody_should_send_are_refused(owner: User, body: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {program_of(owner).token}", "Idempotency-Key": "é" * 3}
    answer = Client().generic("POST", "/api/v1/transactions", body, "application/json", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert not Transaction.objects.for_user(owner).exists()
