"""Error pages through the real handlers: the status, words, the same design, and a way on."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from tests.databases import administrator
from tests.factories import make_period, signed_in
from transactions.models import Category, Transaction
from wealthwise.core.http import error_pages

pytestmark = pytest.mark.django_db


def quiet(client: Client) -> Client:
    client.raise_request_exception = False
    return client


def shows(answer: Any, status: int, heading: str) -> str:
    """The page, which is ours: heading, style sheets, a link that leads somewhere, nothing technical."""
    page: str = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in page
    assert "css/tokens" in page
    assert f"Error {status}" in page
    assert "Traceback" not in page
    assert "Content-Security-Policy" in answer
    links = re.findall(r'<a class="btn[^"]*" href="([^"]*)"', page)
    assert links
    for link in links:
        assert link == "" or resolve(re.sub("^http://[^/]+", "", link))
    return page


@pytest.fixture(params=["nobody", "owner"])
def visitor(request: pytest.FixtureRequest, owner_client: Client) -> Client:
    return quiet(owner_client if request.param == "owner" else Client())


def test_400_by_a_host_that_is_not_ours(visitor: Client) -> None:
    shows(visitor.get("/help/", headers={"host": "elsewhere.example"}), 400, "That request was not understood")


def test_400_by_too_many_fields(owner_client: Client) -> None:
    fields = {f"field-{n}": "1" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    address = reverse("transactions:category_add")
    shows(quiet(owner_client).post(address, fields), 400, "That request was not understood")
    assert not Category.objects.exists()


def test_403(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise PermissionDenied

    monkeypatch.setattr("wealthwise.public.views.render", refuse)
    shows(visitor.get("/privacy/"), 403, "You may not open this")


def test_403_of_a_form_without_its_token(owner: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    address = reverse("transactions:category_add")
    referer = {"referer": f"http://testserver{address}"}
    answer = client.post(address, {"name": "Travel", "kind": "expense"}, headers=referer)
    page = shows(answer, 403, "That form was open for too long")
    assert f'<a class="btn btn-primary" href="http://testserver{address}">Back to the page</a>' in page
    assert not Category.objects.exists()


def test_403_leads_back_to_no_other_site(owner: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/auth/login/", {"login": "x"}, headers={"referer": "https://elsewhere.example/trap"})
    assert "elsewhere" not in shows(answer, 403, "That form was open for too long")


@pytest.mark.parametrize("address", ["/no/such/page/", "/auth/nothing/"])
def test_404(visitor: Client, address: str) -> None:
    shows(visitor.get(address), 404, "Nothing here")


def test_404_of_what_is_somebody_elses(owner_client: Client, stranger: Any) -> None:
    period = make_period(stranger)
    shows(owner_client.get(reverse("budgets:period_edit", args=[period.pk])), 404, "Nothing here")


def test_the_way_on_depends_on_who_asks(owner_client: Client) -> None:
    assert 'href="/dashboard/">Go to the dashboard' in owner_client.get("/nowhere/").content.decode()
    assert 'href="/auth/login/">Sign in' in Client().get("/nowhere/").content.decode()


def test_405_is_a_page_for_a_browser_only(owner_client: Client) -> None:
    browser = {"accept": "text/html,application/xhtml+xml"}
    answer = owner_client.get("/theme/", headers=browser)
    shows(answer, 405, "This address only takes forms")
    assert answer["Allow"] == "POST"
    assert owner_client.get("/theme/").content == b""


def test_429() -> None:
    client = Client()
    for _ in range(5):
        client.post("/auth/login/", {"login": "nobody@example.com", "password": "wrong"})
    answer = client.post("/auth/login/", {"login": "nobody@example.com", "password": "wrong"})
    shows(answer, 429, "One moment, please")


def test_500(visitor: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("wealthwise.public.views.render", fail)
    assert "secret detail" not in shows(visitor.get("/privacy/"), 500, "Something went wrong")
    assert "secret detail" in caplog.text


def test_500_asks_neither_the_database_nor_the_session(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        shows_without_policy = error_pages.server_error(RequestFactory().get("/"))
    assert shows_without_policy.status_code == 500


def test_503_without_a_database(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: Any, **options: Any) -> None:
        raise OperationalError("connection refused at 10.0.0.7")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", unreachable)
    visitor.cookies["sessionid"] = "a-session-that-is-not-in-the-cache"
    answer = visitor.get("/dashboard/")
    page = shows(answer, 503, "Back in a moment")
    assert "10.0.0.7" not in page
    assert answer["Retry-After"] == "30"


def test_public_pages_need_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: Any, **options: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", unreachable)
    for name in ("landing", "help", "privacy", "terms", "manifest", "service_worker", "offline"):
        assert Client().get(reverse(name)).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
def test_what_takes_the_database_too_long_is_given_up(owner: Any, limit: str) -> None:
    """Another connection holds the ledger; a page waits for as long as it may, and a write writes nothing."""
    client = quiet(signed_in(owner))
    with administrator(connection.settings_dict["NAME"]) as other, other.transaction():
        other.execute("LOCK TABLE transaction")
        with connection.cursor() as cursor:
            cursor.execute(f"SET {limit} = '50ms'")
        try:
            page = shows(client.get(reverse("transactions:list")), 503, "That took too long")
            assert "Nothing was changed" in page
            fields = {"amount": "5", "direction": "expense", "description": "Late", "date": "2026-03-01"}
            answer = client.post(reverse("transactions:add"), fields)
            assert "Check whether your last change arrived" in shows(answer, 503, "That took too long")
            assert answer["Retry-After"]
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"RESET {limit}")
    assert not Transaction.objects.exists()
    assert client.get(reverse("transactions:list")).status_code == 200
