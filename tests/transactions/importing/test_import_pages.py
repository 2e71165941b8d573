"""The import at its URLs: the whole way, refusals, strangers, and the number of statements."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import WHO_ASKS, make_account, make_subcategory, make_transaction
from tests.transactions.importing.helpers import (
    COFFEES,
    booked,
    columns_form,
    fixture,
    imported,
    staged,
    statement,
    step,
    upload,
)
from transactions.importing import services
from transactions.models import ImportBatch, Transaction

START = "/transactions/import/"
STEPS = ["configure", "check", "commit", "result", "revert", "discard"]


def the_batch() -> ImportBatch:
    return ImportBatch.objects.get()


def messages_of(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_a_csv_from_upload_to_revert(owner, owner_client):
    account = make_account(owner, opening="10")
    answer = upload(owner_client, account, fixture("current.csv"), "current.csv")
    batch = the_batch()
    assert answer.url == step("configure", batch)

    columns = owner_client.get(answer.url)
    assert [role for _, role in columns.context["columns"].heads] == ["Date", "Description", "Comment", "Amount"]
    assert "Bäckerei Sonnentau" in columns.text
    answer = owner_client.post(step("configure", batch), columns_form(columns))
    assert answer.url == step("check", batch)

    check = owner_client.get(answer.url)
    assert check.context["counts"] == (4, 0, 2)
    assert "is not a day of the calendar" in check.text
    assert "zwölf" in check.text
    assert booked(owner) == []

    seen = {"new": 4, "duplicate": 0, "error": 2}
    answer = owner_client.post(step("commit", batch), seen)
    assert answer.url == step("result", batch)
    result = owner_client.get(answer.url)
    assert "Imported “current.csv”: 4 added." in messages_of(result)
    assert booked(owner) == [
        ("2026-03-02 12:00", "-3.20", "Bäckerei Sonnentau"),
        ("2026-03-02 12:00", "-3.20", "Bäckerei Sonnentau"),
        ("2026-03-14 12:00", "2500.00", "Arbeitgeber Muster GmbH"),
        ("2026-03-28 12:00", "-84.75", "Stadtwerke"),
    ]
    listed = owner_client.get(f"/transactions/?batch={batch.pk}")
    assert f'href="/transactions/?batch={batch.pk}"' in result.text
    assert listed.context["listing"].figures.entries == 4
    account.refresh_from_db()
    assert account.current_balance == Decimal("2418.85")

    assert "Remove the 4 transactions" in owner_client.get(step("revert", batch)).text
    assert len(booked(owner)) == 4
    reverted = owner_client.post(step("revert", batch), follow=True)
    assert "4 removed" in messages_of(reverted)
    assert booked(owner) == []
    account.refresh_from_db()
    assert account.current_balance == Decimal(10)


def test_an_ofx_goes_straight_to_the_check(owner, owner_client):
    account = make_account(owner)
    answer = upload(owner_client, account, fixture("card.ofx"), "card.ofx")
    assert answer.url == step("check", the_batch())
    check = owner_client.get(answer.url)
    assert check.context["counts"] == (3, 0, 2)
    assert "was rounded to" in check.text
    owner_client.post(step("commit", the_batch()))
    assert booked(owner) == [
        ("2026-03-02 12:00", "-42.50", "Fynbos & Daughters Coffee House, Long Street"),
        ("2026-03-03 12:00", "1250.12", "Refund & thanks"),
        ("2026-03-05 12:00", "-18.75", "Check 0012"),
    ]


def test_importing_the_file_again_shows_and_adds_nothing_new(owner, owner_client):
    account = make_account(owner)
    imported(owner, account)
    upload(owner_client, account, COFFEES)
    batch = ImportBatch.objects.order_by("id").last()
    check = owner_client.get(step("check", batch))
    assert check.context["counts"] == (0, 3, 0)
    assert "Close without importing" in check.text
    owner_client.post(step("commit", batch))
    assert len(booked(owner)) == 3


def test_every_choice_can_be_corrected(owner, owner_client):
    upload(owner_client, make_account(owner), statement("03/04/2026,Shop,Milk,12.00", head="Date,Name,Notes,Amount"))
    batch = the_batch()
    page = owner_client.get(step("configure", batch))
    assert "could be day/month or month/day" in page.text
    assert "4 March 2026" in page.text  # as they write it where people pay in dollars
    changes = {"date_format": "%d/%m/%Y", "invert": "on", "description_columns": [2], "comment_columns": [1]}
    owner_client.post(step("configure", batch), columns_form(page, **changes))
    owner_client.post(step("commit", batch))
    assert booked(owner) == [("2026-04-03 12:00", "-12.00", "Milk")]
    assert Transaction.objects.get().comment == "Shop"


def test_columns_for_money_out_and_in(owner, owner_client):
    data = statement("2026-03-04,Shop,12.00,", "2026-03-05,Gift,,5.00", head="Date,Text,X,Y")
    upload(owner_client, make_account(owner), data)
    page = owner_client.get(step("configure", the_batch()))
    style = {"amount_style": "in_out", "debit_column": 2, "credit_column": 3, "amount_column": ""}
    owner_client.post(step("configure", the_batch()), columns_form(page, **style))
    owner_client.post(step("commit", the_batch()))
    assert [amount for _, amount, _ in booked(owner)] == ["-12.00", "5.00"]


def test_a_missing_column_is_asked_for(owner, owner_client):
    upload(owner_client, make_account(owner), COFFEES)
    page = owner_client.get(step("configure", the_batch()))
    answer = owner_client.post(
        step("configure", the_batch()), columns_form(page, amount_style="flagged", flag_column="")
    )
    assert answer.status_code == 422
    assert "Choose the flag column" in answer.text


@pytest.mark.parametrize(
    "changes", [{"date_column": 99}, {"date_column": "x"}, {"decimal_style": ".."}, {"encoding": "rot13"}]
)
def test_choices_that_are_not_offered_change_nothing(owner, owner_client, changes):
    upload(owner_client, make_account(owner), COFFEES)
    before = the_batch().layout
    page = owner_client.get(step("configure", the_batch()))
    answer = owner_client.post(step("configure", the_batch()), columns_form(page, **changes))
    assert answer.status_code in {302, 422}
    assert the_batch().layout["encoding"] == "utf-8"
    assert the_batch().layout == {**before, "ambiguous_dates": False}


def test_the_table_can_be_read_in_another_way_without_keeping_it(owner, owner_client):
    upload(owner_client, make_account(owner), COFFEES)
    before = the_batch().layout
    query = {"delimiter": ",", "encoding": "utf-8", "has_header": "0", "skip_lines": "2"}
    page = owner_client.get(step("configure", the_batch()), query)
    assert page.context["columns"].names == ["Column 1", "Column 2", "Column 3"]
    assert len(page.context["columns"].rows) == 2
    other = owner_client.get(step("configure", the_batch()), query | {"delimiter": "|", "has_header": "1"})
    assert len(other.context["columns"].names) == 1
    assert the_batch().layout == before
    owner_client.post(step("configure", the_batch()), columns_form(page))
    assert (the_batch().layout["has_header"], the_batch().layout["skip_lines"]) == (False, 2)


def test_an_encoding_that_does_not_fit_is_told(owner, owner_client):
    upload(owner_client, make_account(owner), COFFEES + b"1")
    query = {"delimiter": ",", "encoding": "utf-16", "has_header": "1", "skip_lines": "0"}
    page = owner_client.get(step("configure", the_batch()), query)
    assert page.status_code == 200
    assert "not written in utf-16" in page.text


def test_the_layout_is_remembered_for_the_account(owner, owner_client):
    account = make_account(owner)
    batch = staged(owner, account)
    page = owner_client.get(step("configure", batch))
    owner_client.post(step("configure", batch), columns_form(page, invert="on"))
    owner_client.post(step("commit", batch))
    answer = upload(owner_client, account, statement("2026-05-01,Lunch,9.00"))
    page = owner_client.get(answer.url)
    assert "as you confirmed them for your last import" in page.text
    assert page.context["form"]["invert"].value() is True


def test_suggestions_are_shown_and_taken(owner, owner_client):
    food = make_subcategory(owner)
    make_transaction(owner, description="coffee", subcategory=food)
    batch = staged(owner, make_account(owner))
    assert "Food: Groceries" in owner_client.get(step("check", batch)).text
    owner_client.post(step("commit", batch))
    assert Transaction.objects.filter(import_batch=batch, subcategory=food).count() == 2


def test_what_changed_in_between_is_told(owner, owner_client):
    account = make_account(owner)
    batch = staged(owner, account)
    imported(owner, account, statement("2026-03-14,Salary,2500.00"))
    answer = owner_client.post(step("commit", batch), {"new": 3, "duplicate": 0, "error": 0}, follow=True)
    assert "2 were added instead of 3" in messages_of(answer)


def test_a_second_confirmation_is_answered_kindly(owner, owner_client):
    batch = staged(owner, make_account(owner))
    owner_client.post(step("commit", batch))
    answer = owner_client.post(step("commit", batch), follow=True)
    assert "imported already" in messages_of(answer)
    assert len(booked(owner)) == 3


def test_a_second_revert_is_answered_kindly(owner, owner_client):
    batch = imported(owner, make_account(owner))
    owner_client.post(step("revert", batch))
    answer = owner_client.post(step("revert", batch), follow=True)
    assert "reverted already" in messages_of(answer)
    assert "Reverted on" in answer.text


def test_a_revert_warns_of_changes_by_hand(owner, owner_client):
    batch = imported(owner, make_account(owner))
    Transaction.objects.filter(description="Salary").update(comment="x")
    assert "You changed or categorised 1 of them" in owner_client.get(step("revert", batch)).text
    assert "Changed by hand among them: 1." in messages_of(owner_client.post(step("revert", batch), follow=True))


def test_steps_lead_to_where_the_import_is(owner, owner_client):
    batch = staged(owner, make_account(owner))
    assert owner_client.get(step("result", batch)).url == step("check", batch)
    assert owner_client.get(step("revert", batch)).url == step("result", batch)
    for name in ("commit", "discard"):
        assert owner_client.get(step(name, batch)).url == step("check", batch)
    services.commit(batch=batch)
    assert owner_client.get(step("check", batch)).url == step("result", batch)
    assert owner_client.get(step("configure", batch)).url == step("check", batch)
    assert len(booked(owner)) == 3


def test_a_discarded_file_is_forgotten(owner, owner_client):
    batch = staged(owner, make_account(owner))
    answer = owner_client.post(step("discard", batch), follow=True)
    assert "Nothing was imported" in messages_of(answer)
    assert owner_client.get(step("check", batch)).status_code == 404


def test_the_list_of_imports(owner, owner_client, stranger):
    account = make_account(owner)
    imported(owner, account, name="done.csv")
    staged(owner, account, name="waiting.csv")
    imported(stranger, make_account(stranger), name="secret.csv")
    page = owner_client.get(START)
    assert [(batch.file_name, batch.get_state_display()) for batch in page.context["batches"]] == [
        ("waiting.csv", "Waiting for you"),
        ("done.csv", "Imported"),
    ]
    assert "3 added · 0 already there · 0 with errors" in page.text


# What is refused.


def test_without_an_account_the_page_leads_to_adding_one(owner_client):
    page = owner_client.get(START)
    assert reverse("accounts:add") in page.text
    assert "No open account yet" in page.text


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.qif", b"!Type:Bank\n^\n", "no transaction in this file"),
        ("x.xlsx", b"PK\x03\x04xxxx", "damaged and cannot be unpacked"),
        ("x.zip", b"PK\x03\x04xxxx", "damaged and cannot be unpacked"),
        ("x.pdf", b"%PDF-1.7 x", "PDF files are not supported"),
        ("x.csv", b"", "The file is empty."),
        ("x.ofx", b"<OFX></OFX>", "no bank, card or investment statement"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_kindly(owner, owner_client, name, data, says):
    answer = upload(owner_client, make_account(owner), data, name)
    assert answer.status_code == 422
    assert says in answer.text
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_too_large_is_refused(owner, owner_client, settings):
    settings.IMPORT_MAX_BYTES = len(COFFEES) - 1
    answer = upload(owner_client, make_account(owner), COFFEES)
    assert answer.status_code == 422
    assert "larger than" in answer.text
    assert not ImportBatch.objects.exists()


def test_accounts_that_cannot_be_chosen(owner, owner_client, stranger):
    make_account(owner)
    for account in (make_account(stranger), make_account(owner, "Closed", is_active=False)):
        assert upload(owner_client, account, COFFEES).status_code == 422
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("is_done", [True, False])
def test_strangers_find_nothing_and_change_nothing(owner, stranger, stranger_client, name, method, is_done):
    batch = (imported if is_done else staged)(owner, make_account(owner))
    imported(stranger, make_account(stranger))
    before = ImportBatch.objects.filter(pk=batch.pk).values().get()
    only_read = method == "post" and name in {"check", "result"}
    assert getattr(stranger_client, method)(step(name, batch)).status_code == (405 if only_read else 404)
    assert ImportBatch.objects.filter(pk=batch.pk).values().get() == before
    assert len(booked(owner)) == (3 if is_done else 0)
    assert len(booked(stranger)) == 3


@pytest.mark.parametrize("name", ["", *STEPS])
def test_visitors_are_sent_to_sign_in(owner, name):
    batch = staged(owner, make_account(owner))
    address = step(name, batch) if name else START
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address)
        assert answer.status_code == 302
        assert reverse("account_login") in answer.url
    assert the_batch().state == "uploaded"


def test_writing_needs_the_token_of_the_page(owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    batch = staged(owner, make_account(owner))
    assert client.post(step("commit", batch)).status_code == 403
    assert booked(owner) == []


# Statements do not grow with rows.


def _many(count: int) -> bytes:
    return statement(*(f"2026-03-{n % 28 + 1:02},Shop {n},-{n + 1}.00" for n in range(count)))


def _statements(client: Any, method: str, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert getattr(client, method)(address).status_code in {200, 302}
    return len(captured)


@pytest.mark.parametrize(("name", "most"), [("check", 8), ("configure", 8)])
def test_looking_takes_few_statements(owner, owner_client, name, most):
    make_transaction(owner, description="Shop 1", subcategory=make_subcategory(owner))
    account = make_account(owner)
    few, many = staged(owner, account, _many(2)), staged(owner, account, _many(400))
    owner_client.get(step(name, few))
    assert _statements(owner_client, "get", step(name, few)) == _statements(owner_client, "get", step(name, many))
    assert _statements(owner_client, "get", step(name, many)) <= most


def test_confirming_takes_few_statements(owner, owner_client):
    account = make_account(owner)
    few, many = staged(owner, account, _many(2)), staged(owner, account, _many(400))
    owner_client.get(step("check", few))
    first = _statements(owner_client, "post", step("commit", few))
    assert _statements(owner_client, "post", step("commit", many)) == first <= WHO_ASKS + 18


def test_the_list_of_imports_takes_few_statements(owner, owner_client):
    account = make_account(owner)
    imported(owner, account)
    owner_client.get(START)
    few = _statements(owner_client, "get", START)
    for _ in range(8):
        staged(owner, account)
    assert _statements(owner_client, "get", START) == few <= 9
