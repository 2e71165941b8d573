"""Sign-in by either name, its limits, and what ends a session."""

from typing import Any
from unittest import mock

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
URL = "/auth/login/"
WRONG = "The name or the password is not right."


def sign_in(client: Client, login: str = "owner", password: str = PASSWORD) -> Any:
    return client.post(URL, {"login": login, "password": password})


def from_address(ip: str, **headers: str) -> Client:
    return Client(REMOTE_ADDR=ip, headers=headers)


@pytest.mark.parametrize("login", ["owner", "OWNER", "owner@example.com", "Owner@Example.com", " owner "])
def test_either_name_in_any_case(client: Client, owner: User, login: str) -> None:
    assert sign_in(client, login).status_code == 302
    assert client.session["_auth_user_id"] == str(owner.pk)


@pytest.mark.parametrize("login", ["owner", "owner@example.com", "nobody", "nobody@example.com"])
def test_the_refusal_is_the_same_for_everybody(client: Client, owner: User, login: str) -> None:
    response = sign_in(client, login, "wrong")
    assert response.status_code == 200
    assert response.context["form"].non_field_errors() == [WRONG]


@pytest.mark.parametrize("login", ["owner", "owner@example.com", "nobody", "nobody@example.com"])
def test_every_refusal_hashes_once(client: Client, owner: User, login: str) -> None:
    """Otherwise the time of the answer tells whether there is an account."""
    with mock.patch(
        "django.contrib.auth.hashers.MD5PasswordHasher.encode", side_effect=lambda *a: "md5$s$x"
    ) as encode:
        sign_in(client, login, "wrong")
    assert encode.call_count == 1


def test_deactivated_people_are_told_on_their_own_page(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert sign_in(client).url == "/auth/inactive/"
    assert "_auth_user_id" not in client.session


def test_next_leads_only_inside(client: Client, owner: User) -> None:
    response = client.post(URL + "?next=https://evil.example/", {"login": "owner", "password": PASSWORD})
    assert response.url == "/dashboard/"


# Limits


def test_five_tries_a_minute_for_an_account(owner: User) -> None:
    codes = [sign_in(from_address(f"203.0.113.{n}"), "owner", "wrong").status_code for n in range(5)]
    assert codes == [200] * 5
    response = sign_in(from_address("203.0.113.99"))
    assert response.status_code == 429
    assert b"tried too often" in response.content


def test_both_names_share_the_allowance(owner: User) -> None:
    names = ["owner", "owner@example.com", "Owner", "OWNER@example.com", "owner"]
    for n, name in enumerate(names):
        sign_in(from_address(f"203.0.113.{n}"), name, "wrong")
    assert sign_in(from_address("203.0.113.99"), "owner@example.com").status_code == 429


def test_accounts_do_not_share_it(owner: User, stranger: User) -> None:
    for n in range(6):
        sign_in(from_address(f"203.0.113.{n}"), "owner", "wrong")
    assert sign_in(from_address("203.0.113.99"), "stranger").status_code == 302


def test_five_tries_a_minute_from_an_address(owner: User) -> None:
    client = from_address("203.0.113.7")
    codes = [sign_in(client, f"somebody{n}", "wrong").status_code for n in range(6)]
    assert codes == [200] * 5 + [429]
    assert sign_in(client).status_code == 429
    assert sign_in(from_address("203.0.113.8")).status_code == 302


def test_names_that_nobody_has_are_limited_alike(owner: User) -> None:
    codes = [sign_in(from_address(f"203.0.113.{n}"), "nobody", "wrong").status_code for n in range(6)]
    assert codes == [200] * 5 + [429]


def test_signing_in_well_uses_nothing_up(owner: User) -> None:
    assert [sign_in(from_address("203.0.113.7")).status_code for _ in range(7)] == [302] * 7


def test_the_host_header_gives_no_further_tries(owner: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    for n in range(5):
        sign_in(from_address(f"203.0.113.{n}", host=f"h{n}.example"), "owner", "wrong")
    assert sign_in(from_address("203.0.113.9", host="h9.example")).status_code == 429


def test_forwarded_addresses_are_not_believed(owner: User) -> None:
    codes = [
        sign_in(from_address("203.0.113.7", x_forwarded_for=f"198.51.100.{n}"), f"somebody{n}", "x").status_code
        for n in range(6)
    ]
    assert codes == [200] * 5 + [429]


def test_forwarded_addresses_are_believed_behind_a_declared_proxy(owner: User, settings: Any) -> None:
    """Only what our proxy appended counts: the first part is the visitor's own invention."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(6):
        client = from_address("203.0.113.7", x_forwarded_for=f"192.0.2.{n}, 198.51.100.1")
        last = sign_in(client, f"somebody{n}", "x")
    assert last.status_code == 429
    other = from_address("203.0.113.7", x_forwarded_for="198.51.100.1, 198.51.100.2")
    assert sign_in(other, "somebody", "x").status_code == 200


# Sessions


def test_sessions_are_listed_and_the_others_ended(owner: User) -> None:
    here, there = (
        from_address("203.0.113.1"),
        from_address("203.0.113.2", user_agent="Mozilla (Windows) Firefox/140.0"),
    )
    sign_in(here)
    sign_in(there)
    assert UserSession.objects.filter(user=owner).count() == 2
    page = here.get("/auth/sessions/").content.decode()
    assert "203.0.113.1" in page
    assert "Firefox on Windows" in page
    assert here.post("/auth/sessions/").status_code == 302
    assert there.get("/accounts/").status_code == 302
    assert here.get("/accounts/").status_code == 200


def test_ending_sessions_spares_strangers(owner: User, stranger: User) -> None:
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere, "stranger")
    assert "stranger" not in here.get("/auth/sessions/").content.decode()
    here.post("/auth/sessions/")
    assert elsewhere.get("/accounts/").status_code == 200


def test_a_changed_password_ends_all_other_sessions(owner: User) -> None:
    here, there = Client(), Client()
    sign_in(here)
    sign_in(there)
    new = "Quite-Different-77"
    here.post("/auth/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert here.get("/accounts/").status_code == 200
    assert there.get("/accounts/").url == "/auth/login/?next=/accounts/"


def test_signing_out_takes_a_post(owner_client: Client) -> None:
    owner_client.get("/auth/logout/")
    assert owner_client.get("/accounts/").status_code == 200
    owner_client.post("/auth/logout/")
    assert owner_client.get("/accounts/").status_code == 302


# One password policy


POLICY = ["Six-6x", "longenoughbutlower1!", "NoDigitsHere-Here", "NoSymbols1234567", "Owner@Example.com1"]


@pytest.mark.parametrize("password", POLICY)
@pytest.mark.parametrize("place", ["sign-up", "change", "reset"])
def test_weak_passwords_are_refused_everywhere(place: str, password: str, owner: User) -> None:
    """Was wrong: a change accepted six characters."""
    client = Client()
    if place == "sign-up":
        answers = {"first_name": "O", "last_name": "W", "email": "owner@example.com", "password1": password}
        response = client.post("/auth/signup/", answers)
    elif place == "change":
        sign_in(client)
        answers = {"oldpassword": PASSWORD, "password1": password, "password2": password}
        response = client.post("/auth/password/change/", answers)
    else:
        from accounts.signin import tokens

        path = f"/auth/password/reset/key/0-{tokens.issue_reset(user=owner)}/"
        response = client.post(client.get(path).url, {"password1": password, "password2": password})
    assert response.status_code == 200
    assert "password1" in response.context["form"].errors
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_staff_use_the_same_sign_in(staff: User) -> None:
    assert Client().get("/console/", follow=True).redirect_chain[-1][0].startswith("/auth/login/?next=")


def test_ordinary_people_do_not_get_into_the_console(owner_client: Client) -> None:
    assert owner_client.get("/console/").status_code == 404  # no hint that there is one


def test_a_new_person_has_no_console(client: Client) -> None:
    assert not make_user("plain").is_staff
