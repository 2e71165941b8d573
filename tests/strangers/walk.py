"""Somebody who follows each link and sends each form, with ids of their own and with ids that are not theirs.

Every request is taken back, so that each is made in the same world; what it answered and what it wrote are kept.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler
from django.urls import Resolver404, resolve

from tests.strangers.pages import VOID, Page, Step
from tests.strangers.world import FILE, MARKED, count_from, digests, own_ids, tuples_written

LEFT_OUT: Final = re.compile(r"^/(auth|console|static|__debug__)/|^/(theme|hide-amounts)/$")
CHANGING: Final = re.compile(
    r'name="(csrfmiddlewaretoken|once)" value="[^"]*"|"X-CSRFToken":\s*"[^"]*"|'
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
MOST: Final = 7  # requests to one address; the list of transactions can be asked for in endless ways


@dataclass(frozen=True)
class Answer:
    """What a request answered, and the rows of the person and of all others afterwards."""

    status: int
    location: str
    text: str
    own: str = ""
    others: str = ""

    @property
    def told(self) -> str:
        """All that may not depend on whether others are there."""
        return f"{self.status} {self.location}\n{self.own}\n{self.text}"


@dataclass
class Walk:
    """``cookies`` is the session of the person whose id is ``person``."""

    person: int
    cookies: dict[str, str]
    answers: dict[Step, Answer] = field(default_factory=dict)
    today: str = ""
    untouched: tuple[str, str] = ("", "")  # digests of all rows, as each request finds them
    handler: ClientHandler = field(default_factory=lambda: ClientHandler(enforce_csrf_checks=False))

    def look(self) -> tuple[str, str]:
        """What each request finds from now on: the digest of the person's rows, and of everybody else's."""
        self.untouched = digests(self.person)
        return self.untouched

    def ask(self, step: Step) -> Answer:
        """One request in a world as it was; it leaves nothing behind, whatever it did."""
        cache.clear()
        count_from(500_000)
        with transaction.atomic():
            answer = self._answered(step)
            transaction.set_rollback(True)
        return answer

    def _answered(self, step: Step) -> Answer:
        client = Client(raise_request_exception=False)
        client.handler = self.handler  # whose middleware is loaded
        written = tuples_written() if step.method == "POST" else 0
        for name, value in self.cookies.items():
            client.cookies[name] = value
        headers = {"HX-Request": "true"} if step.fragment else {}
        if step.method == "GET":
            answer: Any = client.get(with_query(step.path, step.data), headers=headers)
        else:
            answer = client.post(step.path, self._sent(step), headers=headers)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        is_text = "spreadsheet" not in answer.headers.get("Content-Type", "")  # an archive, with the moment in it
        text = CHANGING.sub("", body.decode("utf-8", "backslashreplace")) if is_text else ""
        own, others = self._rows_after(written) if step.method == "POST" else ("", "")
        return Answer(answer.status_code, CHANGING.sub("", answer.headers.get("Location", "")), text, own, others)

    def _rows_after(self, written: int) -> tuple[str, str]:
        return self.untouched if tuples_written() == written else digests(self.person)

    def _sent(self, step: Step) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        for name, value in step.data:
            if value == VOID:
                file = FILE.format(day=self.today).encode()
                sent[name] = SimpleUploadedFile("statement.csv", file)
            else:
                sent.setdefault(name, []).append(value)
        return sent

    def crawl(self, begin: Iterable[Step]) -> None:
        """Ask for everything that can be reached; so many of each kind, and each with ids of others."""
        self.look()
        todo, known, times = list(begin), set[tuple[object, ...]](), Counter[tuple[object, ...]]()
        while todo:
            step = todo.pop(0)
            for near in (step, *strange(step)):
                kind = kind_of(near)
                if kind is None or kind in known or times[kind[:2]] >= MOST:
                    continue
                known.add(kind)
                times[kind[:2]] += 1
                answer = self.answers[near] = self.ask(near)
                if near is step and answer.status in (200, 409, 422) and "<" in answer.text[:200]:
                    todo += Page(step.path, answer.text).steps()


def with_query(path: str, data: Iterable[tuple[str, str]]) -> str:
    joined = urlencode(list(data))
    return f"{path}{'&' if '?' in path else '?'}{joined}" if joined else path


def kind_of(step: Step) -> tuple[object, ...] | None:
    """What a request has in common with others like it; None for what is not asked."""
    parts = urlsplit(step.path)
    if parts.netloc not in ("", "testserver") or parts.scheme not in ("", "http") or LEFT_OUT.match(parts.path):
        return None
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    query = frozenset((key, foreign(value)) for key, value in parse_qsl(parts.query))
    sent = tuple((re.sub(r"\d{5,}", "N", key), foreign(key) or foreign(value)) for key, value in step.data)
    buttons = tuple(value for key, value in step.data if key in ("action", "step", "direction"))
    return (step.method, name, foreign(parts.path), query, frozenset(sent), buttons, step.fragment)


def foreign(text: str) -> str:
    """ "own", "strange" or nothing: whose ids stand in a text."""
    if any(own_ids(text)):
        return "own"
    return "strange" if re.search(r"(?<!\d)[12]\d{8}(?!\d)", text) else ""


def strange(step: Step) -> Iterator[Step]:
    """The same request with one id that is a neighbour's, for each id in it."""
    for found in own_ids(step.path):
        yield Step(step.method, _moved(step.path, found, MARKED), step.data, step.fragment)
    for number, (name, value) in enumerate(step.data):
        for place, text in enumerate((name, value)):
            for found in own_ids(text):
                pair = [name, value]
                pair[place] = _moved(text, found, MARKED)
                data = [*step.data[:number], (pair[0], pair[1]), *step.data[number + 1 :]]
                yield Step(step.method, step.path, tuple(data), step.fragment)


def _moved(text: str, found: re.Match[str], offset: int) -> str:
    return f"{text[: found.start()]}{int(found[0]) + offset}{text[found.end() :]}"
