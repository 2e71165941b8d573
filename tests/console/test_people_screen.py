"""The console's screens of users: found by whole names, no secrets, no deleting."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from accounts.signin import tokens
from tests.factories import make_account, make_user
from wealthwise.console.models import ConsoleLog

pytestmark = pytest.mark.django_db
LIST = "/console/accounts/user/"


@pytest.mark.parametrize("name", ["owner@example.com", "OWNER", " owner ", "uuid"])
def test_people_are_found_by_whole_names(owner: User, stranger: User, staff_client: Client, name: str) -> None:
    response = staff_client.get(LIST, {"q": str(owner.uuid) if name == "uuid" else name})
    assert list(response.context["cl"].result_list) == [owner]


def test_a_part_of_a_name_finds_nobody(owner: User, staff_client: Client) -> None:
    assert list(staff_client.get(LIST, {"q": "own"}).context["cl"].result_list) == []


def test_no_screen_shows_a_password_or_a_token(owner: User, staff_client: Client) -> None:
    make_account(owner, number_last4="4321", opening="777.77")
    tokens.issue_verification(user=owner, email=owner.email)
    tokens.issue_reset(user=owner)
    secrets = [
        owner.password,
        owner.email_verifications.get().token_hash,
        owner.password_reset_tokens.get().token_hash,
        "4321",
        "777.77",
    ]
    pages = [
        f"{LIST}{owner.pk}/change/",
        "/console/accounts/account/",
        f"/console/accounts/account/{owner.accounts.get().pk}/change/",
        "/console/accounts/emailverification/",
        f"/console/accounts/emailverification/{owner.email_verifications.get().pk}/change/",
        "/console/accounts/passwordresettoken/",
        f"/console/accounts/passwordresettoken/{owner.password_reset_tokens.get().pk}/change/",
    ]
    for page in pages:
        response = staff_client.get(page)
        assert response.status_code == 200, page
        assert not [secret for secret in secrets if secret in response.content.decode()], page


def test_nobody_is_deleted_or_added_by_hand(owner: User, staff_client: Client) -> None:
    assert staff_client.post(f"{LIST}{owner.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff_client.get(f"{LIST}add/").status_code == 403
    assert b"delete_selected" not in staff_client.get(LIST).content
    assert User.objects.filter(pk=owner.pk).exists()


def test_the_form_changes_settings_and_nothing_that_an_action_is_for(owner: User, staff_client: Client) -> None:
    fields = {"currency": "EUR", "time_zone": "UTC", "theme": "system", "onboarding_step": "5"}
    assert staff_client.post(f"{LIST}{owner.pk}/change/", fields).status_code == 302
    owner.refresh_from_db()
    assert (owner.currency, owner.is_active, owner.email) == ("EUR", True, "owner@example.com")
    entry = ConsoleLog.objects.get()
    assert (entry.action, entry.actor, entry.person_uuid) == ("change person", "staff", owner.uuid)
    assert (entry.before["currency"], entry.after["currency"]) == ("USD", "EUR")
    assert "Owner" not in str(entry.before)


def test_only_superusers_give_rights(owner: User, client: Client) -> None:
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(clerk)
    fields = {
        "currency": "USD", "time_zone": "UTC", "theme": "system", "onboarding_step": "5",
        "is_active": "on", "is_staff": "on", "is_superuser": "on",
    }  # fmt: skip
    client.post(f"{LIST}{clerk.pk}/change/", fields)
    clerk.refresh_from_db()
    assert not clerk.is_superuser


@pytest.mark.parametrize("path", [LIST, "/console/accounts/account/", "/console/accounts/passwordresettoken/"])
def test_others_stay_out(path: str, owner_client: Client, client: Client) -> None:
    assert owner_client.get(path).status_code == 404
    assert client.get(path).url == f"/auth/login/?next={path}"
