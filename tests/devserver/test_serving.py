"""`manage.py serve` as it is: one site with two threads, and clients that are slow, cut off, or kill a part of it."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from redis import Redis

from bench.slow import head, milliseconds, slow_clients
from tests.concurrency import in_a_loop
from tests.conftest import ROOT
from tests.factories import make_account, make_user, signed_in
from transactions.models import Transaction
from wealthwise.devserver import server
from wealthwise.postgres.locks import Lock, is_held

THREADS, SLOW = 2, 40


class Site:
    """A site on the test database, with its own port."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, said: list[str]) -> None:
        self.process, self.port, self.said = process, port, said

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def processes(self) -> list[int]:
        """The web server and its worker, in the order of their beginning."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            words = path.read_bytes().split(b"\0") if path.exists() else []
            if b"wealthwise.devserver.webserver" in words and words[4:5] and _port_of(path.parent, words) == self.port:
                found.append(int(path.parent.name))
        return sorted(found)


def _port_of(process: Path, words: list[bytes]) -> int:
    environ = dict(part.partition(b"=")[::2] for part in (process / "environ").read_bytes().split(b"\0"))
    return int(environ.get(b"SITE_URL", b":0").rpartition(b":")[2])


def _own_cache() -> str:
    """An empty one: people of an earlier run had the same numbers."""
    url = os.environ.get("CACHE_URL", server.urls(server.HOME).cache_url.replace("db=0", "db=2"))
    Redis.from_url(url).flushdb()
    return url


def started(**environ: str) -> "subprocess.Popen[str]":
    from django.db import connection

    folder, _, _ = server.urls(server.HOME).database_url.rpartition("/")
    given = os.environ.get("DATABASE_URL", "").rpartition("/")[0] or folder
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", environ.pop("PORT", "0")],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"{given}/{quote(str(connection.settings_dict['NAME']))}",
            "CACHE_URL": _own_cache(),
            "WEALTHWISE_THREADS": str(THREADS),
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "WEALTHWISE_SCHEDULER": "0",
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(process: "subprocess.Popen[str]", sign: str) -> list[str]:
    """The lines until one has ``sign`` in it; fails with all of them when the process ends before."""
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if sign in line:
            return lines
    pytest.fail("".join(lines))


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    with django_db_blocker.unblock():
        process = started(WEALTHWISE_SCHEDULER="1")
    try:
        said = wait_for(process, "WealthWise runs at")
        port = re.search(r":(\d+)/", said[-1])
        assert port is not None
        yield Site(process, int(port[1]), said)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def eventually(condition: Callable[[], Any], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def schedulers(of: int) -> list[int]:
    """The schedulers that a process has started."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"scheduler" in _read(path).split(b"\0")[2:3]
        and _read(path.with_name("stat")).rpartition(b")")[2].split()[1:2] == [b"%d" % of]
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.django_db(transaction=True)
def test_regular_work_goes_on_beside_the_site_whatever_ends(site: Site) -> None:
    eventually(lambda: is_held(Lock.SCHEDULER), 60)
    (first,) = schedulers(site.process.pid)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: set(schedulers(site.process.pid)) - {first}, 60)
    eventually(lambda: is_held(Lock.SCHEDULER), 60)
    assert len(schedulers(site.process.pid)) == 1


@pytest.mark.parametrize("kind", ["silent", "headers", "form", "multipart", "reader"])
def test_slow_clients_keep_nobody_waiting(site: Site, kind: str) -> None:
    """Twenty times as many as there are threads, and somebody else has a page, a static file and the probe."""
    _, page = site.get("/help/")
    style = re.search(r'href="(/static/css/base\.[^"]+)"', page)
    assert style is not None

    async def others() -> list[float | None]:
        async with slow_clients(kind, SLOW, site.port, "/help/" if kind == "reader" else "/auth/login/") as tasks:
            await asyncio.sleep(0.3)
            paths = ("/healthz", "/readyz", style[1], "/help/", "/auth/login/")
            times = [await asyncio.to_thread(milliseconds, site.port, path, 15) for path in paths]
            assert not any(task.done() for task in tasks)
            return times

    assert None not in in_a_loop(others())


@pytest.mark.django_db(transaction=True)
def test_a_form_that_breaks_off_books_nothing(site: Site) -> None:
    person = make_user("owner")
    account = make_account(person)
    client = signed_in(person)
    client.get("/transactions/add/")
    token = client.cookies["csrftoken"].value
    cookie = f"sessionid={client.cookies['sessionid'].value}; csrftoken={token}"
    start = f"csrfmiddlewaretoken={token}&account={account.pk}&direction=expense"
    fields = f"{start}&date=2026-01-05&description=x&amount="

    def send(amount: bytes, missing: int) -> bytes:
        body = fields.encode() + amount
        form = "application/x-www-form-urlencoded"
        sent = head(
            "POST", "/transactions/add/", Cookie=cookie, Content_Type=form, Content_Length=str(len(body) + missing)
        )
        with socket.create_connection(("127.0.0.1", site.port), 20) as connection:
            connection.sendall(sent + body)
            if missing:
                connection.shutdown(socket.SHUT_WR)
            return connection.recv(4096)

    send(b"12", missing=2)
    assert site.get("/healthz") == (200, "ok\n")  # the loop has seen the end of it
    time.sleep(0.3)
    assert not Transaction.objects.for_user(person).exists()
    whole = send(b"1234", missing=0).decode()
    assert whole.startswith("HTTP/1.1 302")
    assert "/auth/login/" not in whole
    assert [str(row.amount) for row in Transaction.objects.for_user(person)] == ["-1234.00"]


def test_a_second_site_on_the_port_is_refused(site: Site, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        second = started(PORT=str(site.port))
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"Port {site.port} of 127.0.0.1 cannot be used (Address already in use). Choose another" in said
    assert site.get("/healthz")[0] == 200


def test_a_worker_that_is_killed_comes_back(site: Site) -> None:
    """Whoever asks meanwhile waits in the queue of the socket, and is answered."""
    before = site.processes()
    os.kill(before[-1], signal.SIGKILL)
    assert site.get("/help/")[0] == 200
    assert site.processes()[0] == before[0]
    assert site.processes()[-1] != before[-1]


def test_a_web_server_that_is_killed_comes_back(site: Site) -> None:
    before = site.processes()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: not set(before) & set(site.processes()))
    assert site.get("/help/")[0] == 200
    assert site.process.poll() is None
