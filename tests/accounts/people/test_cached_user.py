"""The signed-in user from the cache: never somebody who was, and the password not among it."""

from typing import Any

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.models.cached_user import SETTINGS, account_names, person
from accounts.money.services import close_account, reopen_account, save_account
from accounts.people import services
from tests.factories import PASSWORD, make_account, make_user

pytestmark = pytest.mark.django_db
PAGE = reverse("accounts:settings")


def test_the_person_is_the_row_by_one_small_statement(owner: User, django_assert_num_queries: Any) -> None:
    account = make_account(owner, "Savings")
    person(owner.pk)
    with django_assert_num_queries(1) as asked:
        found = person(owner.pk)
        assert (found, found.email, found.time_zone, found.uuid) == (owner, owner.email, "UTC", owner.uuid)
        assert [(known.id, known.name, known.is_active) for known in account_names(found)] == [
            (account.pk, "Savings", True)
        ]
    assert asked[0]["sql"] == f'SELECT generation FROM "user" WHERE id = {owner.pk}'
    fields = {field.attname for field in User._meta.concrete_fields} - {"password"}
    assert {name: getattr(found, name) for name in fields} == {name: getattr(owner, name) for name in fields}


def test_no_password_in_the_cache(owner: User) -> None:
    assert owner.password.encode() not in msgspec.msgpack.encode(SETTINGS.get(owner.pk))
    assert person(owner.pk).password == owner.password  # read when asked for


def test_saving_a_cached_person_keeps_the_password(owner: User) -> None:
    found = person(owner.pk)
    found.preferred_name = "O"
    found.save()
    assert User.objects.get(pk=owner.pk).check_password(PASSWORD)
    assert person(owner.pk).preferred_name == "O"


def test_a_changed_password_ends_the_session_at_once(owner: User, owner_client: Client) -> None:
    assert owner_client.get(PAGE).status_code == 200
    services.set_password(user=person(owner.pk), password="Another-Long-1!")
    assert owner_client.get(PAGE).status_code == 302


def test_who_is_suspended_or_erased_is_out_at_once(owner: User, owner_client: Client) -> None:
    assert owner_client.get(PAGE).status_code == 200
    owner.is_active = False
    owner.save(update_fields=["is_active"])
    assert owner_client.get(PAGE).status_code == 302
    other = make_user("leaving")
    client = Client()
    client.force_login(other)
    assert client.get(PAGE).status_code == 200
    services.erase_user(user=other)
    assert client.get(PAGE).status_code == 302
    assert person(other.pk) is None


def test_two_people_are_never_mixed_up(owner: User, stranger: User) -> None:
    make_account(stranger, "Theirs")
    assert person(owner.pk) == owner
    assert person(stranger.pk) == stranger
    assert account_names(person(owner.pk)) == ()
    assert [known.name for known in account_names(person(stranger.pk))] == ["Theirs"]


def test_accounts_follow_their_services(owner: User) -> None:
    account = make_account(owner, "Old")
    assert [known.name for known in account_names(person(owner.pk))] == ["Old"]
    account.name = "New"
    save_account(account=account, fields=["name"])
    close_account(account=account)
    assert [(known.name, known.is_active) for known in account_names(person(owner.pk))] == [("New", False)]
    reopen_account(account=account)
    assert [known.is_active for known in account_names(person(owner.pk))] == [True]


def test_a_changed_secret_key_asks_the_database(owner: User, owner_client: Client, settings: Any) -> None:
    assert owner_client.get(PAGE).status_code == 200
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the next one"
    found = person(owner.pk)
    assert "session_digest" not in found.__dict__
    assert found.get_session_auth_hash() == User.objects.get(pk=owner.pk).get_session_auth_hash()
    SETTINGS.changed(owner.pk)


def test_pages_work_with_the_cache_down(owner: User, owner_client: Client, settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/valkey.sock?db=0"}}
    assert owner_client.get(PAGE).status_code == 200
    owner.preferred_name = "While it is away"
    owner.save(update_fields=["preferred_name"])
    assert b"While it is away" in owner_client.get(PAGE).content


def test_what_an_empty_cache_costs(owner: User, owner_client: Client, django_assert_num_queries: Any) -> None:
    cache.clear()
    with django_assert_num_queries(4):  # the session, the person, and two that the page is about
        owner_client.get(PAGE)
    with django_assert_num_queries(3):  # the session with the generation, which says that the cached person holds
        owner_client.get(PAGE)


def test_no_key_of_a_session_is_in_the_cache(owner_client: Client) -> None:
    owner_client.get(PAGE)
    key = owner_client.session.session_key
    assert cache.keys("*")
    assert not [name for name in cache.keys("*") if key in name]
