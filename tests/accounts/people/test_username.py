"""Changing the username: one's own only, unique whatever its case, kept on error, limited."""

from functools import partial

import pytest
from django.test import Client

from accounts.models import User
from accounts.people import services
from accounts.people.services import UsernameTaken
from tests.concurrency import at_once
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
URL = "/accounts/settings/username/"


def test_a_person_takes_another_name(owner: User, owner_client: Client, client: Client) -> None:
    assert 'value="owner"' in owner_client.get(URL).content.decode()
    assert owner_client.post(URL, {"username": "Ada_99"}).url == "/accounts/settings/"
    owner.refresh_from_db()
    assert (owner.username, owner.email) == ("ada_99", "owner@example.com")
    assert 'value="ada_99"' in owner_client.get(URL).content.decode()
    assert client.post("/auth/login/", {"login": "ADA_99", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("name", ["", "ab", "x" * 21, "a b", "ä" * 4, "a-b-c"])
def test_what_is_no_username(owner: User, owner_client: Client, name: str) -> None:
    response = owner_client.post(URL, {"username": name})
    assert list(response.context["form"].errors) == ["username"]
    assert f'value="{name}"' in response.content.decode() or not name
    owner.refresh_from_db()
    assert owner.username == "owner"


def test_a_name_of_somebody_else(owner: User, owner_client: Client, stranger: User) -> None:
    response = owner_client.post(URL, {"username": "Stranger"})
    assert response.context["form"].errors["username"] == ["That username is taken."]
    page = response.content.decode()
    assert 'value="Stranger"' in page
    owner.refresh_from_db()
    assert owner.username == "owner"


def test_ones_own_name_again(owner: User, owner_client: Client) -> None:
    assert owner_client.post(URL, {"username": "OWNER"}).status_code == 302


def test_names_cannot_be_tried_for_long(owner: User, owner_client: Client, stranger: User) -> None:
    codes = [owner_client.post(URL, {"username": "stranger"}).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


def test_it_needs_a_person(client: Client, owner: User) -> None:
    assert client.post(URL, {"username": "other"}).url == f"/auth/login/?next={URL}"
    assert User.objects.get().username == "owner"


@pytest.mark.django_db(transaction=True)
def test_two_want_the_same_name_at_once() -> None:
    people = [make_user("ada"), make_user("bea")]
    answers = at_once(
        *[partial(services.change_username, user=user, username="same") for user in people], refusals=(UsernameTaken,)
    )
    assert sorted("taken" if isinstance(one, UsernameTaken) else "changed" for one in answers) == ["changed", "taken"]
    assert User.objects.filter(username="same").count() == 1
