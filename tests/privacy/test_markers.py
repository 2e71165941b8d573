"""Nothing private is left behind: words, amounts and tokens are planted, and looked for wherever anything is kept.

Refusals and failures of every kind must leave none of them in a log or in the record of a job, no token may stand in a
table or in the cache, and after an erasure nothing may be left anywhere.
"""

from collections.abc import Iterator

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.signin import tokens
from accounts.signin.devices import COOKIE
from tests.console.conftest import member
from tests.factories import PASSWORD, signed_in
from tests.privacy import places
from tests.privacy.places import MARK, MARKS, in_cache, in_sessions, in_tables, lines_with, owned_rows
from tests.strangers.world import Household
from transactions.importing import services as imports
from transactions.models import SavedFilter, ViewRefresh
from transactions.summaries import upkeep
from wealthwise.api.tokens.services import make_token
from wealthwise.console.jobs import runner
from wealthwise.console.jobs.steps import JobStep
from wealthwise.console.models import ConsoleJob, ConsoleLog

pytestmark = pytest.mark.django_db(transaction=True)

FAILURES = {
    "value": "SELECT 'Quokka'::int",
    "twice": 'INSERT INTO account_emailaddress (email, verified, "primary", user_id) '
    "SELECT 'quokka@example.com', true, false, id FROM \"user\" "
    "WHERE id NOT IN (SELECT user_id FROM account_emailaddress WHERE email = 'quokka@example.com') LIMIT 1",
    "raised": "DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'Quokka', DETAIL = 'Quokka', HINT = 'Quokka'; END $$",
    "too long": "SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(5), 'Quokka'",
}


def fail(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FAILURES[name])


@pytest.fixture
def person() -> User:
    """Somebody with everything, all of it marked."""
    household = Household(timezone.localdate())
    data = f"Date,Description,Amount\n{timezone.localdate()},{MARK} upload,-5.00\n".encode()
    imports.stage(user=household.user, account=household.current, file_name=f"{MARK}.csv", data=data)
    tokens.issue_verification(user=household.user, email=household.user.email)
    TOTP.activate(household.user, generate_totp_secret())
    RecoveryCodes.activate(household.user)
    household.user.emailaddress_set.update(email="quokka@example.com")
    planted = places.plant(household.user)
    assert places.unmarked(planted) == places.TAKES_NO_MARK
    return User.objects.get(pk=household.user.pk)


@pytest.fixture
def client(person: User) -> Client:
    """Signed in with a device that is known; failures come as pages."""
    client = Client(raise_request_exception=False)
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    code = RecoveryCodes(person.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0]
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get(reverse("dashboard")).status_code == 200
    return client


@pytest.fixture
def secrets(person: User, client: Client) -> list[str]:
    """Every token of the person, as a request would carry it."""
    return [
        client.session.session_key,
        client.cookies["csrftoken"].value,
        client.cookies[COOKIE].value,
        tokens.issue_verification(user=person, email=person.email),
        tokens.issue_reset(user=person),
        make_token(user=person, name="Script", scope="write", days=30),
        PASSWORD,
    ]


def refuse(client: Client, secrets: list[str]) -> Iterator[tuple[int, HttpResponse]]:
    """The wrong requests that somebody with the secrets can send, each with the status that it should have."""
    for secret in secrets:
        yield 404, client.get(f"/nowhere/{secret}/?q={MARK}")
        yield 404, client.get(f"/accounts/{MARK}/{secret}/")
        yield 404, client.post(f"/auth/confirm-email/{secret}x/")
        yield 200, client.get(f"/auth/password/reset/key/0-{secret}x/")
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    path = f"/auth/password/reset/key/0-{secrets[4]}/"
    yield 403, strict.post(path, {"password1": MARK})
    yield 403, strict.post(path, secure=True, headers={"referer": f"https://{MARK}.example/{secrets[4]}"})
    yield 403, strict.post(path, headers={"origin": f"https://{MARK}.example"})
    yield 400, client.get(path, headers={"host": f"{MARK}.example:{MARK}"})
    yield 400, client.get("/dashboard/", headers={"host": f"{secrets[0]}.example"})
    yield 405, client.get(f"/theme/?q={MARK}")
    yield 422, client.post("/transactions/add/", {"amount": f"{MARK} 8642097", "description": MARK})
    yield 422, client.post("/accounts/settings/", {"first_name": MARK, "currency": MARK})
    yield 422, client.post("/accounts/settings/delete/", {"password": f"{PASSWORD}!", "phrase": MARK})
    yield 200, client.get("/transactions/", {"q": f'"{MARK}" amount:8642097'})
    yield 200, client.post("/auth/login/", {"login": MARK, "password": f"{PASSWORD}?"}, follow=True)
    for _ in range(6):
        answer = Client().post("/auth/login/", {"login": MARK, "password": PASSWORD + MARK})
    yield 429, answer


def break_down(client: Client, secrets: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages whose database fails, with the marks in its errors, at an address with a token."""
    for name in FAILURES:
        with monkeypatch.context() as patch:
            patch.setattr("wealthwise.public.views.render", lambda *args, name=name, **options: fail(name))
            answer = client.get(f"/privacy/?{secrets[3]}={MARK}")
            assert answer.status_code == (503 if name == "too long" else 500)


def work_in_vain(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of staff and a refresh of the view that the database refuses with the marks in its errors."""

    def steps(kind: str, target: str) -> Iterator[JobStep]:
        fail(target)
        yield JobStep(1, 1)

    for name in FAILURES:
        job = ConsoleJob.objects.create(kind="check", target=name, actor=staff.username, actor_uuid=staff.uuid)
        with monkeypatch.context() as patch:
            patch.setattr(runner, "steps_of", steps)
            assert runner.run(job.pk).outcome == "failed"
        with monkeypatch.context() as patch, pytest.raises(Exception, match=r"(?i)quokka|timeout"):
            patch.setattr(upkeep.matviews, "refresh", lambda *args, name=name, **options: fail(name))
            upkeep.refresh_spending_view()


def be_looked_after(person: User) -> User:
    """What staff do about the person, by the console."""
    staff = member("operator")
    staff.is_superuser = True
    staff.save()
    console = signed_in(staff)
    fields = {"currency": "EUR", "time_zone": "UTC", "theme": "dark", "onboarding_step": "5", "is_active": "on"}
    assert console.post(f"/console/accounts/user/{person.pk}/change/", fields).status_code == 302
    console.post(f"/console/people/unmask/{person.pk}/", {"reason": "Ticket 4711"})
    assert console.get("/console/transactions/transaction/", {"q": person.username}).status_code == 200
    console.post(f"/console/people/act/export/?id={person.pk}", {"id": person.pk, "reason": "Ticket 4711"})
    return staff


def test_refusals_failures_and_an_erasure_leave_no_mark(
    person: User, client: Client, secrets: list[str], monkeypatch: pytest.MonkeyPatch, started: list[tuple[str, ...]]
) -> None:
    with places.logs() as lines:
        answers = [(told, answer.status_code) for told, answer in refuse(client, secrets)]
        assert [(told, status) for told, status in answers if status != told] == []
        break_down(client, secrets, monkeypatch)
        staff = be_looked_after(person)
        work_in_vain(staff, monkeypatch)
        for page in ("dashboard", "transactions:list", "budgets:budget", "accounts:list", "accounts:settings"):
            assert client.get(reverse(page)).status_code == 200
        assert upkeep.refresh_spending_view() is not None

        # While the person is there: their words stand in their own rows, and no secret but where it is looked up.
        own = in_tables(MARKS)
        assert {"transaction", "user", "account", "saved_filter", "import_batch"} <= {
            name.strip('"').partition("_p")[0] if name.startswith("transaction_p") else name.strip('"') for name in own
        }
        assert in_cache(MARKS), "the search finds what is there"
        assert not own.keys() & {"console_log", "console_job", "view_refresh", "django_admin_log", "rate_limit"}
        assert set(in_tables(secrets)) == {"web_session", "usersessions_usersession"}
        assert in_cache(secrets) == []
        assert set(in_tables([client.session.session_key])) == {"web_session", "usersessions_usersession"}
        assert in_tables(secrets[1:]) == {}

        answer = client.post(reverse("accounts:erase"), {"password": PASSWORD, "phrase": "delete my account"})
        assert (answer.status_code, answer.url) == (302, "/")
        assert started == [("refresh_views", "--fresh")]
        call_command("refresh_views", "--fresh", verbosity=0)

    assert in_tables([*MARKS, *secrets]) == {}
    assert in_sessions([*MARKS, *secrets]) == []
    assert {table: count for table, count in owned_rows(person.pk).items() if count} == {}
    assert in_cache([*MARKS, *secrets]) == []
    assert len(lines) > 50
    assert lines_with(lines, [*MARKS, *secrets]) == []
    # What is kept of it: that staff did something, by a number that leads to nobody any more.
    assert ConsoleLog.objects.filter(person_uuid=person.uuid, action="change person").exists()
    assert {refresh.error for refresh in ViewRefresh.objects.exclude(error="")} == {
        "DataError 22P02", "IntegrityError 23505 unique_verified_email",
        "ProgrammingError P0001", "OperationalError 57014",
    }  # fmt: skip
    assert not SavedFilter.objects.exists()


def test_somebody_who_did_not_get_in_is_not_kept(person: User) -> None:
    """The session of a sign-in that waits for its second factor has the address in it, and belongs to nobody."""
    waiting = Client()
    waiting.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert "_auth_user_id" not in waiting.session
    inside = signed_in(person)
    inside.post(reverse("accounts:erase"), {"password": PASSWORD, "phrase": "delete my account"})
    assert in_tables([person.email, person.username]) == {}
    assert in_sessions([person.email, person.username]) == []


@pytest.mark.parametrize("right", [True, False])
def test_staff_are_led_to_no_row(person: User, right: bool) -> None:
    """A link of the console that leads to the page of a row told what somebody looks for."""
    staff = signed_in(member("operator" if right else "support"))
    row = SavedFilter.objects.get(user=person)
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(SavedFilter)
    answer = staff.get(f"/console/r/{kind.pk}/{row.pk}/")
    assert (answer.status_code, answer.headers.get("Location")) == (404, None)
    assert not hasattr(SavedFilter, "get_absolute_url")
