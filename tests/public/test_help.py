"""The help: every answer can be found, for everybody, and says nothing about anybody."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.public.help import TOPICS, all_topics, find

pytestmark = pytest.mark.django_db

QUESTIONS = [question for topics in TOPICS.values() for question in topics.values()]
SLUGS = [slug for topics in TOPICS.values() for slug in topics]


def shown(client: Client, query: str = "") -> list[str]:
    answer = client.get("/help/", {"q": query} if query else {})
    assert answer.status_code == 200
    return re.findall(r"<h3>(.*?)</h3>", answer.content.decode())


def test_everybody_sees_every_answer(owner_client: Any, stranger_client: Any, staff_client: Any) -> None:
    for client in (Client(), owner_client, stranger_client, staff_client):
        assert shown(client) == QUESTIONS


def test_signed_in_people_keep_their_navigation(owner_client: Any) -> None:
    assert 'class="sidebar"' in owner_client.get("/help/").content.decode()
    assert 'class="sidebar"' not in Client().get("/help/").content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("importing twice", ["Will importing a file twice count things twice?"]),
        ("TWICE importing", ["Will importing a file twice count things twice?"]),
        ("passkeys", ["How do I keep my account safe?"]),
        ("“to allocate”", ["What does “to allocate” mean?"]),
        ("(20-4)*2", ["What can I type as an amount?"]),
        ("amount>50", ["What can I type into the search field?"]),
        ("zebra", []),
    ],
)
def test_search(query: str, expected: list[str]) -> None:
    assert shown(Client(), query) == expected


def test_a_search_without_an_answer_leads_on() -> None:
    page = Client().get("/help/", {"q": "zebra"}).content.decode()
    assert "0 answers for “zebra”" in page
    assert '<a class="btn btn-primary" href="/help/">Show all answers</a>' in page


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", '"><b>', "\0", "a" * 5000, "%00%ff"])
def test_what_is_asked_is_only_text(query: str) -> None:
    answer = Client().get("/help/", {"q": query})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert '"><b>' not in page


@given(st.sampled_from([topic for topics in all_topics().values() for topic in topics]), st.data())
def test_any_words_of_an_answer_find_it(topic: Any, data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(topic.words.split()), min_size=1, max_size=4))
    assert topic in [other for topics in find(" ".join(words)).values() for other in topics]


def test_every_link_leads_somewhere() -> None:
    answers = re.findall(r'<div class="prose">(.*?)</div>', Client().get("/help/").content.decode(), re.DOTALL)
    addresses = re.findall(r'href="([^"]+)"', "".join(answers))
    assert len(addresses) > 5
    assert [resolve(address) for address in addresses]


def test_slugs_are_anchors_once() -> None:
    assert len(SLUGS) == len(set(SLUGS))
    assert len(QUESTIONS) == len(set(QUESTIONS))


def test_it_is_only_read(owner_client: Any) -> None:
    assert owner_client.post("/help/").status_code == 405
