"""What costs much can be asked for so often in an hour by each user, whether or not there is a cache."""

import time
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.factories import make_account, make_transaction

pytestmark = pytest.mark.django_db
EXPORT, LIST = "/accounts/settings/data/export/csv/", "/transactions/download/"
SEARCH, REPORT = "/transactions/?q=shop", "/reports/"
IMPORT, RESTORE = "/transactions/import/", "/accounts/settings/data/import/"


def test_the_numbers(settings: Any) -> None:
    assert settings.ACCOUNT_RATE_LIMITS["exports"] == "20/h/user"
    assert settings.ACCOUNT_RATE_LIMITS["lists"] == "60/h/user"
    assert [settings.ACCOUNT_RATE_LIMITS[each] for each in ("uploads", "restores")] == ["60/h/user", "20/h/user"]
    assert [settings.ACCOUNT_RATE_LIMITS[each] for each in ("searches", "reports")] == ["120/m/user", "120/m/user"]


@pytest.mark.parametrize(
    ("url", "action"), [(EXPORT, "exports"), (LIST, "lists"), (SEARCH, "searches"), (REPORT, "reports")]
)
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


def test_a_list_without_a_search_is_not_counted(owner_client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "searches": "1/h/user"}
    assert [read(owner_client, "/transactions/") for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(("url", "action"), [(IMPORT, "uploads"), (RESTORE, "restores")])
def test_what_is_sent_is_counted_and_looking_is_not(
    owner: Any, owner_client: Client, stranger_client: Client, settings: Any, url: str, action: str
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, action: "2/h/user"}
    make_account(owner)
    assert [owner_client.post(url, {"a": "b"}).status_code for _ in range(3)] == [422, 422, 429]
    assert "tried too often" in owner_client.post(url, {"a": "b"}).text
    assert [read(owner_client, url) for _ in range(3)] == [200] * 3
    assert stranger_client.post(url, {"a": "b"}).status_code == 422


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
