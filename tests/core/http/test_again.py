"""A write that a deadlock or a lost connection ended is done once more, with the same result, or not at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from tests.factories import make_account, signed_in
from transactions.models import ImportBatch, Transaction
from wealthwise.core.http.again import again_middleware, never_again

pytestmark = pytest.mark.django_db(transaction=True)

# A sequence is not rolled back, so it counts the tries.
LUCK = """
CREATE SEQUENCE luck;
CREATE FUNCTION bad_luck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('luck') <= TG_ARGV[0]::int THEN
        IF TG_ARGV[1] = 'lost' THEN PERFORM pg_terminate_backend(pg_backend_pid());
        ELSE RAISE EXCEPTION 'bad luck' USING ERRCODE = TG_ARGV[1]; END IF;
    END IF;
    RETURN NEW;
END $$;
"""
GONE = "DROP FUNCTION IF EXISTS bad_luck() CASCADE; DROP SEQUENCE IF EXISTS luck"


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def bad_luck() -> Iterator[Any]:
    """Call it with a table and how its first so many writes end."""
    execute(GONE)
    execute(LUCK)

    def strike(table: str, event: str, how: str, times: int = 1) -> None:
        execute(
            f'CREATE TRIGGER bad_luck BEFORE {event} ON "{table}" FOR EACH ROW '
            f"EXECUTE FUNCTION bad_luck('{times}', '{how}')"
        )

    yield strike
    connection.close()
    execute(GONE)


@pytest.fixture
def browser(owner: User) -> Client:
    client = signed_in(owner)
    client.raise_request_exception = False
    return client


def add(browser: Client, account: Any) -> Any:
    fields = {
        "account": account.pk,
        "direction": "expense",
        "date": "2026-01-05",
        "description": "x",
        "amount": "12.50",
    }
    return browser.post("/transactions/add/", fields)


@pytest.mark.parametrize("how", ["40P01", "40001", "lost"])
def test_a_booking_is_done_once_more(browser: Client, owner: User, bad_luck: Any, how: str) -> None:
    account = make_account(owner)
    bad_luck("transaction", "INSERT", how)
    assert add(browser, account).status_code == 302
    assert [str(row.amount) for row in Transaction.objects.for_user(owner)] == ["-12.50"]
    account.refresh_from_db()
    assert str(account.current_balance) == "-12.50"


def test_only_once(browser: Client, owner: User, bad_luck: Any) -> None:
    account = make_account(owner)
    bad_luck("transaction", "INSERT", "40P01", times=2)
    answer = add(browser, account)
    assert answer.status_code == 503
    assert not Transaction.objects.for_user(owner).exists()


def test_another_error_is_none_that_passes(browser: Client, owner: User, bad_luck: Any) -> None:
    account = make_account(owner)
    bad_luck("transaction", "INSERT", "22012")
    assert add(browser, account).status_code == 500
    assert not Transaction.objects.for_user(owner).exists()


def test_a_file_is_read_again_from_its_start(browser: Client, owner: User, bad_luck: Any) -> None:
    account = make_account(owner)
    bad_luck("import_batch", "INSERT", "40P01")
    content = b"Date,Description,Amount\n2026-01-05,Shop,-3.00\n2026-01-06,Shop,-4.00\n"
    answer = browser.post(
        "/transactions/import/", {"account": account.pk, "file": SimpleUploadedFile("may.csv", content)}
    )
    assert answer.status_code == 302
    (batch,) = ImportBatch.objects.for_user(owner)
    assert bytes(batch.content) == content


def test_what_a_form_put_into_the_person_is_not_taken_for_what_is_stored(
    browser: Client, owner: User, bad_luck: Any
) -> None:
    bad_luck("user", "UPDATE", "40001")
    fields = {
        "first_name": "Ada", "last_name": "Obi", "preferred_name": "Ada", "country": "NG", "currency": "NGN",
        "time_zone": "Africa/Lagos", "theme": "dark",
    }  # fmt: skip
    assert browser.post("/accounts/settings/", fields).status_code == 302
    owner.refresh_from_db()
    assert owner.preferred_name == "Ada"


def times_asked(owner: User, before: Any) -> int:
    """How often a view runs that does ``before`` and then meets a deadlock."""
    asked = 0

    def view(request: HttpRequest) -> HttpResponse:
        nonlocal asked
        asked += 1
        before()
        answer: Any = HttpResponse(status=503)
        answer.may_pass = True
        return answer

    again_middleware(view)(RequestFactory().post("/"))
    return asked


def rename(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(first_name="x")


def rename_in_a_transaction(owner: User) -> None:
    with transaction.atomic():
        rename(owner)


def rename_and_roll_back(owner: User) -> None:
    with transaction.atomic():
        rename(owner)
        transaction.set_rollback(True)


def test_nothing_that_was_written_is_written_twice(owner: User) -> None:
    assert times_asked(owner, lambda: rename(owner)) == 1
    assert times_asked(owner, lambda: rename_in_a_transaction(owner)) == 1
    assert times_asked(owner, lambda: rename_and_roll_back(owner)) == 2
    assert times_asked(owner, lambda: User.objects.get(pk=owner.pk)) == 2
    assert times_asked(owner, never_again) == 1


def test_a_request_begins_again_as_it_was() -> None:
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((request.POST["a"], getattr(request, "left", ""), request.META.get("LEFT", "")))
        request.left, request.META["LEFT"] = "x", "x"  # type: ignore[attr-defined]
        answer: Any = HttpResponse(status=503)
        answer.may_pass = True
        return answer

    again_middleware(view)(RequestFactory().post("/", {"a": "1"}))
    assert seen == [("1", "", "")] * 2
