"""A real cache that hangs or dies: pages go on after one short wait, and what was ended meanwhile stays ended."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.people import services
from tests.factories import PASSWORD, signed_in
from wealthwise import settings as deployed
from wealthwise.core.cache.breaker import BREAKER
from wealthwise.devserver.children import Valkey

pytestmark = pytest.mark.django_db
PAGE = reverse("accounts:settings")


@pytest.fixture
def own_cache(tmp_path: Path, settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A Valkey of this test's own, and a process that takes it for there."""
    path = tmp_path / "valkey.sock"
    command = [str(Valkey._program()), "--port", "0", "--unixsocket", str(path), "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not path.exists():
        assert server.poll() is None
        time.sleep(0.02)
    settings.CACHES = {"default": {**deployed.CACHES["default"], "LOCATION": f"unix://{path}?db=0"}}
    BREAKER.reset()
    yield server
    server.send_signal(signal.SIGCONT)
    server.kill()
    server.wait()
    BREAKER.reset()


def back(server: subprocess.Popen[bytes]) -> None:
    """The cache answers again, with all that it had, and the process knows."""
    os.kill(server.pid, signal.SIGCONT)
    BREAKER.reset()


@pytest.mark.parametrize("way", [signal.SIGSTOP, signal.SIGKILL])
def test_a_cache_that_does_not_answer_is_asked_once(
    way: signal.Signals, owner_client: Client, own_cache: subprocess.Popen[bytes], caplog: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("wealthwise.core.cache.breaker.RETRY_AFTER", 600.0)  # however slow the machine is
    cache.set("there", 1)
    assert cache.get("there") == 1
    os.kill(own_cache.pid, way)
    with caplog.at_level(logging.WARNING, "wealthwise.cache"):
        assert [owner_client.get(PAGE).status_code for _ in range(5)] == [200] * 5
    assert [record.getMessage() for record in caplog.records if record.name == "wealthwise.cache"] == [
        "The cache does not answer: it is left alone for 600 seconds."
    ]


def test_a_cache_that_comes_back_is_used_again(own_cache: subprocess.Popen[bytes], monkeypatch: Any) -> None:
    monkeypatch.setattr("wealthwise.core.cache.breaker.RETRY_AFTER", 600.0)
    cache.set("there", 1)
    os.kill(own_cache.pid, signal.SIGSTOP)
    assert cache.get("there") is None
    os.kill(own_cache.pid, signal.SIGCONT)
    assert cache.get("there") is None, "it is left alone for a while"
    back(own_cache)
    assert cache.get("there") == 1


def entered(user: User) -> Client:
    """A client that came by the page, so that its session is on the person's list."""
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


def sign_out(user: User, other: Client) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


def end_others(user: User, other: Client) -> None:
    other.post(reverse("usersessions_list"))


def change_password(user: User, other: Client) -> None:
    services.set_password(user=user, password="Another-Long-1!")


def suspend(user: User, other: Client) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def erase(user: User, other: Client) -> None:
    services.erase_user(user=user)


@pytest.mark.parametrize("end", [sign_out, end_others, change_password, suspend, erase])
def test_what_was_ended_while_the_cache_was_gone_stays_ended(
    end: Callable[[User, Client], None], owner: User, own_cache: subprocess.Popen[bytes]
) -> None:
    """The cache comes back with all that it knew before, and with the cookie that was good then."""
    client, other = entered(owner), entered(owner)
    assert [client.get(PAGE).status_code for _ in range(2)] == [200, 200]
    cookie = client.cookies["sessionid"].value
    os.kill(own_cache.pid, signal.SIGSTOP)
    end(owner, other)
    back(own_cache)
    client.cookies["sessionid"] = cookie
    answer = client.get(PAGE)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, reverse("account_login"))


def test_rights_that_were_taken_while_the_cache_was_gone_are_gone(
    staff: User, own_cache: subprocess.Popen[bytes]
) -> None:
    client = signed_in(staff)
    assert client.get("/console/").status_code == 200
    os.kill(own_cache.pid, signal.SIGSTOP)
    User.objects.filter(pk=staff.pk).update(is_staff=False, is_superuser=False)
    back(own_cache)
    assert client.get("/console/").status_code == 404
