"""What costs much can be asked for so often in an hour by each user, whether or not there is a cache."""

import time
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.factories import make_transaction

pytestmark = pytest.mark.django_db
EXPORT, LIST = "/accounts/settings/data/export/csv/", "/transactions/download/"


def test_the_numbers(settings: Any) -> None:
    assert settings.ACCOUNT_RATE_LIMITS["exports"] == "20/h/user"
    assert settings.ACCOUNT_RATE_LIMITS["lists"] == "60/h/user"


@pytest.mark.parametrize(("url", "action"), [(EXPORT, "exports"), (LIST, "lists")])
def test_downloads_of_a_person_are_counted(
    owner: Any, owner_client: Client, stranger_client: Client, settings: Any, url: str, action: str
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, action: "2/h/user"}
    make_transaction(owner)
    with time_machine.travel(now := time.time(), tick=False):
        assert [read(owner_client, url) for _ in range(3)] == [200, 200, 429]
        assert read(stranger_client, url) == 200
    with time_machine.travel(now + 3600, tick=False):
        assert read(owner_client, url) == 200


def read(client: Client, url: str) -> int:
    answer = client.get(url)
    if answer.streaming:
        list(answer.streaming_content)
    return answer.status_code


@pytest.mark.parametrize(("url", "action"), [(EXPORT, "exports"), (LIST, "lists")])
def test_a_cache_that_is_away_changes_nothing(
    owner: Any, owner_client: Client, settings: Any, url: str, action: str
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, action: "1/h/user"}
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/valkey.sock?db=0"}}
    assert [read(owner_client, url) for _ in range(2)] == [200, 429]
