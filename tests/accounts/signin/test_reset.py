"""Password reset by mail."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import PasswordResetToken, User
from tests.accounts.signin import mailbox
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
URL = "/auth/password/reset/"
NEW = "Quite-Different-77"


def mailed_path(client: Client, email: str = "owner@example.com") -> str:
    client.post(URL, {"email": email})
    return mailbox.path_with("/password/reset/key/")


def complete(client: Client, path: str, password: str = NEW) -> Any:
    """Open the link, follow to the form, post it."""
    response = client.get(path)
    form_path = response.url if response.status_code == 302 else path
    return client.post(form_path, {"password1": password, "password2": password})


def test_the_link_sets_a_new_password(client: Client, owner: User) -> None:
    response = complete(client, mailed_path(client))
    assert (response.status_code, response.url) == (302, "/auth/password/reset/key/done/")
    owner.refresh_from_db()
    assert owner.check_password(NEW)
    assert PasswordResetToken.objects.get().used_at is not None
    assert "_auth_user_id" not in client.session
    assert mail.outbox[-1].subject == "Your password was reset"


def test_opening_the_link_changes_nothing(client: Client, owner: User) -> None:
    path = mailed_path(client)
    client.get(path, follow=True)
    client.get(path, follow=True)
    assert PasswordResetToken.objects.get().used_at is None
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_the_link_names_nobody(client: Client, owner: User) -> None:
    assert "/key/0-" in mailed_path(client)


def test_the_form_has_no_token_in_its_address(client: Client, owner: User) -> None:
    path = mailed_path(client)
    assert client.get(path).url == "/auth/password/reset/key/0-set-password/"


def test_the_link_works_once(client: Client, owner: User) -> None:
    path = mailed_path(client)
    complete(client, path)
    response = complete(client, path, "Yet-Another-Word-5")
    assert b"no longer valid" in response.content
    owner.refresh_from_db()
    assert owner.check_password(NEW)


def test_of_two_open_forms_one_wins(client: Client, owner: User) -> None:
    """Both checked the token on GET; the POST that comes second finds it used."""
    path, second = mailed_path(client), Client()
    first_form, second_form = client.get(path).url, second.get(path).url
    client.post(first_form, {"password1": NEW, "password2": NEW})
    second.post(second_form, {"password1": "Yet-Another-Word-5", "password2": "Yet-Another-Word-5"})
    owner.refresh_from_db()
    assert owner.check_password(NEW)


def test_the_link_lives_an_hour(client: Client, owner: User) -> None:
    path = mailed_path(client)
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert b"no longer valid" in client.get(path).content
    with time_machine.travel(timezone.now() + timedelta(minutes=59), tick=False):
        assert complete(client, path).status_code == 302


def test_a_newer_link_replaces_the_older(client: Client, owner: User) -> None:
    first, second = mailed_path(client), mailed_path(client)
    assert b"no longer valid" in client.get(first).content
    assert complete(client, second).status_code == 302


def test_changing_the_password_drops_an_open_link(client: Client, owner: User, owner_client: Client) -> None:
    path = mailed_path(client)
    answers = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    owner_client.post("/auth/password/change/", answers)
    assert b"no longer valid" in client.get(path).content


def test_links_lead_to_the_configured_site(owner: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://money.example"
    evil = Client(headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    for email in ("owner@example.com", "nobody@example.com"):
        evil.post(URL, {"email": email})
    assert len(mail.outbox) == 2
    for index in range(2):
        assert "evil" not in mail.outbox[index].body + mail.outbox[index].subject
        assert all(link.startswith("https://money.example") for link in mailbox.links(index))


def test_the_answer_is_the_same_for_unknown_addresses(client: Client, owner: User) -> None:
    known = client.post(URL, {"email": "owner@example.com"}, follow=True)
    unknown = Client().post(URL, {"email": "nobody@example.com"}, follow=True)
    assert mailbox.seen(known, "owner@example.com") == mailbox.seen(unknown, "nobody@example.com")
    assert [message.to for message in mail.outbox] == [["owner@example.com"], ["nobody@example.com"]]
    assert mail.outbox[1].subject == "No account with this address"
    assert not PasswordResetToken.objects.exclude(user=owner).exists()


@pytest.mark.parametrize("email", ["owner@example.com", "nobody@example.com"])
def test_three_requests_an_hour(client: Client, owner: User, email: str) -> None:
    codes = [client.post(URL, {"email": email}).status_code for _ in range(4)]
    assert codes == [302, 302, 302, 429]
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        assert client.post(URL, {"email": email}).status_code == 302


def test_five_confirmations_an_hour(client: Client, owner: User) -> None:
    form = client.get(mailed_path(client)).url
    codes = [client.post(form, {"password1": "short", "password2": "short"}).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]


def test_an_address_that_was_never_verified_gives_no_way_in(client: Client, owner: User) -> None:
    """The owner mistyped a change of address: whoever has that mailbox must not get the account."""
    owner.emailaddress_set.create(email="stranger@example.org", verified=False, primary=False)
    client.post(URL, {"email": "stranger@example.org"})
    assert mail.outbox[0].subject == "No account with this address"
    assert not PasswordResetToken.objects.exists()


def test_deactivated_people_get_no_link(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    client.post(URL, {"email": "owner@example.com"})
    assert not PasswordResetToken.objects.exists()


def test_a_reset_ends_every_session(client: Client, owner: User, owner_client: Client) -> None:
    assert owner_client.get("/accounts/").status_code == 200
    complete(client, mailed_path(client))
    assert owner_client.get("/accounts/").url == "/auth/login/?next=/accounts/"


def test_a_reset_gives_the_account_its_tries_back(client: Client, owner: User) -> None:
    for _ in range(6):
        Client(REMOTE_ADDR="203.0.113.9").post("/auth/login/", {"login": "owner", "password": "wrong"})
    complete(client, mailed_path(client))
    assert client.post("/auth/login/", {"login": "owner", "password": NEW}).status_code == 302


@pytest.mark.parametrize("verified_by", ["owner", "stranger"])
def test_a_mail_greets_by_name_only_who_has_proven_the_address(
    verified_by: str, client: Client, owner: User, stranger: User
) -> None:
    from accounts.signin.adapter import AccountAdapter

    EmailAddress.objects.all().delete()
    EmailAddress.objects.create(
        user={"owner": owner, "stranger": stranger}[verified_by], email="x@example.com", verified=True
    )
    owner.preferred_name = "Octavia"
    AccountAdapter().send_password_reset_mail(owner, "x@example.com", {"password_reset_url": "https://example.com/"})
    assert ("Octavia" in mail.outbox[-1].body) == (verified_by == "owner")
