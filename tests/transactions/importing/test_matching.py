"""Rows of a file that are in the ledger under another identity: nothing is doubled, nothing of a person is lost."""

from typing import Any

import pytest

from tests.factories import make_account, make_subcategory, make_transaction
from tests.transactions.importing.helpers import booked, imported, rows_form, staged, statement, step, upload
from transactions.importing import services
from transactions.models import ImportBatch, Transaction

pytestmark = pytest.mark.django_db

MARCH = statement("2026-03-03,CARD 123 BAKER,-12.50", "2026-03-17,CARD 123 FUEL,-40.00", "2026-03-28,OAK LTD,2000.00")
APRIL = """OFXHEADER:100

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260317<TRNAMT>-40.00<FITID>a1<NAME>Fuel House</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260328<TRNAMT>2000.00<FITID>a2<NAME>Oak</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260402<TRNAMT>-12.50<FITID>a3<NAME>Baker</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def pairs(page: Any) -> list[tuple[str, str]]:
    """Rows of the file and those of the ledger that they are the same as, as the page shows them beside each other."""
    rows = [shown.checked for shown in page.context["rows_page"].rows]
    return [(row.row.description, row.match.description) for row in rows if row.match]


def test_three_typed_rows_the_month_and_the_next_month_from_another_format(owner: Any, owner_client: Any) -> None:
    account, food = make_account(owner, "Current", "100"), make_subcategory(owner)
    for day, amount, words in (
        ("2026-03-02", "-12.50", "Bread"),
        ("2026-03-15", "-40.00", "Car"),
        ("2026-03-28", "2000", "Pay"),
    ):
        make_transaction(owner, account=account, day=day, amount=amount, description=words, subcategory=food)
    mine = booked(owner)
    answer = upload(owner_client, account, MARCH)
    batch = ImportBatch.objects.get()
    page = owner_client.get(step("check", batch))
    assert page.context["counts"] == (0, 3, 0)
    assert pairs(page) == [("CARD 123 BAKER", "Bread"), ("CARD 123 FUEL", "Car"), ("OAK LTD", "Pay")]
    owner_client.post(step("commit", batch))
    assert booked(owner) == mine
    assert Transaction.objects.for_user(owner).filter(fingerprint=None).count() == 0
    # The same file again: nothing is new, and nothing has to be matched.
    again = staged(owner, account, MARCH)
    assert (services.preview(batch=again).counts, services.preview(batch=again).matched) == ((0, 3, 0), [])
    services.discard(batch=again)
    # The next month overlaps, from another format: the one new row is new, although it is like the first.
    answer = upload(owner_client, account, APRIL.encode(), "april.ofx")
    page = owner_client.get(answer.url)
    assert page.context["counts"] == (1, 2, 0)
    owner_client.post(answer.url.replace("check", "commit"))
    assert booked(owner) == [*mine, ("2026-04-02 12:00", "-12.50", "Baker")]
    account.refresh_from_db()
    assert account.current_balance == 100 - 12.5 - 40 + 2000 - 12.5


def test_a_revert_gives_the_typed_rows_back_as_they_were(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    make_transaction(owner, account=account, day="2026-03-02", amount="-12.50", description="Bread")
    batch = imported(owner, account, MARCH)
    assert (batch.new_count, batch.duplicate_count) == (2, 1)
    owner_client.post(step("revert", batch))
    assert booked(owner) == [("2026-03-02 12:00", "-12.50", "Bread")]
    assert not Transaction.objects.for_user(owner).exclude(fingerprint=None).exists()
    assert imported(owner, account, MARCH).duplicate_count == 1


def test_what_is_a_booking_of_its_own_is_added_when_ticked(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    make_transaction(owner, account=account, day="2026-03-02", amount="-12.50", description="Other bread")
    upload(owner_client, account, MARCH)
    batch = ImportBatch.objects.get()
    page = owner_client.get(step("check", batch))
    assert pairs(page) == [("CARD 123 BAKER", "Other bread")]
    answer = owner_client.post(
        step("commit", batch), rows_form(page, {"CARD 123 BAKER": {"is_taken": "on"}}), follow=True
    )
    assert "3 added" in answer.text
    assert "Something changed" not in answer.text
    assert len(booked(owner)) == 4
    assert Transaction.objects.get(description="Other bread").fingerprint is None


def test_only_what_is_near_in_the_same_account_with_the_same_amount_is_the_same(owner: Any, stranger: Any) -> None:
    account, other = make_account(owner), make_account(owner, "Savings")
    make_transaction(owner, account=account, day="2026-03-11", amount="-12.50", description="Eight days later")
    make_transaction(owner, account=account, day="2026-03-03", amount="12.50", description="The other way")
    make_transaction(owner, account=other, day="2026-03-03", amount="-12.50", description="In another account")
    theirs = make_account(stranger)
    make_transaction(stranger, account=theirs, day="2026-03-03", amount="-12.50", description="Of a stranger")
    assert services.preview(batch=staged(owner, account, MARCH)).matched == []
    assert imported(owner, account, MARCH).new_count == 3
    assert not Transaction.objects.for_user(stranger).exclude(fingerprint=None).exists()


def test_two_coffees_meet_two_coffees_and_the_third_is_new(owner: Any) -> None:
    account = make_account(owner)
    for day in ("2026-03-02", "2026-03-04"):
        make_transaction(owner, account=account, day=day, amount="-3.20", description="Coffee")
    file = statement("2026-03-02,CAFE,-3.20", "2026-03-05,CAFE,-3.20", "2026-03-06,CAFE,-3.20")
    found = services.preview(batch=staged(owner, account, file))
    assert [(each.row.booked_on.day, each.match.booked_on.day) for each in found.matched if each.match] == [
        (2, 2),
        (5, 4),
    ]
    assert found.counts == (1, 2, 0)


def test_the_next_file_of_the_same_bank_is_not_matched_with_the_last(owner: Any) -> None:
    account = make_account(owner)
    imported(owner, account, statement("2026-03-02,CAFE,-3.20"))
    assert imported(owner, account, statement("2026-03-04,CAFE,-3.20", "2026-03-02,BAR,-3.20")).new_count == 2
    assert len(booked(owner)) == 3


def test_a_file_read_with_other_columns_is_the_same_rows(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    head = "Date,Description,Notes,Amount"
    imported(owner, account, statement("2026-03-02,CAFE,Latte,-3.20", head=head))
    batch = staged(owner, account, statement("2026-03-02,CAFE,Latte,-3.20", "2026-03-09,CAFE,Tea,-3.20", head=head))
    batch.layout = {**batch.layout, "description_columns": [2], "comment_columns": [1]}
    batch.save()
    found = services.preview(batch=batch)
    assert found.counts == (1, 1, 0)
    services.commit(batch=batch)
    assert [words for _, _, words in booked(owner)] == ["CAFE", "Tea"]


def test_new_ids_of_the_bank_double_nothing(owner: Any) -> None:
    account = make_account(owner)
    imported(owner, account, APRIL.encode(), "a.ofx")
    again = imported(owner, account, APRIL.replace("FITID>a", "FITID>b").encode(), "b.ofx")
    assert (again.new_count, again.duplicate_count) == (0, 3)


def test_a_joined_row_that_is_deleted_stays_away(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    typed = make_transaction(owner, account=account, day="2026-03-02", amount="-12.50", description="Bread")
    imported(owner, account, MARCH)
    owner_client.post(f"/transactions/{typed.pk}/delete/")
    found = services.preview(batch=staged(owner, account, MARCH))
    assert (found.counts, len(found.deleted)) == ((0, 3, 0), 1)
