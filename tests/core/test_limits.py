"""What costs much can be asked for so often in an hour by each person, and always while the cache is away."""

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.factories import make_transaction
from wealthwise.core import limits

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("url", "most"), [("/accounts/settings/data/export/csv/", 20), ("/transactions/download/", 60)]
)
def test_downloads_of_a_person_are_counted(owner, stranger, owner_client, stranger_client, monkeypatch, url, most):
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)
    make_transaction(owner)
    key = f"limit:{'exports' if most == 20 else 'lists'}:{owner.pk}:{1_800_000_000 // 3600}"
    assert read(owner_client, url) == 200
    for _ in range(most - 2):
        limits._count(key)
    assert (read(owner_client, url), read(owner_client, url)) == (200, 429)
    assert read(stranger_client, url) == 200
    monkeypatch.setattr("time.time", lambda: 1_800_003_600.0)
    assert read(owner_client, url) == 200


def read(client: Client, url: str) -> int:
    answer = client.get(url)
    if answer.streaming:
        list(answer.streaming_content)
    return answer.status_code


@pytest.mark.parametrize("answer", [lambda key: None, lambda key: int("not stored")])
def test_a_cache_that_is_away_limits_nothing(rf, owner, monkeypatch, answer):
    monkeypatch.setattr("wealthwise.core.limits.cache.incr", answer, raising=False)
    view = limits.an_hour(0, "test")(lambda request: HttpResponse("here"))
    request = rf.get("/")
    request.user = owner
    assert view(request).content == b"here"
