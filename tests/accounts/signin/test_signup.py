"""Sign-up: what is stored, how usernames are made, and that no answer tells who has an account."""

from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.people import services
from accounts.people.choices import TERMS_VERSION
from tests.accounts.signin import mailbox
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
URL = "/auth/signup/"


def answers(**changes: str) -> dict[str, str]:
    return {
        "first_name": "Thandi",
        "last_name": "Nkosi",
        "email": "Thandi.Nkosi@Example.com",
        "username": "",
        "password1": PASSWORD,
    } | changes


def test_a_person_is_stored_and_asked_to_verify(client: Client) -> None:
    response = client.post(URL, answers())
    assert (response.status_code, response.url) == (302, reverse("account_email_verification_sent"))
    user = User.objects.get()
    assert (user.first_name, user.last_name) == ("Thandi", "Nkosi")
    assert (user.email, user.username) == ("thandi.nkosi@example.com", "thandinkosi")
    assert user.check_password(PASSWORD)
    assert (user.terms_version, user.onboarding_step) == (TERMS_VERSION, 1)
    assert user.terms_accepted_at is not None
    assert "_auth_user_id" not in client.session
    assert [message.to for message in mail.outbox] == [["thandi.nkosi@example.com"]]
    assert "thandinkosi" not in mail.outbox[0].body, "the address may be somebody else's"


def test_the_verified_person_signs_in_and_begins_onboarding(client: Client) -> None:
    client.post(URL, answers())
    client.post(mailbox.path_with("confirm-email"))
    response = client.post("/auth/login/", {"login": "thandinkosi", "password": PASSWORD})
    assert (response.status_code, response.url) == (302, reverse("onboarding"))


def test_the_onboarded_person_lands_on_the_dashboard(client: Client, owner: User) -> None:
    response = client.post("/auth/login/", {"login": "owner", "password": PASSWORD})
    assert response.url == reverse("dashboard")


@pytest.mark.parametrize("name", ["ab", "a" * 21, "with space", "dash-ed", "é_name"])
def test_other_usernames_are_refused(client: Client, name: str) -> None:
    response = client.post(URL, answers(username=name))
    assert "username" in response.context["form"].errors
    assert not User.objects.exists()


def test_a_chosen_username_is_stored_in_lower_case(client: Client) -> None:
    client.post(URL, answers(username="Thandi_N"))
    assert User.objects.get().username == "thandi_n"


@pytest.mark.parametrize("missing", ["first_name", "last_name", "email", "password1"])
def test_what_must_be_given(client: Client, missing: str) -> None:
    response = client.post(URL, answers(**{missing: ""}))
    assert list(response.context["form"].errors) == [missing]
    assert not User.objects.exists()


def test_the_password_may_not_be_a_name(client: Client) -> None:
    response = client.post(URL, answers(first_name="Maximiliana", password1="Maximiliana-1"))
    assert "password1" in response.context["form"].errors


# Usernames


def test_generated_usernames_count_up() -> None:
    names = [
        services.create_user(email=f"sam@{domain}.example", password=PASSWORD, first_name="S", last_name="M").username
        for domain in ("a", "b", "c")
    ]
    assert names == ["sam", "sam2", "sam3"]


@pytest.mark.parametrize(
    ("email", "username"),
    [
        ("Jo@example.com", "jouser"),
        ("+@example.com", "user"),
        ("a.very.long.local.part@example.com", "averylonglocal"),
        ("mary+bank@example.com", "marybank"),
    ],
)
def test_usernames_from_addresses(email: str, username: str) -> None:
    person = services.create_user(email=email, password=PASSWORD, first_name="J", last_name="O")
    assert person.username == username


def test_a_number_never_makes_a_username_too_long() -> None:
    wished = "b" * 20
    for number, expected in enumerate([wished, "b" * 18 + "2"]):
        person = services.create_user(
            email=f"b{number}@example.com", password=PASSWORD, first_name="B", last_name="B", username=wished
        )
        assert person.username == expected


def test_after_99_neighbours_the_number_is_random() -> None:
    User.objects.bulk_create(
        User(username=name, email=f"{name}@example.com")
        for name in ["pat", *(f"pat{number}" for number in range(2, 100))]
    )
    person = services.create_user(email="pat@b.example", password=PASSWORD, first_name="P", last_name="T")
    assert person.username.startswith("pat")
    assert len(person.username) == 9


def test_losing_the_race_for_a_username_goes_on_with_the_next(owner: User) -> None:
    """Another sign-up takes "owner" between our look and our insert."""
    with mock.patch.object(services, "free_usernames", return_value=iter(["owner", "owner2"])):
        person = services.create_user(email="o@b.example", password=PASSWORD, first_name="O", last_name="B")
    assert person.username == "owner2"


# Nothing tells who has an account


def fresh_and_taken(client: Client, **changes: str) -> tuple[Any, Any]:
    """The answers to a sign-up with a new address, and to one with the owner's."""
    fresh = client.post(URL, answers(email="new@example.com", **changes), follow=True)
    taken = Client().post(URL, answers(email="owner@example.com", **changes), follow=True)
    return fresh, taken


def test_a_taken_address_looks_the_same(client: Client, owner: User) -> None:
    fresh, taken = fresh_and_taken(client)
    assert mailbox.seen(fresh, "new@example.com") == mailbox.seen(taken, "owner@example.com")
    assert set(User.objects.values_list("username", flat=True)) == {"owner", "new"}
    assert [message.subject for message in mail.outbox] == [
        "Confirm your email address",
        "You already have an account",
    ]


def test_the_mail_to_a_taken_address_changes_nothing(client: Client, owner: User) -> None:
    client.post(URL, answers(email="OWNER@example.com", password1="Another-Word-77"))
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    assert owner.first_name == "Owner"
    assert mailbox.links()[0].endswith("/auth/login/")


def test_a_taken_address_costs_a_hash_too(client: Client, owner: User) -> None:
    with mock.patch("accounts.signin.forms.make_password") as hashed:
        client.post(URL, answers(email="owner@example.com"))
    hashed.assert_called_once_with(PASSWORD)


def test_a_taken_username_looks_the_same(client: Client, owner: User) -> None:
    response = client.post(URL, answers(username="owner"))
    assert response.status_code == 302
    assert set(User.objects.values_list("username", flat=True)) == {"owner", "owner2"}
    assert "owner2" not in mail.outbox[0].body


def test_losing_the_race_for_an_address_looks_the_same(client: Client, owner: User) -> None:
    """The other sign-up inserts between our look and our insert."""
    with mock.patch("accounts.signin.forms.User.objects") as people:
        people.filter.return_value.exists.return_value = False
        response = client.post(URL, answers(email="owner@example.com"))
    assert (response.status_code, response.url) == (302, reverse("account_email_verification_sent"))
    assert User.objects.count() == 1
    assert mail.outbox[0].subject == "You already have an account"


def test_an_address_that_somebody_is_changing_to_is_free(client: Client, owner: User) -> None:
    owner.emailaddress_set.create(email="new@example.com", verified=False, primary=False)
    client.post(URL, answers(email="new@example.com"))
    assert User.objects.filter(email="new@example.com").exists()
    client.post(mailbox.path_with("confirm-email"))
    assert User.objects.get(email="new@example.com").emailaddress_set.get().verified


def test_signed_in_people_are_sent_on(owner_client: Client) -> None:
    assert owner_client.get(URL).status_code == 302


def test_sign_up_is_limited_per_address(client: Client) -> None:
    make_user("limit")
    codes = [client.post(URL, answers(password1="")).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]
