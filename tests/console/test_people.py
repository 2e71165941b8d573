"""What staff do about users: each action with its effect, its entry in the log, and what it refuses."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import EmailVerification, PasswordResetToken, User
from accounts.signin import tokens
from tests.factories import PASSWORD, make_account, make_transaction, make_user, signed_in
from transactions.jobs.worker import work_off
from transactions.models import Job, Transaction
from wealthwise.console.models import ConsoleLog
from wealthwise.console.people import services
from wealthwise.portability.export.exported_rows import ExportRunning

pytestmark = pytest.mark.django_db
SECRET = "Ticket 4711"


def do(client: Client, action: str, *persons: User, **more: Any) -> Any:
    fields = {"id": [person.pk for person in persons], "reason": SECRET, **more}
    return client.post(f"/console/people/{action}/", fields)


def entry_of(person_uuid: Any) -> tuple[Any, ...]:
    entry = ConsoleLog.objects.get()
    assert (entry.actor, entry.person_uuid, entry.reason) == ("operator", person_uuid, SECRET)
    return entry.action, entry.before, entry.after


def sign_in(name: str) -> Client:
    """A real sign-in, which leaves a session of the user's."""
    client = Client()
    assert client.post("/auth/login/", {"login": name, "password": PASSWORD}).status_code == 302
    return client


def test_verify_email(owner: User, operator_client: Client) -> None:
    EmailAddress.objects.filter(user=owner).update(verified=False)
    tokens.issue_verification(user=owner, email=owner.email)
    assert do(operator_client, "verify-email", owner).url == f"/console/accounts/user/{owner.pk}/change/"
    assert EmailAddress.objects.get(user=owner).verified
    assert not EmailVerification.objects.filter(user=owner, verified_at=None).exists()
    assert entry_of(owner.uuid) == ("verify-email", {"verified": False}, {"verified": True})


def test_an_address_that_somebody_else_verified_stays_theirs(
    owner: User, stranger: User, operator_client: Client
) -> None:
    EmailAddress.objects.filter(user=owner).delete()
    EmailAddress.objects.create(user=stranger, email=owner.email, verified=True)
    page = operator_client.get(do(operator_client, "verify-email", owner).url)
    assert "Somebody else has verified that address." in page.content.decode()
    assert not EmailAddress.objects.filter(user=owner).exists()
    assert not ConsoleLog.objects.exists()


def test_send_reset(owner: User, operator_client: Client, django_capture_on_commit_callbacks: Any) -> None:
    tokens.issue_reset(user=owner)
    with django_capture_on_commit_callbacks(execute=True):
        do(operator_client, "send-reset", owner)
    assert [message.to for message in mail.outbox] == [[owner.email]]
    assert "/auth/password/reset/key/" in str(mail.outbox[0].body)
    assert PasswordResetToken.objects.filter(user=owner, used_at=None).count() == 1
    assert entry_of(owner.uuid) == ("send-reset", {"open links": 1}, {"open links": 1, "mailed": True})


def test_end_sessions(owner: User, stranger: User, operator_client: Client) -> None:
    theirs, another = sign_in("owner"), sign_in("stranger")
    assert theirs.get("/dashboard/").status_code == 200
    do(operator_client, "end-sessions", owner)
    assert theirs.get("/dashboard/").url.startswith("/auth/login/")
    assert another.get("/dashboard/").status_code == 200
    assert not UserSession.objects.filter(user=owner).exists()
    assert entry_of(owner.uuid) == ("end-sessions", {"tokens": 0, "sessions": 1}, {"tokens": 0, "sessions": 0})


def test_suspend_and_restore(owner: User, operator_client: Client) -> None:
    theirs = sign_in("owner")
    do(operator_client, "suspend", owner)
    assert theirs.get("/dashboard/").url.startswith("/auth/login/")
    owner.refresh_from_db()
    assert not owner.is_active
    assert entry_of(owner.uuid) == (
        "suspend",
        {"active": True, "tokens": 0, "sessions": 1},
        {"active": False, "tokens": 0, "sessions": 0},
    )
    do(operator_client, "restore", owner)
    owner.refresh_from_db()
    assert owner.is_active
    last = ConsoleLog.objects.latest("id")
    assert (last.action, last.before, last.after) == ("restore", {"active": False}, {"active": True})


def test_no_reset_is_mailed_to_somebody_suspended(owner: User, operator_client: Client) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    do(operator_client, "send-reset", owner)
    assert mail.outbox == []
    assert not ConsoleLog.objects.exists()


def test_erase_needs_the_username_and_takes_nothing_of_others(
    owner: User, stranger: User, operator_client: Client
) -> None:
    for person in (owner, stranger):
        make_account(person)
        make_transaction(person)
    uuid = owner.uuid
    refused = do(operator_client, "erase", owner, confirmation="stranger")
    assert refused.status_code == 200
    assert "Type owner" in refused.content.decode()
    assert User.objects.filter(pk=owner.pk).exists()
    assert do(operator_client, "erase", owner, confirmation=" Owner ").url == "/console/accounts/user/"
    assert not User.objects.filter(pk=owner.pk).exists()
    assert list(Transaction.objects.values_list("user_id", flat=True)) == [stranger.pk]
    action, before, after = entry_of(uuid)
    assert (action, before["accounts"], after) == ("erase", 1, {"erased": True})


def test_one_person_is_erased_at_a_time(owner: User, stranger: User, operator_client: Client) -> None:
    assert do(operator_client, "erase", owner, stranger, confirmation="owner").status_code == 404
    assert User.objects.filter(pk__in=[owner.pk, stranger.pk]).count() == 2


@pytest.mark.parametrize("action", ["suspend", "erase"])
def test_nobody_locks_out_themselves_or_their_colleagues(
    action: str, operator: User, support: User, staff: User, operator_client: Client
) -> None:
    for person in (operator, support, staff):
        do(operator_client, action, person, confirmation=person.username)
        person.refresh_from_db()
        assert person.is_active
    assert not ConsoleLog.objects.exists()


def test_a_superuser_may_suspend_staff(support: User, staff_client: Client) -> None:
    do(staff_client, "suspend", support)
    support.refresh_from_db()
    assert not support.is_active


@pytest.mark.parametrize("reason", ["", "x", "y" * 301])
def test_nothing_is_done_without_a_reason(reason: str, owner: User, operator_client: Client) -> None:
    assert do(operator_client, "suspend", owner, reason=reason).status_code == 200
    owner.refresh_from_db()
    assert owner.is_active
    assert not ConsoleLog.objects.exists()


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["999999999"], ["1" * 40], [str(n) for n in range(1, 60)]])
def test_who_is_meant_must_be_clear(ids: list[str], operator_client: Client) -> None:
    assert operator_client.get("/console/people/suspend/", {"id": ids}).status_code == 404
    assert operator_client.post("/console/people/suspend/", {"id": ids, "reason": SECRET}).status_code == 404
    assert operator_client.get("/console/people/promote/", {"id": ids}).status_code == 404


def test_an_action_of_the_list_goes_to_its_question(owner: User, stranger: User, operator_client: Client) -> None:
    chosen = {"action": "suspend", "_selected_action": [owner.pk, stranger.pk]}
    answer = operator_client.post("/console/accounts/user/", chosen)
    question = operator_client.get(answer.url)
    assert {person.pk for person in question.context["persons"]} == {owner.pk, stranger.pk}
    do(operator_client, "suspend", owner, stranger)
    assert ConsoleLog.objects.count() == 2
    assert not User.objects.filter(pk__in=[owner.pk, stranger.pk], is_active=True).exists()


def test_the_list_erases_one_and_deletes_none(owner: User, stranger: User, operator_client: Client) -> None:
    listing = operator_client.get("/console/accounts/user/").content.decode()
    assert "delete_selected" not in listing
    chosen = {"action": "erase", "_selected_action": [owner.pk, stranger.pk]}
    assert operator_client.post("/console/accounts/user/", chosen).url == "/console/accounts/user/"
    assert User.objects.filter(pk__in=[owner.pk, stranger.pk]).count() == 2


def test_an_action_of_the_form_goes_there_too(owner: User, support_client: Client) -> None:
    path = f"/console/accounts/user/{owner.pk}/change/"
    chosen = {"CHANGE_FORM-action": "send_reset", "_selected_action": owner.pk}
    assert support_client.post(path, chosen).url == f"/console/people/send-reset/?id={owner.pk}"
    refused = support_client.post(path, {"CHANGE_FORM-action": "erase", "_selected_action": owner.pk})
    assert "/people/" not in refused.headers.get("Location", "")


def test_a_failing_action_leaves_neither_effect_nor_entry(owner: User, staff: User, monkeypatch: Any) -> None:
    def broken(**kwargs: Any) -> None:
        raise RuntimeError("the log is away")

    monkeypatch.setattr("wealthwise.console.people.services.audit.record", broken)
    with pytest.raises(RuntimeError):
        services.perform(action=services.ACTIONS["suspend"], actor=staff, person_id=owner.pk, reason=SECRET)
    owner.refresh_from_db()
    assert owner.is_active


# Export


def test_an_export_is_logged_and_handed_out(owner: User, operator_client: Client, auditor_client: Client) -> None:
    make_transaction(owner)
    assert do(auditor_client, "export", owner).status_code == 403
    assert not ConsoleLog.objects.exists()
    answer = do(operator_client, "export", owner)
    told = json.loads(b"".join(answer.streaming_content))
    assert (told["person"]["email"], len(told["transactions"])) == ("owner@example.com", 1)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{owner.uuid}.json"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert entry_of(owner.uuid) == ("export", {}, {"exported": True})


def test_one_export_of_a_person_at_a_time(owner: User, operator_client: Client, monkeypatch: Any) -> None:
    def busy(person: User) -> None:
        raise ExportRunning("An export is being made already.")

    monkeypatch.setattr("wealthwise.portability.export.jobs.snapshot", busy)
    answer = do(operator_client, "export", owner)
    assert answer.url == f"/console/accounts/user/{owner.pk}/change/"


def test_an_export_of_many_rows_is_made_by_a_job_for_who_asked_for_it(
    owner: User, stranger: User, staff: User, operator_client: Client, auditor_client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr("wealthwise.portability.export.jobs.SMALL_ROWS", 0)
    for person in (owner, stranger):
        make_transaction(person, description=f"Row of {person.username}")
    asked = do(operator_client, "export", owner)
    assert asked.url == f"/console/people/export/?id={owner.pk}"
    assert entry_of(owner.uuid) == ("export", {}, {"exported": True})
    file = f"/console/people/export/{owner.pk}/file/"
    assert "It waits for its turn." in operator_client.get(asked.url).content.decode()
    assert operator_client.get(file).status_code == 404

    assert work_off() == 1
    assert f'href="{file}"' in operator_client.get(asked.url).content.decode()
    answer = operator_client.get(file)
    told = json.loads(b"".join(answer.streaming_content))
    assert [row["description"] for row in told["transactions"]] == ["Row of owner"]
    assert "no-store" in answer.headers["Cache-Control"]
    others = [signed_in(staff), auditor_client, signed_in(owner), signed_in(stranger), Client()]
    assert [other.get(file).status_code for other in others] == [404, 403, 404, 404, 302]
    assert operator_client.get(f"/console/people/export/{stranger.pk}/file/").status_code == 404
    services.perform(action=services.ACTIONS["erase"], actor=staff, person_id=owner.pk, reason=SECRET)
    assert not Job.objects.exists()


def test_the_second_factor_of_a_person_is_named_and_not_shown(owner: User, staff_client: Client) -> None:
    from allauth.mfa.models import Authenticator

    one = Authenticator.objects.create(user=owner, type="totp", data={"secret": "JBSWY3DP"})
    session = UserSession.objects.create(user=owner, ip="127.0.0.1", session_key="k" * 32, user_agent="x")
    address = make_user("third")
    for path in (
        "mfa/authenticator/",
        f"mfa/authenticator/{one.pk}/change/",
        "usersessions/usersession/",
        f"usersessions/usersession/{session.pk}/change/",
        f"account/emailaddress/?q={address.username}",
    ):
        page = staff_client.get(f"/console/{path}")
        assert page.status_code == 200, path
        assert not [secret for secret in ("JBSWY3DP", "k" * 32) if secret in page.content.decode()], path


# From a terminal


def test_the_command_does_and_logs_the_same(owner: User, operator: User) -> None:
    call_command("person", "suspend", "Owner@example.com", "--by", "operator", "--reason", SECRET, verbosity=0)
    owner.refresh_from_db()
    assert not owner.is_active
    assert entry_of(owner.uuid)[0] == "suspend"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["suspend", "owner", "--by", "auditor"], "auditor may not do that."),
        (["suspend", "owner", "--by", "stranger"], "stranger may not do that."),
        (["suspend", "nobody", "--by", "operator"], "There is nobody called nobody."),
        (["suspend", "operator", "--by", "operator"], "That is you"),
        (["erase", "owner", "--by", "operator"], "Add --confirm owner"),
        (["erase", "owner", "--by", "operator", "--confirm", "stranger"], "Add --confirm owner"),
    ],
)
def test_the_command_refuses_what_the_console_refuses(
    arguments: list[str], says: str, owner: User, stranger: User, operator: User, auditor: User
) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("person", *arguments, "--reason", SECRET, verbosity=0)
    assert User.objects.filter(is_active=True).count() == 4
    assert not ConsoleLog.objects.exists()


def test_another_primary_address_gives_way(owner: User, operator_client: Client) -> None:
    EmailAddress.objects.filter(user=owner).update(email="old@example.com")
    do(operator_client, "verify-email", owner)
    found = EmailAddress.objects.filter(user=owner).order_by("email").values_list("email", "primary", "verified")
    assert list(found) == [("old@example.com", False, True), ("owner@example.com", True, True)]
