"""A person says how long their sessions live, and how long they may do nothing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User, WebSession
from tests.factories import signed_in

pytestmark = pytest.mark.django_db
URL, PAGE = "/accounts/settings/", "/accounts/"
PROFILE = {"currency": "USD", "time_zone": "UTC", "theme": "system", "first_name": "Owner"}


def limit(client: Client, **limits: str) -> None:
    assert client.post(URL, {**PROFILE, **limits}).status_code == 302


def after(**time: int) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_without_a_limit_a_session_lives_two_weeks(owner_client: Client) -> None:
    with after(days=13):
        assert is_in(owner_client)
    with after(days=15):
        assert not is_in(owner_client)


def test_who_did_nothing_for_as_long_is_out(owner: User, owner_client: Client) -> None:
    limit(owner_client, idle_minutes="30")
    begun = timezone.now()
    for minutes in (20, 40, 65):  # in use all the time
        with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
            assert is_in(owner_client)
    with time_machine.travel(begun + timedelta(minutes=65 + 31), tick=False):
        assert not is_in(owner_client)
    with time_machine.travel(begun + timedelta(minutes=66), tick=False):
        assert is_in(signed_in(owner))


def test_a_session_ends_some_days_after_its_sign_in_however_it_is_used(owner: User, owner_client: Client) -> None:
    limit(owner_client, session_days="7")
    begun = timezone.now()
    for day in range(1, 7):
        with time_machine.travel(begun + timedelta(days=day), tick=False):
            assert is_in(owner_client)
            limit(owner_client, session_days="7")  # what is stored in it makes it no younger
    with time_machine.travel(begun + timedelta(days=7, seconds=5), tick=False):
        assert not is_in(owner_client)


def test_the_limits_are_ones_own(owner: User, owner_client: Client, stranger_client: Client) -> None:
    limit(owner_client, idle_minutes="15", session_days="1")
    with after(days=2):
        assert (is_in(owner_client), is_in(stranger_client)) == (False, True)


def test_a_new_limit_ends_no_session_that_is_in_use(owner: User, owner_client: Client) -> None:
    """Nobody kept when the other one was used before there was a limit."""
    other = signed_in(owner)
    WebSession.objects.update(seen_at=timezone.now() - timedelta(days=3))
    limit(owner_client, idle_minutes="15")
    assert is_in(other)
    with after(minutes=16):
        assert not is_in(other)


def test_saving_the_settings_again_wakes_no_other_session(owner: User, owner_client: Client) -> None:
    other = signed_in(owner)
    limit(owner_client, idle_minutes="60")
    with after(minutes=50):
        limit(owner_client, idle_minutes="60")
    with after(minutes=70):
        assert (is_in(owner_client), is_in(other)) == (True, False)


def test_looking_at_a_session_does_not_use_it(owner: User, owner_client: Client) -> None:
    """The list of sessions reads each of them."""
    other = Client()
    other.post("/auth/login/", {"login": "owner", "password": "Long-Enough-2026!"})
    limit(owner_client, idle_minutes="60")
    with after(minutes=50):
        assert owner_client.get("/auth/sessions/").status_code == 200
    with after(minutes=70):
        assert not is_in(other)


@pytest.mark.parametrize(("field", "value"), [("idle_minutes", "1"), ("session_days", "x"), ("session_days", "9999")])
def test_other_limits_are_refused(owner: User, owner_client: Client, field: str, value: str) -> None:
    answer = owner_client.post(URL, {**PROFILE, field: value})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    owner.refresh_from_db()
    assert (owner.idle_minutes, owner.session_days) == (None, None)


def test_a_limit_is_taken_back(owner: User, owner_client: Client) -> None:
    limit(owner_client, idle_minutes="15", session_days="1")
    limit(owner_client, idle_minutes="", session_days="")
    with after(days=13):
        assert is_in(owner_client)


def test_limits_cost_no_statement(owner: User, owner_client: Client) -> None:
    """Also when the use is noted, which is once a minute."""
    limit(owner_client, idle_minutes="15", session_days="7")
    owner_client.get(PAGE)
    with CaptureQueriesContext(connection) as plain:
        owner_client.get(PAGE)
    with after(minutes=5), CaptureQueriesContext(connection) as noting:
        owner_client.get(PAGE)
    assert len(plain) == len(noting)
    assert WebSession.objects.get().seen_at > timezone.now() + timedelta(minutes=4)


def test_a_visitor_is_kept_for_two_hours(client: Client) -> None:
    """What they typed is in the session, an address perhaps."""
    client.post("/auth/confirm-email/", {"email": "somebody@example.com"})
    client.post("/auth/signup/", {"email": "somebody@example.com"})
    session = client.session
    session["typed"] = "somebody@example.com"
    session.save()
    row = WebSession.objects.get(session_key=session.session_key)
    assert row.user_id is None
    assert row.expire_date <= timezone.now() + timedelta(hours=2)
