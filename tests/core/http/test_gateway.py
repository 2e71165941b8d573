"""The gateway before the application: whole bodies only, threads for nobody who is slow, shares, plain headers."""

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.concurrency import in_a_loop
from wealthwise.core.http.bodies import IN_MEMORY, SMALL, Bodies
from wealthwise.core.http.front import Front
from wealthwise.core.http.gateway import Gateway, environ_of

MOST = 4 * SMALL


class Protocol:
    """Granian's side: hands out ``chunks``, ends with an empty one, and keeps the answer."""

    def __init__(self, *chunks: bytes, pause: float = 0.0, broken: bool = False) -> None:
        self.chunks = [*chunks, b"", *([b""] if broken else [])]
        self.pause = pause
        self.status, self.headers, self.content = 0, dict[str, str](), b""

    async def __aiter__(self) -> Any:
        for chunk in self.chunks:
            await asyncio.sleep(self.pause)
            yield chunk

    def response_bytes(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.status, self.headers, self.content = status, dict(headers), content

    def response_file(self, status: int, headers: list[tuple[str, str]], path: str) -> None:
        with open(path, "rb") as file:
            self.response_bytes(status, headers, file.read())


def scope(method: str = "POST", path: str = "/", **headers: str) -> Any:
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return SimpleNamespace(
        method=method, path=path, query_string="q=1", http_version="1.1", scheme="http",
        client="10.0.0.7:5000", server="127.0.0.1:8000", headers=dict(fields),
    )  # fmt: skip


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["CONTENT_LENGTH"].encode(), b" ", environ["wsgi.input"].read()]


@pytest.fixture(autouse=True)
def _opened_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wealthwise.core.http.gateway.UNTIL_OPENED", 0.0)


@pytest.fixture(scope="module")
def front() -> Front:
    return Front()


def answers(
    application: Any, front: Front, *requests: tuple[Any, Protocol], threads: int = 2, queue: float = 5, **bounds: Any
) -> None:
    """Every request at once through one gateway."""

    async def run() -> None:
        gateway = Gateway(application, front, Bodies(MOST, **bounds), threads=threads, queue=queue)
        gateway.__rsgi_init__(asyncio.get_running_loop())
        await asyncio.gather(*(gateway.__rsgi__(*request) for request in requests))
        await asyncio.sleep(0.05)  # and the files of long answers are closed
        gateway.threads.shutdown()

    in_a_loop(run())


def answered(protocol: Protocol, front: Front, application: Any = echo, **headers: str) -> Protocol:
    answers(application, front, (scope(**headers), protocol), grace=1, pace=1e6)
    return protocol


def never(environ: Any, start: Any) -> Any:
    raise AssertionError("The application was asked.")


def test_a_whole_body_comes_to_the_application_with_its_length(front: Front) -> None:
    assert answered(Protocol(b"a=1", b"&b=2"), front, content_length="7").content == b"7 a=1&b=2"
    assert answered(Protocol(b"a=1", b"&b=2"), front, transfer_encoding="chunked").content == b"7 a=1&b=2"
    assert answered(Protocol(), front).content == b"0 "


def test_a_long_body_stands_in_a_file(front: Front) -> None:
    long = b"x" * (IN_MEMORY + 1)
    assert answered(Protocol(long), front, content_length=str(len(long))).content == b"65537 " + long


@pytest.mark.parametrize(
    ("protocol", "headers", "status"),
    [
        (Protocol(b"amount=12"), {"content_length": "11"}, 400),
        (Protocol(b"amount=12", broken=True), {"transfer_encoding": "chunked"}, 400),
        (Protocol(*[b"a"] * 50, pause=0.1), {"content_length": "50"}, 408),
        (Protocol(b"a" * (IN_MEMORY + 1)), {"transfer_encoding": "chunked"}, 411),
        (Protocol(b""), {"content_length": str(SMALL + 1)}, 413),
        (Protocol(b""), {"content_length": str(MOST + 1)}, 413),
    ],
    ids=["cut short", "broken off", "too slow", "endless", "long, by a stranger", "too long"],
)
def test_what_did_not_arrive_whole_is_never_worked_on(
    front: Front, protocol: Protocol, headers: dict[str, str], status: int
) -> None:
    """Half a form is a wrong form: amount=1234 that breaks off is amount=12."""
    assert answered(protocol, front, never, **headers).status == status
    assert b"<h1>That" in protocol.content
    assert "Content-Security-Policy" in protocol.headers


def test_a_signed_in_person_may_send_a_long_body(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "is_signed_in", lambda environ: True)
    long = b"x" * (SMALL + 1)
    assert answered(Protocol(long), front, content_length=str(len(long))).status == 200


def test_bodies_share_a_room_on_the_disk_and_give_it_back(front: Front) -> None:
    size = IN_MEMORY + 1000
    first, second = Protocol(b"x" * size, pause=0.05), Protocol(b"x" * size)
    request = scope(content_length=str(size))
    answers(echo, front, (request, first), (request, second), on_disk=1500)
    assert (first.status, second.status) == (200, 503)
    assert second.headers["Retry-After"]


def test_a_slow_body_takes_no_thread(front: Front) -> None:
    """With one thread, a body that needs half a second and a request without one: the second is answered first."""
    order = list[str]()

    def note(environ: dict[str, Any], start: Any) -> list[bytes]:
        order.append(environ["PATH_INFO"])
        return echo(environ, start)

    slow = (scope(path="/slow", content_length="5"), Protocol(*[b"a"] * 5, pause=0.1))
    answers(note, front, slow, (scope("GET", "/quick"), Protocol()), threads=1)
    assert order == ["/quick", "/slow"]


def test_static_files_and_the_probe_of_life_need_no_thread(front: Front) -> None:
    probe = Protocol()
    answers(never, front, (scope("GET", "/healthz"), probe))
    assert (probe.status, probe.content) == (200, b"ok\n")


def test_who_waits_too_long_is_told_to_come_again(front: Front) -> None:
    release = threading.Event()

    def hang(environ: dict[str, Any], start: Any) -> list[bytes]:
        release.wait(10)
        return echo(environ, start)

    stuck, waiting = Protocol(), Protocol()
    seen = waiting.response_bytes

    def told(*answer: Any) -> None:
        seen(*answer)
        release.set()

    waiting.response_bytes = told  # type: ignore[method-assign]
    answers(hang, front, (scope("GET"), stuck), (scope("GET"), waiting), threads=1, queue=0.2)
    assert (stuck.status, waiting.status) == (200, 503)
    assert b"Busy for a moment" in waiting.content


def test_one_client_has_half_of_the_threads(front: Front) -> None:
    greedy, most = 0, 0
    lock, others = threading.Lock(), threading.Event()

    def count(environ: dict[str, Any], start: Any) -> list[bytes]:
        nonlocal greedy, most
        if environ["PATH_INFO"] == "/other":
            others.set()
            return echo(environ, start)
        with lock:
            greedy += 1
            most = max(most, greedy)
        assert others.wait(10), "Somebody else was not served."
        with lock:
            greedy -= 1
        return echo(environ, start)

    one = [(scope("GET", cookie="sessionid=abc"), Protocol()) for _ in range(12)]
    answers(count, front, *one, (scope("GET", "/other", cookie="sessionid=xyz"), Protocol()), threads=4)
    assert most == 2


def test_a_long_answer_goes_out_from_a_file_with_its_length(front: Front) -> None:
    parts = [b"line of a long file\n" * 1000] * 100

    def long(environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Type", "text/csv")])
        return iter(parts)

    protocol = answered(Protocol(), front, long)
    assert protocol.content == b"".join(parts)
    assert protocol.headers["Content-Length"] == str(len(protocol.content))


def test_what_fails_is_a_page_too(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    def fail(environ: Any, start: Any) -> Any:
        raise RuntimeError("secret detail")

    protocol = answered(Protocol(), front, fail)
    assert protocol.status == 500
    assert b"Something went wrong" in protocol.content
    assert b"secret detail" not in protocol.content


def test_the_view_of_a_request() -> None:
    request = scope("GET", "/ä/", cookie="a=1", x_forwarded_proto="http")
    request.headers |= {"x_forwarded_proto": "https"}  # what a client may send past a proxy
    request.client = "[2001:db8::1]:5000"
    environ = environ_of(request)
    assert environ["HTTP_X_FORWARDED_PROTO"] == "http"
    assert environ["REMOTE_ADDR"] == "2001:db8::1"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/ä/"
    assert (environ["QUERY_STRING"], environ["HTTP_COOKIE"]) == ("q=1", "a=1")
