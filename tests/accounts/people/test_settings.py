"""Settings: the profile, the lists to choose from, and deleting the account."""

from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.people import services
from accounts.people.choices import COUNTRIES, CURRENCIES, time_zones
from accounts.people.forms import AboutYouForm
from accounts.people.security import security_of
from accounts.signin import tokens
from tests.factories import (
    PASSWORD,
    make_account,
    make_period,
    make_subcategory,
    make_transaction,
    make_user,
)

pytestmark = pytest.mark.django_db
URL = "/accounts/settings/"


def answers(**changes: str) -> dict[str, str]:
    return {
        "first_name": "Ada",
        "last_name": "Obi",
        "preferred_name": "Ada O",
        "country": "NG",
        "currency": "NGN",
        "time_zone": "Africa/Lagos",
        "theme": "dark",
    } | changes


def test_a_person_changes_their_profile(owner: User, owner_client: Client) -> None:
    assert owner_client.post(URL, answers()).url == URL
    owner.refresh_from_db()
    assert {name: getattr(owner, name) for name in answers()} == answers()
    assert (owner.username, owner.email) == ("owner", "owner@example.com")
    assert b'data-theme="dark"' in owner_client.get(URL).content


@pytest.mark.parametrize(
    ("field", "value"),
    [("country", "XX"), ("currency", "EURO"), ("currency", ""), ("time_zone", "Mars/Base"), ("theme", "pink")],
)
def test_what_is_refused(owner: User, owner_client: Client, field: str, value: str) -> None:
    response = owner_client.post(URL, answers(**{field: value}))
    assert list(response.context["form"].errors) == [field]
    owner.refresh_from_db()
    assert owner.first_name == "Owner"


def test_a_refused_theme_does_not_show(owner_client: Client) -> None:
    assert b'data-theme="system"' in owner_client.post(URL, answers(currency="?")).content


def test_nobody_else_is_changed(owner: User, stranger_client: Client) -> None:
    stranger_client.post(URL, answers())
    owner.refresh_from_db()
    assert owner.first_name == "Owner"


def test_settings_want_a_person(client: Client) -> None:
    assert client.post(URL, answers()).url == f"/auth/login/?next={URL}"


def test_the_page_leads_to_everything_about_signing_in(owner_client: Client) -> None:
    html = owner_client.get(URL).content.decode()
    for path in ("/auth/email/", "/auth/password/change/", "/auth/2fa/", "/auth/sessions/", f"{URL}delete/"):
        assert f'href="{path}"' in html


def test_a_value_outside_the_lists_stays_choosable(owner: User, owner_client: Client) -> None:
    User.objects.filter(pk=owner.pk).update(currency="CHF", time_zone="US/Pacific-New")
    response = owner_client.post(URL, answers(currency="CHF", time_zone="US/Pacific-New", country=""))
    assert response.status_code == 302


def test_the_first_step_of_onboarding_asks_four_things(owner: User) -> None:
    data = {name: answers()[name] for name in ("preferred_name", "country", "currency", "time_zone")}
    form = AboutYouForm(data, instance=owner)
    assert list(form.fields) == list(data)
    assert form.is_valid()


def test_the_lists() -> None:
    offered = [code for code, _ in CURRENCIES]
    assert {"USD", "EUR", "GBP", "ZAR", "CHF", "JPY", "CLP", "VND", "XOF"} <= set(offered)
    assert offered == sorted(offered)
    assert len(offered) > 140
    assert not {"KWD", "BHD", "OMR", "TND", "JOD", "LYD"} & set(offered)
    countries = dict(COUNTRIES)
    assert countries["ZA"] == "South Africa"
    assert "EU" not in countries
    assert 240 <= len(countries) <= 260


def test_the_database_knows_every_zone() -> None:
    """The months of the summary are computed by PostgreSQL in the zone that was chosen here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        known = {name for (name,) in cursor.fetchall()}
    assert {zone for zone, _ in time_zones()} - known == set()


# Deleting

ERASE = f"{URL}delete/"


def rows_of(user_id: int) -> dict[str, int]:
    """For each table with a user_id column, how many rows are this user's."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name FROM information_schema.columns
            WHERE column_name = 'user_id' AND table_schema = 'public'
            AND table_name IN (SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition)"""
        )
        tables = [name for (name,) in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE user_id = %s', [user_id])
            counts[table] = cursor.fetchone()[0]
    return counts


def furnish(user: User) -> None:
    """Something in every corner that a user can fill."""
    account = make_account(user)
    make_transaction(user, account=account, subcategory=make_subcategory(user))
    make_transaction(user, "9.00")
    make_period(user)
    tokens.issue_verification(user=user, email=user.email)
    tokens.issue_reset(user=user)
    TOTP.activate(user, generate_totp_secret())


def test_erasing_leaves_nothing_and_nobody_else_is_touched(owner: User, stranger: User) -> None:
    furnish(owner)
    furnish(stranger)
    before, theirs, owner_id = rows_of(owner.pk), rows_of(stranger.pk), owner.pk
    assert sum(1 for count in before.values() if count) >= 9
    services.erase_user(user=owner)
    assert set(rows_of(owner_id).values()) == {0}
    assert rows_of(stranger.pk) == theirs
    assert list(User.objects.all()) == [stranger]


def test_erasing_takes_few_statements(owner: User, django_assert_max_num_queries: Any) -> None:
    furnish(owner)
    with django_assert_max_num_queries(15):
        services.erase_user(user=owner)


def test_a_person_deletes_their_account(owner: User, owner_client: Client) -> None:
    response = owner_client.post(ERASE, {"password": PASSWORD, "phrase": "Delete my account"})
    assert (response.status_code, response.url) == (302, "/")
    assert not User.objects.exists()
    assert owner_client.get(URL).url == f"/auth/login/?next={URL}"


@pytest.mark.parametrize(
    ("field", "changes"),
    [("password", {"password": "wrong"}), ("phrase", {"phrase": "delete"}), ("phrase", {"phrase": ""})],
)
def test_password_and_phrase_are_both_needed(
    owner: User, owner_client: Client, field: str, changes: dict[str, str]
) -> None:
    response = owner_client.post(ERASE, {"password": PASSWORD, "phrase": "delete my account"} | changes)
    assert list(response.context["form"].errors) == [field]
    assert User.objects.filter(pk=owner.pk).exists()


def test_a_get_deletes_nothing(owner: User, owner_client: Client) -> None:
    assert owner_client.get(ERASE).status_code == 200
    assert User.objects.filter(pk=owner.pk).exists()


def test_the_password_cannot_be_guessed_there(owner: User, owner_client: Client) -> None:
    codes = [
        owner_client.post(ERASE, {"password": "wrong", "phrase": "delete my account"}).status_code for _ in range(6)
    ]
    assert codes == [422] * 5 + [429]


def test_deleting_wants_a_person(client: Client) -> None:
    make_user("bystander")
    assert client.post(ERASE, {"password": PASSWORD, "phrase": "delete my account"}).status_code == 302
    assert User.objects.count() == 1


# The page as a whole


def test_every_part_is_in_the_index(owner_client: Client) -> None:
    html = owner_client.get(URL).content.decode()
    for part in ("you", "preferences", "privacy", "sign-in", "data", "leave"):
        assert f'href="{URL}#{part}"' in html
        assert f'id="{part}"' in html
    for path in ("data/", "data/import/", "data/reset/", "username/"):
        assert f'href="{URL}{path}"' in html


@pytest.mark.parametrize(
    ("path", "part"),
    [("/auth/2fa/", "sign-in"), (f"{URL}username/", "sign-in"), (f"{URL}data/", "data"), (ERASE, "leave")],
)
def test_pages_below_have_the_same_index(owner_client: Client, path: str, part: str) -> None:
    assert f'href="{URL}#{part}" aria-current="true"' in owner_client.get(path).content.decode()


def test_what_was_typed_stays_on_an_error(owner_client: Client) -> None:
    html = owner_client.post(URL, answers(first_name="Kept <b>", currency="?")).content.decode()
    assert 'value="Kept &lt;b&gt;"' in html
    assert '<option value="Africa/Lagos" selected>' in html


def test_how_the_sign_in_is_secured_is_told(owner: User, owner_client: Client, stranger: User) -> None:
    TOTP.activate(stranger, generate_totp_secret())
    assert '<span class="badge">Off</span>' in owner_client.get(URL).content.decode()
    TOTP.activate(owner, generate_totp_secret())
    codes = RecoveryCodes.activate(owner)
    page = owner_client.get(URL).content.decode()
    assert '<span class="badge badge-good">On</span>' in page
    assert '<span class="badge">10 left</span>' in page
    for code in codes.get_unused_codes()[:7]:
        assert codes.validate_code(code)
    assert '<span class="badge badge-warn">3 left</span>' in owner_client.get(URL).content.decode()


# Hidden amounts


@pytest.mark.parametrize(
    ("address", "field", "name", "shown"),
    [
        ("/hide-amounts/", "hide", "blur_amounts", b"blur-amounts"),
        ("/rows/", "comfortable", "comfortable_rows", b"is-comfortable"),
    ],
)
def test_a_look_is_remembered_on_this_device_without_scripts(
    owner_client: Client, address: str, field: str, name: str, shown: bytes
) -> None:
    response = owner_client.post(address, {field: "1"}, headers={"referer": f"http://testserver{URL}"})
    assert response.url == f"http://testserver{URL}"
    cookie = response.cookies[name]
    assert (cookie.value, cookie["samesite"], cookie["max-age"]) == ("1", "Lax", 31_536_000)
    assert shown in owner_client.get("/dashboard/").content
    owner_client.post(address, {field: "0"})
    assert shown not in owner_client.get("/dashboard/").content


def test_hiding_returns_to_this_site_only(owner_client: Client) -> None:
    response = owner_client.post("/hide-amounts/", {"hide": "1"}, headers={"referer": "https://evil.example/"})
    assert response.url == "/dashboard/"
    assert owner_client.get("/hide-amounts/").status_code == 405


def test_sessions_of_somebody_else_are_not_counted(owner: User, stranger: User) -> None:
    for person, number in ((owner, 1), (stranger, 2), (stranger, 3)):
        UserSession.objects.create(user=person, ip="127.0.0.1", session_key=str(number) * 32, user_agent="x")
    assert (security_of(owner).sessions, security_of(stranger).sessions) == (1, 2)
