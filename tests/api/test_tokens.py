"""Tokens: who gives one, what lets a program in, and what ends it."""

import hashlib
import logging
import re
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.core.internal.ratelimit import Rate
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken, User
from accounts.people.services import erase_user, set_password
from tests.api.programs import Program, program_of
from tests.factories import PASSWORD, make_account, make_user, signed_in
from wealthwise.api.tokens.services import end_token, make_token
from wealthwise.console.people.services import ACTIONS, perform
from wealthwise.core.errors import TooManyRows

pytestmark = pytest.mark.django_db
WANTED = {"name": "Bank script", "scope": "write", "days": "90"}


def proven(client: Client) -> Client:
    """A client that has just typed its password again."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_a_token_is_made_after_the_password_and_told_once(owner: User, owner_client: Client) -> None:
    asked = owner_client.post(reverse("tokens:add"), WANTED)
    assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (302, reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()
    made = proven(owner_client).post(reverse("tokens:add"), WANTED)
    (token,) = re.findall(r'value="(wealthwise_[\w-]{43})"', made.content.decode())
    row = ApiToken.objects.get()
    assert (row.user, row.name, row.scope) == (owner, "Bank script", "write")
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert "no-store" in made.headers["Cache-Control"]
    assert Program(token).get("accounts").status_code == 200
    page = owner_client.get(reverse("tokens:list")).content.decode()
    assert ("Bank script" in page, token in page, row.token_hash in page) == (True, False, False)


def test_the_second_factor_is_asked_for_where_there_is_one(owner: User, owner_client: Client) -> None:
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    asked = proven(owner_client).post(reverse("tokens:add"), WANTED)
    assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (302, reverse("mfa_reauthenticate"))
    assert not ApiToken.objects.exists()
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    owner_client.post(reverse("mfa_reauthenticate"), {"code": code})
    assert owner_client.post(reverse("tokens:add"), WANTED).status_code == 200
    assert ApiToken.objects.for_user(owner).count() == 1


def test_what_is_wrong_is_said_and_makes_no_token(owner_client: Client) -> None:
    answer = proven(owner_client).post(reverse("tokens:add"), {**WANTED, "days": "9999", "name": " "})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_that_is_ended_lets_nobody_in(owner: User, owner_client: Client, stranger_client: Client) -> None:
    program, other = program_of(owner), program_of(owner)
    pk = ApiToken.objects.order_by("id")[0].pk
    stranger_client.post(reverse("tokens:end", args=[pk]))
    assert program.get("accounts").status_code == 200
    owner_client.post(reverse("tokens:end", args=[pk]))
    assert (program.get("accounts").status_code, other.get("accounts").status_code) == (401, 200)
    stranger_client.post(reverse("tokens:end_all"))
    assert other.get("accounts").status_code == 200
    owner_client.post(reverse("tokens:end_all"))
    assert other.get("accounts").status_code == 401


def test_it_ends_by_itself(owner: User, program: Program) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        assert program.get("accounts").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert program.get("accounts").status_code == 401


def test_another_password_ends_it(owner: User, program: Program, foreign: Program) -> None:
    set_password(user=owner, password="Another-Long-2026!")
    assert (program.get("accounts").status_code, foreign.get("accounts").status_code) == (401, 200)


@pytest.mark.parametrize("action", ["suspend", "end-sessions"])
def test_staff_end_it(owner: User, program: Program, foreign: Program, staff: User, action: str) -> None:
    perform(action=ACTIONS[action], actor=staff, person_id=owner.pk, reason="Asked for by its owner.")
    assert (program.get("accounts").status_code, foreign.get("accounts").status_code) == (401, 200)
    perform(action=ACTIONS["restore"], actor=staff, person_id=owner.pk, reason="Asked for by its owner.")
    assert program.get("accounts").status_code == 401


def test_who_is_suspended_or_gone_is_not_let_in(owner: User, program: Program) -> None:
    owner.is_active = False
    owner.save()
    assert program.get("accounts").status_code == 401
    owner.is_active = True
    owner.save()
    assert program.get("accounts").status_code == 200
    erase_user(user=owner)
    assert program.get("accounts").status_code == 401


def test_signing_out_elsewhere_keeps_it(owner: User, owner_client: Client, program: Program) -> None:
    signed_in(owner)
    owner_client.post(reverse("usersessions_list"))
    assert program.get("accounts").status_code == 200


def test_a_session_is_nobody(owner: User, owner_client: Client) -> None:
    make_account(owner, "Current")
    for answer in (
        owner_client.get("/api/v1/accounts"),
        owner_client.post("/api/v1/tags", {"name": "x"}, "application/json"),
    ):
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert b"Current" not in answer.content


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic eA==", "Bearer wealthwise_" + "a" * 43, "Bearer wealthwise_" + "é" * 43],
)
def test_what_is_no_token_lets_nobody_in(owner: User, header: str) -> None:
    assert Client().get("/api/v1/accounts", headers={"Authorization": header}).status_code == 401


def test_a_token_comes_in_the_header_alone(program: Program) -> None:
    assert Client().get(f"/api/v1/accounts?token={program.token}&access_token={program.token}").status_code == 401


def test_who_asks_costs_one_statement_and_is_noted_once_a_minute(owner: User, program: Program) -> None:
    program.get("tags")
    first = ApiToken.objects.get().last_used_at
    with CaptureQueriesContext(connection) as captured:
        assert program.get("tags").status_code == 200
    assert len(captured) == 1  # names come from the cache
    assert ApiToken.objects.get().last_used_at == first
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        program.get("tags")
    assert ApiToken.objects.get().last_used_at > first


def test_a_token_may_ask_so_often(owner: User, program: Program, foreign: Program, monkeypatch: Any) -> None:
    monkeypatch.setattr("wealthwise.api.authentication.RATE", Rate(2, 60 * 60 * 24, "key"))
    assert [program.get("tags").status_code for _ in range(3)] == [200, 200, 429]
    assert program_of(owner).get("tags").status_code == 200
    assert foreign.get("tags").status_code == 200


def test_a_person_has_so_many(owner: User, stranger: User) -> None:
    make_token(user=stranger, name="x", scope="read", days=1)
    for number in range(50):
        make_token(user=owner, name=f"{number}", scope="read", days=1)
    with pytest.raises(TooManyRows, match="You have 50 tokens"):
        make_token(user=owner, name="one more", scope="read", days=1)
    end_token(user=owner, token_id=ApiToken.objects.for_user(owner).latest("id").pk)
    make_token(user=owner, name="one more", scope="read", days=1)


def test_no_log_line_has_it(owner: User, program: Program, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        program.get("accounts")
        program.post("transactions", {"amount": "nonsense"})
        Client().get("/api/v1/accounts", headers={"Authorization": f"Bearer {program.token[:-1]}x"})
    assert program.token[:-1] not in caplog.text


def test_staff_see_its_name_masked(staff_client: Client, owner: User) -> None:
    make_token(user=owner, name="Quokka", scope="read", days=1)
    page = staff_client.get(reverse("admin:accounts_apitoken_changelist"), {"q": owner.username}).content.decode()
    row = ApiToken.objects.get()
    assert ("Quokka" in page, row.token_hash in page, str(row.pk) in page) == (False, False, True)


def test_no_user_is_somebody_else(owner: User) -> None:
    other = make_user("other")
    make_account(other, "Theirs")
    assert program_of(owner).get("accounts").json() == {"accounts": []}
