"""Verification of an address: by link, on POST only, once, within 24 hours."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import EmailVerification, User
from tests.accounts.signin import mailbox
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
SENT = "/auth/confirm-email/"


@pytest.fixture
def unverified(db: None) -> User:
    user = make_user("newcomer")
    EmailAddress.objects.update(verified=False)
    return user


def mailed_path(client: Client, email: str = "newcomer@example.com") -> str:
    client.post(SENT, {"email": email})
    return mailbox.path_with("confirm-email")


def is_verified(user: User) -> bool:
    return EmailAddress.objects.get(user=user).verified


def test_opening_the_link_only_shows_a_button(client: Client, unverified: User) -> None:
    path = mailed_path(client)
    for _ in range(2):
        response = client.get(path)
        assert response.status_code == 200
        assert b"newcomer@example.com" in response.content
        assert b">Confirm</button>" in response.content
    assert not is_verified(unverified)
    assert EmailVerification.objects.get().verified_at is None


def test_the_button_verifies(client: Client, unverified: User) -> None:
    response = client.post(mailed_path(client))
    assert (response.status_code, response.url) == (302, reverse("account_login"))
    assert is_verified(unverified)
    assert EmailVerification.objects.get().verified_at is not None
    assert "_auth_user_id" not in client.session


def test_the_link_works_once(client: Client, unverified: User) -> None:
    path = mailed_path(client)
    client.post(path)
    EmailAddress.objects.update(verified=False)
    response = client.post(path)
    assert response.status_code == 404
    assert b"no longer valid" in response.content
    assert not is_verified(unverified)


def test_a_newer_link_replaces_the_older(client: Client, unverified: User) -> None:
    first, second = mailed_path(client), mailed_path(client)
    assert client.post(first).status_code == 404
    assert client.post(second).status_code == 302


def test_the_link_lives_24_hours(client: Client, unverified: User) -> None:
    path = mailed_path(client)
    with time_machine.travel(timezone.now() + timedelta(hours=24), tick=False):
        assert b"no longer valid" in client.get(path).content
        assert client.post(path).status_code == 404
    assert not is_verified(unverified)
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59), tick=False):
        assert client.post(path).status_code == 302


@pytest.mark.parametrize("key", ["x", "MTpvwner:1abc:signature"])
def test_made_up_links(client: Client, unverified: User, key: str) -> None:
    assert b"no longer valid" in client.get(f"{SENT}{key}/").content
    assert client.post(f"{SENT}{key}/").status_code == 404


def test_links_lead_to_the_configured_site(unverified: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://money.example"
    Client(headers={"host": "evil.example"}).post(SENT, {"email": "newcomer@example.com"})
    assert "evil" not in mail.outbox[0].body + mail.outbox[0].subject
    assert all(link.startswith("https://money.example") for link in mailbox.links())


def test_sign_in_waits_and_sends_a_new_link(client: Client, unverified: User) -> None:
    response = client.post("/auth/login/", {"login": "newcomer", "password": PASSWORD})
    assert (response.status_code, response.url) == (302, SENT)
    assert "_auth_user_id" not in client.session
    client.post(mailbox.path_with("confirm-email"))
    response = client.post("/auth/login/", {"login": "newcomer", "password": PASSWORD})
    assert response.url == reverse("dashboard")


def test_three_resends_an_hour(client: Client, unverified: User) -> None:
    codes = [client.post(SENT, {"email": "Newcomer@example.com"}).status_code for _ in range(4)]
    assert codes == [302, 302, 302, 429]
    assert len(mail.outbox) == 3
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        assert client.post(SENT, {"email": "newcomer@example.com"}).status_code == 302


def test_signing_in_counts_as_a_resend(client: Client, unverified: User) -> None:
    for _ in range(4):
        client.post("/auth/login/", {"login": "newcomer", "password": PASSWORD})
    assert len(mail.outbox) == 3


@pytest.mark.parametrize(
    ("email", "subject"),
    [
        ("newcomer@example.com", "Confirm your email address"),
        ("owner@example.com", "You already have an account"),
        ("nobody@example.com", "No account with this address"),
    ],
)
def test_only_the_mail_tells_what_the_address_is(
    client: Client, unverified: User, owner: User, email: str, subject: str
) -> None:
    response = client.post(SENT, {"email": email}, follow=True)
    assert response.redirect_chain == [(SENT, 302)]
    assert f"We sent a mail to {email}." in response.content.decode()
    assert [(message.to, message.subject) for message in mail.outbox] == [([email], subject)]


def test_the_limit_is_the_same_for_unknown_addresses(client: Client) -> None:
    codes = [client.post(SENT, {"email": "nobody@example.com"}).status_code for _ in range(4)]
    assert codes == [302, 302, 302, 429]


# A change of address


@pytest.fixture
def changing(owner: User, owner_client: Client) -> Client:
    """The owner, who asked to change to new@example.com."""
    asked = owner_client.post("/auth/email/", {"action_add": "1", "email": "new@example.com"})
    owner_client.post(asked.url, {"password": PASSWORD})
    return owner_client


def test_a_change_asks_for_the_password(owner: User, owner_client: Client) -> None:
    response = owner_client.post("/auth/email/", {"action_add": "1", "email": "new@example.com"})
    assert response.url.startswith("/auth/reauthenticate/")
    assert mail.outbox == []


def test_a_changed_address_takes_over_when_verified(changing: Client, owner: User) -> None:
    owner.refresh_from_db()
    assert owner.email == "owner@example.com"
    path = mailbox.path_with("confirm-email")
    assert mail.outbox[-1].to == ["new@example.com"]
    changing.post(path)
    owner.refresh_from_db()
    assert owner.email == "new@example.com"
    assert [address.email for address in owner.emailaddress_set.all()] == ["new@example.com"]
    assert mail.outbox[-1].to == ["owner@example.com"]
    assert "from owner@example.com to new@example.com" in mail.outbox[-1].body


def test_an_address_taken_meanwhile_is_refused_in_a_sentence(changing: Client, owner: User) -> None:
    path = mailbox.path_with("confirm-email")
    squatter = make_user("squatter", email="new@example.com")
    EmailAddress.objects.filter(user=squatter).update(verified=False)
    response = changing.post(path, follow=True)
    assert response.status_code == 200
    owner.refresh_from_db()
    squatter.refresh_from_db()
    assert (owner.email, squatter.email) == ("owner@example.com", "new@example.com")
    assert "another account uses it" in response.content.decode()


def test_a_stranger_opening_the_link_stays_signed_in_until_the_button(
    changing: Client, stranger_client: Client
) -> None:
    path = mailbox.path_with("confirm-email")
    stranger_client.get(path)
    assert "_auth_user_id" in stranger_client.session
    stranger_client.post(path)
    assert "_auth_user_id" not in stranger_client.session


def test_a_link_proves_the_address_for_its_person_alone(client: Client, unverified: User) -> None:
    """Somebody who typed the same address, and has not proven it, gains nothing by the link of its owner."""
    other = make_user("other")
    EmailAddress.objects.filter(user=other).delete()
    copied = EmailAddress.objects.create(user=other, email="newcomer@example.com", verified=False)
    path = mailed_path(client)
    EmailAddress.objects.filter(user=unverified).delete()
    client.post(path)
    copied.refresh_from_db()
    assert not copied.verified
