"""Guesses are few everywhere, and nobody's guesses lock a person out of what is theirs."""

import hashlib
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from allauth.core.internal import ratelimit
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import KnownDevice, RateLimit, User
from accounts.signin import devices, hashers, limits
from accounts.signin.devices import COOKIE
from accounts.signin.upkeep import purge
from tests.accounts.signin.test_second_factor import code_of
from tests.factories import PASSWORD, make_user, signed_in
from wealthwise import settings as deployed

pytestmark = pytest.mark.django_db
URL, PROMPT, CHANGE = "/auth/login/", "/auth/reauthenticate/", "/auth/password/change/"
STRANGER = "203.0.113.9"


def sign_in(client: Client, login: str = "owner", password: str = PASSWORD, **headers: str) -> Any:
    return client.post(URL, {"login": login, "password": password}, headers=headers)


def guess(login: str = "owner", times: int = 6, client: Client | None = None) -> list[int]:
    """Wrong passwords from somebody else's address, or the same as ``client``'s."""
    return [
        sign_in(client or Client(REMOTE_ADDR=STRANGER), login, f"Wrong-{n}-word!").status_code for n in range(times)
    ]


@pytest.fixture
def at_home(owner: User) -> Client:
    """A browser that the owner signed in with, and out again."""
    client = Client(REMOTE_ADDR="198.51.100.4")
    assert sign_in(client).status_code == 302
    client.post("/auth/logout/")
    assert "_auth_user_id" not in client.session
    return client


# Where tries are counted


def test_the_library_counts_where_we_do() -> None:
    """What `install` replaces is there in this release of allauth, and replaced."""
    assert ratelimit._consume_single_rate is limits._consume_single_rate
    assert ratelimit.clear is limits._clear
    assert ratelimit.RateLimitUsage.rollback is limits._give_back
    assert isinstance(totp.cache, limits.UsedCodes)


@pytest.fixture
def no_cache(settings: Any) -> None:
    settings.CACHES = {"default": {**deployed.CACHES["default"], "LOCATION": "unix:///nowhere/valkey.sock?db=0"}}
    assert cache.add("there", 1) in (None, False)


@pytest.mark.usefixtures("no_cache")
def test_without_a_cache_people_sign_in_and_guesses_are_limited(owner: User) -> None:
    assert guess() == [200] * 5 + [429]
    assert sign_in(Client(REMOTE_ADDR="198.51.100.4"), "owner").status_code == 429, "the account has had its tries"
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert sign_in(Client(REMOTE_ADDR="198.51.100.4")).status_code == 302


@pytest.mark.usefixtures("no_cache")
def test_a_code_signs_in_without_a_cache_and_only_once(owner: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    first, second = Client(), Client()
    with time_machine.travel(timezone.now(), tick=False):
        for client in (first, second):
            assert sign_in(client).url == "/auth/2fa/authenticate/"
            client.post("/auth/2fa/authenticate/", {"code": code_of(secret)})
    assert ["_auth_user_id" in client.session for client in (first, second)] == [True, False]


def test_an_emptied_cache_forgets_no_try(owner: User) -> None:
    guess(times=3)
    cache.clear()
    assert guess(times=3) == [200, 200, 429]


@pytest.mark.django_db(transaction=True)
def test_tries_at_once_are_counted_one_by_one() -> None:
    """Twenty at the same moment, each by a connection of its own, as of as many processes."""
    outcome: list[bool] = []

    def attempt() -> None:
        outcome.append(limits.count("k" * 64, most=5, seconds=60) is not None)
        connections.close_all()

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcome) == {True: 5, False: 15}


@pytest.mark.django_db(transaction=True)
def test_another_process_and_one_after_a_restart_go_on_counting() -> None:
    code = (
        "import django; django.setup(); from accounts.signin import limits; from django.db import connection; "
        f"connection.settings_dict['NAME'] = {connection.settings_dict['NAME']!r}; "
        "print([limits.count('p' * 64, most=5, seconds=600) is not None for _ in range(3)])"
    )
    command = [sys.executable, "-c", code]
    environment = {**__import__("os").environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    said = [subprocess.run(command, env=environment, capture_output=True, text=True, check=True) for _ in range(2)]
    assert [result.stdout.strip() for result in said] == ["[True, True, True]", "[True, True, False]"]
    assert limits.count("p" * 64, most=5, seconds=600) is None


def test_who_tried_stands_nowhere(owner: User) -> None:
    guess()
    guess("somebody@example.com")
    kept = repr(list(RateLimit.objects.values_list("key", "tries")))
    assert RateLimit.objects.count() >= 3
    for text in (STRANGER, "somebody", "owner", hashlib.sha256(b"somebody@example.com").hexdigest()):
        assert text not in kept


def test_counts_that_are_over_are_purged(owner: User) -> None:
    guess(times=1)
    assert purge().counts == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        assert purge().counts == 3
    assert not RateLimit.objects.exists()


def statements_of(client: Client) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert sign_in(client).status_code == 302
    return [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_what_limits_cost_a_sign_in(owner: User) -> None:
    """Three counts and what is given back, where the cache took twenty commands; at a known device two."""
    strange = Client()
    of_limits = [sql for sql in statements_of(strange) if "rate_limit" in sql]
    assert [sql.split()[0] for sql in of_limits] == ["INSERT", "INSERT", "INSERT", "UPDATE"]
    strange.post("/auth/logout/")
    of_limits = [sql for sql in statements_of(strange) if "rate_limit" in sql]
    assert [sql.split()[0] for sql in of_limits] == ["INSERT", "INSERT", "UPDATE"]


# Nobody is locked out by others


def test_a_strangers_guesses_do_not_lock_a_known_device_out(owner: User, at_home: Client) -> None:
    assert guess(times=8)[5:] == [429] * 3
    assert sign_in(Client(REMOTE_ADDR="198.51.100.77")).status_code == 429, "an unknown device waits"
    assert sign_in(at_home).status_code == 302


def test_nor_do_those_from_the_same_address(owner: User, at_home: Client) -> None:
    neighbour = Client(REMOTE_ADDR="198.51.100.4")
    guess(client=neighbour, times=8)
    assert sign_in(neighbour, "somebody").status_code == 429
    assert sign_in(at_home).status_code == 302


def test_a_known_device_has_five_tries_of_its_own(owner: User, at_home: Client) -> None:
    assert guess(client=at_home) == [200] * 5 + [429]
    assert sign_in(at_home).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="198.51.100.77")).status_code == 302, "which take nobody else's"


def test_a_device_is_known_to_its_person_alone(owner: User, stranger: User, at_home: Client) -> None:
    """One's own device gives no allowance at somebody else's account."""
    assert guess("stranger", times=8) == [200] * 5 + [429] * 3
    assert sign_in(at_home, "stranger").status_code == 429


def test_a_cookie_that_was_planted_is_known_to_nobody(owner: User) -> None:
    """Somebody puts their own token into the browser of a person, who then signs in with it."""
    planted = "planted-by-somebody-else-000000"
    client = Client()
    client.cookies[COOKIE] = planted
    sign_in(client)
    assert KnownDevice.objects.count() == 1
    assert not KnownDevice.objects.filter(token_hash=hashlib.sha256(planted.encode()).hexdigest()).exists()
    thief = Client(REMOTE_ADDR=STRANGER)
    thief.cookies[COOKIE] = planted
    assert guess(client=thief) == [200] * 5 + [429]
    assert sign_in(Client(REMOTE_ADDR="198.51.100.77")).status_code == 429, "they counted as anybody's"


def test_two_people_share_a_browser(owner: User, stranger: User, at_home: Client) -> None:
    sign_in(at_home, "stranger")
    at_home.post("/auth/logout/")
    guess("owner", 8)
    guess("stranger", 8)
    for name in ("owner", "stranger"):
        assert sign_in(at_home, name).status_code == 302
        at_home.post("/auth/logout/")
    assert KnownDevice.objects.count() == 2


@pytest.mark.parametrize("prompt", [PROMPT, "/accounts/settings/delete/"])
def test_a_strangers_guesses_do_not_reach_ones_own_prompts(owner: User, owner_client: Client, prompt: str) -> None:
    guess(times=8)
    guess(times=8, client=Client())  # from the very address of the owner
    answer = owner_client.post(prompt, {"password": PASSWORD, "phrase": "delete my account"})
    assert (answer.status_code, User.objects.exists()) == (302, prompt == PROMPT)


def test_wrong_codes_of_somebody_with_the_password_lock_no_known_device_out(owner: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    home, codes = Client(), RecoveryCodes.activate(owner).get_unused_codes()
    sign_in(home)
    home.post("/auth/2fa/authenticate/", {"code": codes[0]})
    home.post("/auth/logout/")
    thief = Client(REMOTE_ADDR=STRANGER)
    sign_in(thief)
    for _ in range(7):
        thief.post("/auth/2fa/authenticate/", {"code": "000000"})
    sign_in(home)
    home.post("/auth/2fa/authenticate/", {"code": codes[1]})
    assert home.session["_auth_user_id"] == str(owner.pk)
    thief.post("/auth/2fa/authenticate/", {"code": codes[2]})
    assert "_auth_user_id" not in thief.session


def test_the_cookie_is_hidden_and_kept(owner: User, at_home: Client) -> None:
    cookie = at_home.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 31_536_000)
    assert cookie.value not in repr(list(KnownDevice.objects.values_list("token_hash", flat=True)))


def test_of_a_person_twenty_devices_are_known(owner: User) -> None:
    now = timezone.now()
    KnownDevice.objects.bulk_create(
        KnownDevice(user=owner, token_hash=f"{n:064}", seen_at=now - timedelta(hours=n + 1)) for n in range(25)
    )
    sign_in(Client())
    kept = set(KnownDevice.objects.values_list("token_hash", flat=True))
    assert len(kept) == 20
    assert kept >= {f"{n:064}" for n in range(19)}


def test_ending_the_other_sessions_forgets_their_devices(owner: User, at_home: Client) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    sign_in(at_home)
    assert at_home.post("/auth/sessions/").status_code == 302
    assert [devices.known(client.get(URL).wsgi_request, owner.pk) != "" for client in (at_home, elsewhere)] == [
        True,
        False,
    ]


def test_a_reset_by_mail_forgets_all_devices(owner: User, at_home: Client) -> None:
    from accounts.signin import tokens

    form = Client()
    path = form.get(f"/auth/password/reset/key/0-{tokens.issue_reset(user=owner)}/").url
    form.post(path, {"password1": "Quite-Different-77", "password2": "Quite-Different-77"})
    assert not KnownDevice.objects.exists()


# Mail on a sign-in with a new device


def test_a_new_device_is_told_by_mail(owner: User, at_home: Client) -> None:
    assert mail.outbox == [], "the first one of a new account is no news"
    sign_in(at_home)
    assert mail.outbox == [], "nor is one that is known"
    agent = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0 https://evil.example"
    sign_in(Client(REMOTE_ADDR=STRANGER), **{"user-agent": agent})
    (message,) = mail.outbox
    assert (message.subject, message.to) == ("Sign-in with a new device", ["owner@example.com"])
    assert STRANGER in message.body
    assert "Firefox on Windows" in message.body
    assert "evil.example" not in message.body
    assert "/auth/password/reset/" in message.body


def test_who_did_not_get_in_is_no_news(owner: User, at_home: Client) -> None:
    TOTP.activate(owner, generate_totp_secret())
    stranger = Client(REMOTE_ADDR=STRANGER)
    sign_in(stranger, "owner", "Wrong-1-word!")
    sign_in(stranger)
    stranger.post("/auth/2fa/authenticate/", {"code": "000000"})
    assert mail.outbox == []
    assert KnownDevice.objects.count() == 1


def test_an_account_from_before_is_told_of_its_first_device(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(created_at=timezone.now() - timedelta(days=400))
    sign_in(Client())
    assert [message.subject for message in mail.outbox] == ["Sign-in with a new device"]


# Whose words go where


def test_an_address_that_is_not_confirmed_is_greeted_by_no_name() -> None:
    """Somebody signs up with another person's address, and with an advertisement for a name."""
    words = {"first_name": "Buy", "last_name": "Cheap", "username": "cheap_pills"}
    client = Client()
    client.post("/auth/signup/", {**words, "email": "victim@example.com", "password1": PASSWORD})
    User.objects.update(preferred_name="Buy at evil.example")
    client.post("/auth/confirm-email/", {"email": "victim@example.com"})
    Client().post("/auth/password/reset/", {"email": "victim@example.com"})
    assert len(mail.outbox) >= 2
    told = "\n".join(message.subject + message.body for message in mail.outbox)
    assert "key/0-" in told
    assert not [text for text in ("Buy", "Cheap", "cheap_pills", "evil") if text in told]


def test_a_new_address_is_greeted_by_no_name_either(owner: User, owner_client: Client) -> None:
    User.objects.update(preferred_name="Buy at evil.example")
    owner_client = signed_in(User.objects.get(pk=owner.pk))
    asked = owner_client.post("/auth/email/", {"action_add": "1", "email": "victim@example.com"})
    if "reauthenticate" in asked.url:
        owner_client.post(asked.url, {"password": PASSWORD})
    to_victim = [message for message in mail.outbox if message.to == ["victim@example.com"]]
    assert len(to_victim) == 1
    assert "evil" not in to_victim[0].body


def test_whose_address_is_theirs_is_greeted(owner: User) -> None:
    Client().post("/auth/password/reset/", {"email": "owner@example.com"})
    assert mail.outbox[0].body.startswith("Hello Owner,")


# Equal work, whoever is tried


OLD = "scrypt:1024:8:1"


@pytest.fixture
def work(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """How often each kind of digest is made, with the hashers of the site; each is cheap here."""
    settings.PASSWORD_HASHERS = deployed.PASSWORD_HASHERS
    for cost, least in {"time_cost": 1, "memory_cost": 8, "parallelism": 1}.items():
        monkeypatch.setattr(Argon2PasswordHasher, cost, least)
    made: Counter[str] = Counter()

    def counting(name: str, real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            made[name] += 1
            return real(*args, **options)

        return call

    import argon2.low_level as argon2

    with (
        mock.patch.object(argon2, "hash_secret", counting("argon2", argon2.hash_secret)),
        mock.patch("argon2.PasswordHasher.verify", counting("argon2", __import__("argon2").PasswordHasher.verify)),
        mock.patch.object(hashers.hashlib, "scrypt", counting("scrypt", hashlib.scrypt)),
        mock.patch.object(hashers.hashlib, "pbkdf2_hmac", counting("pbkdf2", hashlib.pbkdf2_hmac)),
    ):
        yield made


@pytest.fixture
def people(work: Counter[str]) -> None:
    """Somebody new, and two who came over with digests of two kinds."""
    make_user("newcomer")
    for name, method in (("oldtimer", OLD), ("veteran", "pbkdf2:sha256:1000")):
        user = make_user(name)
        user.password = f"flask${method}$salt${hashers._base64(hashers._digest(method, PASSWORD, 'salt'))}"
        user.save()
    work.clear()


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("name", ["newcomer", "oldtimer", "veteran", "nobody", "nobody@example.com"])
def test_a_wrong_password_takes_the_same_work_for_everybody(name: str, work: Counter[str]) -> None:
    sign_in(Client(), name, "Wrong-1-word!")
    assert work == {"argon2": 1, "scrypt": 1, "pbkdf2": 1}


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("name", ["newcomer", "oldtimer", "veteran"])
def test_and_so_does_the_right_one(name: str, work: Counter[str]) -> None:
    assert sign_in(Client(), name).status_code == 302
    assert work == {"argon2": 1, "scrypt": 1, "pbkdf2": 1}
    assert User.objects.get(username=name).password.startswith("argon2$")


def test_where_nobody_came_over_one_digest_is_made(owner: User, work: Counter[str]) -> None:
    for name in ("owner", "nobody"):
        work.clear()
        sign_in(Client(), name, "Wrong-1-word!")
        assert work == {"argon2": 1}
