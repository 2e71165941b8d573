"""What was committed is answered as such, whatever becomes of the session after it."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from django.db.transaction import TransactionManagementError
from django.test import Client, RequestFactory

from accounts.models import WebSession
from tests.factories import make_account
from transactions.ledger import views
from transactions.models import Transaction
from wealthwise.core.http import error_pages

ENTRY = {"direction": "expense", "amount": "12.50", "description": "Corner shop", "date": "2026-03-15"}


def ended(monkeypatch: pytest.MonkeyPatch) -> None:
    WebSession.objects.all().delete()


def lost_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("accounts.people.sessions.WebSession.objects.filter", fail)


@pytest.mark.django_db
@pytest.mark.parametrize("happened", [ended, lost_its_database])
def test_a_booking_is_told_although_its_session_was_not_stored(
    owner: Any, owner_client: Client, monkeypatch: pytest.MonkeyPatch, happened: Callable[..., None]
) -> None:
    """It was a 400 that said that nothing was changed, and whoever sent again booked twice."""
    account, added = make_account(owner), views._added

    def then(request: Any, *rest: Any) -> Any:
        request.session["left"] = 1
        happened(monkeypatch)
        return added(request, *rest)

    monkeypatch.setattr(views, "_added", then)
    answer = owner_client.post("/transactions/add/", {**ENTRY, "account": account.pk})
    assert answer.status_code == 302
    assert Transaction.objects.for_user(owner).count() == 1
    assert WebSession.objects.exists() is (happened is lost_its_database)  # what ended stays ended


def test_what_follows_a_lost_database_is_its_loss() -> None:
    try:
        try:
            raise psycopg.OperationalError  # of a COPY, not wrapped by Django
        except psycopg.OperationalError:
            raise TransactionManagementError  # noqa: B904  as Django raises it
    except TransactionManagementError:
        answer = error_pages.server_error(RequestFactory().get("/"))
    assert answer.status_code == 503
    try:
        raise TransactionManagementError
    except TransactionManagementError:
        assert error_pages.server_error(RequestFactory().get("/")).status_code == 500


@pytest.mark.parametrize(
    ("method", "says"), [("GET", "nothing was changed"), ("POST", "check whether your last change")]
)
def test_who_loses_the_database_while_writing_is_not_told_that_nothing_was_changed(method: str, says: str) -> None:
    """The commit may have been the last thing that it did."""
    try:
        raise OperationalError
    except OperationalError:
        answer = error_pages.server_error(RequestFactory().generic(method, "/transactions/add/"))
    page = answer.content.decode()
    assert (answer.status_code, says in page) == (503, True)
    assert ("nothing was changed" in page) is (method == "GET")
