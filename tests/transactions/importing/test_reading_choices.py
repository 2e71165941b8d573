"""What a person chooses of how a file is read: words for money out, days, letters; and what is remembered of it."""

from typing import Any

import pytest

from tests.factories import make_account, make_user, signed_in
from tests.transactions.importing.helpers import booked, columns_form, imported, staged, statement, step, upload
from transactions.importing import services
from transactions.models import ImportBatch

pytestmark = pytest.mark.django_db

UNKNOWN = statement(
    "2026-03-02,Bread,12.50,Alpha", "2026-03-15,Fuel,40.00,Alpha", "2026-03-28,Wages,2000.00,Beta",
    head="Date,Description,Amount,Type",
)  # fmt: skip
ENCODED = ":20:A\n:25:B\n:60F:C260301EUR100,00\n:61:2603020302D12,50NTRF\n:86:Łódź\n:62F:C260331EUR87,50\n".encode(
    "cp852"
)


def amounts(owner: Any) -> list[str]:
    return [amount for _, amount, _ in booked(owner)]


def test_two_unknown_words_are_asked_once_and_remembered(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    page = owner_client.get(upload(owner_client, account, UNKNOWN).url)
    batch = ImportBatch.objects.get()
    assert "Choose which words of the debit or credit column mean money out." in page.text
    refused = owner_client.post(step("configure", batch), columns_form(page))
    assert refused.status_code == 422
    assert "Choose which of “Alpha” and “Beta” mean money out." in refused.text
    with pytest.raises(services.StatementError, match="which words"):
        services.preview(batch=batch)
    owner_client.post(step("configure", batch), columns_form(page, out_words=["Alpha"]))
    owner_client.post(step("commit", batch))
    assert amounts(owner) == ["-12.50", "-40.00", "2000.00"]
    april = UNKNOWN.replace(b"2026-03", b"2026-04")
    answer = owner_client.get(upload(owner_client, account, april).url)
    assert answer.context["form"]["out_words"].value() == ["Alpha"]
    assert imported(owner, account, april).new_count == 3
    assert amounts(owner)[3:] == ["-12.50", "-40.00", "2000.00"]


def test_a_balance_alone_is_never_the_amount(owner: Any, owner_client: Any) -> None:
    data = statement("2026-03-02,Bread,100.00", "2026-03-15,Fuel,60.00", head="Date,Description,Balance")
    page = owner_client.get(upload(owner_client, make_account(owner), data).url)
    assert "Choose the amount column of this file." in page.text
    answer = owner_client.post(step("configure", ImportBatch.objects.get()), columns_form(page))
    assert (answer.status_code, booked(owner)) == (422, [])


@pytest.mark.parametrize("typed", ["yyyy|dd|mm", "%Y|%d|%m"])
def test_days_in_a_form_of_ones_own(owner: Any, owner_client: Any, typed: str) -> None:
    page = owner_client.get(upload(owner_client, make_account(owner), statement("2026|28|03,Bread,-1.00")).url)
    batch = ImportBatch.objects.get()
    owner_client.post(step("configure", batch), columns_form(page, date_typed=typed))
    owner_client.post(step("commit", batch))
    assert booked(owner) == [("2026-03-28 12:00", "-1.00", "Bread")]


@pytest.mark.parametrize("typed", ["yyyy", "dd.dd.yyyy", "%d.%m.%Y.%q", "x" * 41])
def test_what_is_no_form_of_days_is_said(owner: Any, owner_client: Any, typed: str) -> None:
    page = owner_client.get(upload(owner_client, make_account(owner), statement("2026-03-02,Bread,-1.00")).url)
    batch = ImportBatch.objects.get()
    answer = owner_client.post(step("configure", batch), columns_form(page, date_typed=typed))
    assert "date_typed" in answer.context["form"].errors
    assert ImportBatch.objects.get().layout == batch.layout


def test_where_the_rows_begin_is_each_files_own(owner: Any) -> None:
    account = make_account(owner)
    body = "H,202603{0},,-12.50,Bread\nH,202603{1},,2000.00,Wages\n"
    imported(owner, account, ("Bank,1\nAccount,2\n" + body.format("02", "28")).encode())
    second = imported(owner, account, body.format("03", "29").encode())
    assert second.layout["is_remembered"]
    assert second.new_count == 2


def test_letters_can_be_chosen_for_a_file_that_is_no_csv(owner: Any, owner_client: Any, client: Any) -> None:
    batch = staged(owner, make_account(owner), ENCODED, "a.sta")
    page = owner_client.get(step("check", batch))
    assert "Łódź" in page.text
    owner_client.post(step("encoding", batch), {"encoding": "cp850"})
    assert "Łódź" not in owner_client.get(step("check", batch)).text
    for somebody in (signed_in(make_user("other")), signed_in(make_user("helper", is_staff=True))):
        assert somebody.post(step("encoding", batch), {"encoding": ""}).status_code == 404
    assert "/auth/login/" in client.post(step("encoding", batch)).url
    assert ImportBatch.objects.get().layout["encoding"] == "cp850"
    owner_client.post(step("encoding", batch), {"encoding": ""})
    owner_client.post(step("commit", batch))
    assert booked(owner) == [("2026-03-02 12:00", "-12.50", "Łódź")]


@pytest.mark.parametrize("encoding", ["rot13", "utf-16"])
def test_letters_that_do_not_fit_change_nothing(owner: Any, owner_client: Any, encoding: str) -> None:
    batch = staged(owner, make_account(owner), ENCODED, "a.sta")
    answer = owner_client.post(step("encoding", batch), {"encoding": encoding}, follow=True)
    assert "encoding" in answer.text
    assert "encoding" not in ImportBatch.objects.get().layout


def test_a_card_that_is_mostly_income_is_doubted(owner: Any, owner_client: Any) -> None:
    card = make_account(owner, account_type="credit")
    data = statement("2026-03-02,Bread,12.50", "2026-03-15,Fuel,40.00", "2026-03-28,Paid,-52.50")
    page = owner_client.get(upload(owner_client, card, data).url)
    batch = ImportBatch.objects.get()
    assert page.context["form"]["invert"].value() is True
    owner_client.post(step("configure", batch), columns_form(page, invert=""))
    assert "odd for a card" in owner_client.get(step("check", batch)).text
