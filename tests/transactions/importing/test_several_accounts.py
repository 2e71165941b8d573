"""Files with several accounts: asked where each goes, then each is read, checked and matched for its own account."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from tests.factories import make_account, make_transaction, make_user
from tests.transactions.importing.helpers import columns_form, rows_form, staged, statement, step, upload
from transactions.importing import services
from transactions.models import ImportBatch, Transaction

pytestmark = pytest.mark.django_db

HEAD = "Date,Account,Description,Amount,Balance"
MARCH = statement(
    "2026-03-02,Joint,Bread,-12.50,87.50",
    "2026-03-03,Savings,Interest,1.00,501.00",
    "2026-03-15,Joint,To savings,-40.00,47.50",
    "2026-03-15,Savings,From joint,40.00,541.00",
    head=HEAD,
)
OFX = b"""OFXHEADER:100

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>11110001<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302<TRNAMT>-12.50<FITID>1<NAME>Bread</STMTTRN></BANKTRANLIST></STMTRS>
</STMTTRNRS><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>11110002<ACCTTYPE>SAVINGS</BANKACCTFROM>
<BANKTRANLIST><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260303<TRNAMT>1.00<FITID>2<NAME>Interest</STMTTRN></BANKTRANLIST></STMTRS>
</STMTTRNRS></BANKMSGSRSV1></OFX>"""
MT940 = b"".join(
    b":20:A\n:25:%s\n:60F:C260301EUR100,00\n:61:260302%s00NMSC\n:86:%s\n:62F:C260302EUR%s,00\n" % each
    for each in ((b"BANK/11110001", b"D12,", b"Bread", b"88"), (b"BANK/11110002", b"C1,", b"Interest", b"101"))
)
QIF = b"".join(
    b"!Account\nN%s\nTBank\n^\n!Type:Bank\nD03/02/2026\nT%s\nP%s\n^\n" % each
    for each in ((b"Joint", b"-12.50", b"Bread"), (b"Savings", b"1.00", b"Interest"))
)


def asked(client: Client, batch: ImportBatch) -> dict[str, str]:
    """The names of the fields of the page of accounts, by what the file calls them."""
    form = client.get(step("accounts", batch)).context["form"]
    return {each.name: field for field, each in form.found.items()}


def test_a_csv_of_two_accounts_goes_into_two(owner: Any, owner_client: Client, stranger: Any) -> None:
    joint, strange = make_account(owner, name="Joint"), make_account(stranger, name="Savings")
    make_transaction(owner, account=joint, amount="-12.50", description="bread", day=date(2026, 3, 1))
    upload(owner_client, joint, MARCH)
    batch = ImportBatch.objects.get()
    columns = owner_client.get(step("configure", batch))
    assert "The rows are of several accounts (Joint, Savings)." in columns.text
    assert owner_client.post(step("configure", batch), columns_form(columns)).url == step("accounts", batch)
    page, fields = owner_client.get(step("accounts", batch)), asked(owner_client, batch)
    assert (page.context["form"][fields["Joint"]].value(), page.context["form"][fields["Savings"]].value()) == (
        joint.pk, "",
    )  # fmt: skip
    for wrong in ({}, {fields["Joint"]: "none", fields["Savings"]: "none"},
                  {fields["Joint"]: joint.pk, fields["Savings"]: strange.pk}):  # fmt: skip
        assert owner_client.post(step("accounts", batch), wrong).status_code == 422
    assert (ImportBatch.objects.count(), Account.objects.for_user(owner).count()) == (1, 1)
    owner_client.post(step("accounts", batch), {fields["Joint"]: joint.pk, fields["Savings"]: "new"})
    first, second = ImportBatch.objects.order_by("id")
    savings = Account.objects.for_user(owner).get(name="Savings")
    assert (first.account, second.account, second.file_name) == (joint, savings, "bank.csv (Savings)")
    check = owner_client.get(step("check", first))
    assert check.context["counts"] == (1, 1, 0), "the typed row is the file's"
    assert "balance in all 2 rows" in check.text
    for part in (first, second):
        owner_client.post(step("commit", part))
    assert "From joint" in owner_client.get(step("result", second)).text
    savings.refresh_from_db()
    assert savings.current_balance == Decimal(41), "nothing was there before its first row"
    assert owner_client.get(step("result", second)).context["transfers"], "the two sides of a transfer are proposed"

    april = statement("2026-04-02,Joint,Tea,-2.00,45.50", "2026-04-03,Savings,Interest,1.00,542.00", head=HEAD)
    later = staged(owner, joint, april)
    fields = asked(owner_client, later)
    form = owner_client.get(step("accounts", later)).context["form"]
    assert [form[fields[name]].value() for name in ("Joint", "Savings")] == [joint.pk, savings.pk]


def test_a_row_that_says_no_account_is_asked_for_too(owner: Any, owner_client: Client) -> None:
    """Nothing is left out in silence: neither such rows, nor what goes on below, nor an account of errors."""
    data = statement(
        "2026-03-02,Joint,Bread,-12.50", ",,and cake,", "2026-03-03,Savings,Interest,1.00", "2026-03-04,,Cash,-7.00",
        "2026-02-31,Card,Nothing,-1.00", "Total,,,-18.50", head="Date,Account,Description,Amount",
    )  # fmt: skip
    account = make_account(owner)
    batch = staged(owner, account, data)
    owner_client.post(step("configure", batch), columns_form(owner_client.get(step("configure", batch))))
    form, fields = owner_client.get(step("accounts", batch)).context["form"], asked(owner_client, batch)
    assert [(each.name, each.rows) for each, _ in form.rows()] == [
        ("Joint", 1), ("Savings", 1), ("Card", 1), ("unnamed", 1),
    ]  # fmt: skip
    owner_client.post(step("accounts", batch), dict.fromkeys(fields.values(), account.pk))
    parts = ImportBatch.objects.order_by("id")
    assert [services.preview(batch=part).counts for part in parts] == [(1, 0, 0), (1, 0, 0), (0, 0, 1), (1, 0, 0)]
    for part in (parts[0], parts[3]):
        services.commit(batch=part)
    assert sorted(Transaction.objects.values_list("description", flat=True)) == ["Bread and cake", "Cash"]


def test_a_file_of_more_accounts_than_can_be_asked_for_is_refused(owner: Any, owner_client: Client) -> None:
    many = b"".join(QIF.replace(b"NJoint", b"N%d" % number) for number in range(51))
    answer = upload(owner_client, make_account(owner), many, "a.qif")
    assert answer.status_code == 422
    assert "The file holds 52 accounts, more than 50." in answer.text
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize(("name", "data"), [("a.ofx", OFX), ("a.sta", MT940), ("a.qif", QIF)])
def test_every_format_is_parted(owner: Any, owner_client: Client, name: str, data: bytes) -> None:
    account = make_account(owner)
    assert upload(owner_client, account, data, name).url == step("accounts", ImportBatch.objects.get())
    batch = ImportBatch.objects.get()
    assert owner_client.get(step("check", batch)).url == step("accounts", batch)
    fields = asked(owner_client, batch)
    owner_client.post(step("accounts", batch), dict(zip(fields.values(), (account.pk, "new"), strict=True)))
    for part in ImportBatch.objects.order_by("id"):
        services.commit(batch=part)
    rows = Transaction.objects.for_user(owner).order_by("booked_on", "amount")
    other = Account.objects.for_user(owner).exclude(pk=account.pk).get()
    assert [(row.account_id, str(row.amount), row.description.split()[-1]) for row in rows] == [
        (account.pk, "-12.00" if name == "a.sta" else "-12.50", "Bread"), (other.pk, "1.00", "Interest"),
    ]  # fmt: skip
    assert other.number_last4 == ("" if name == "a.qif" else "0002")


def test_one_that_is_known_by_its_number_is_read_and_the_other_named(owner: Any, owner_client: Client) -> None:
    account = make_account(owner, number_last4="0002")
    upload(owner_client, account, OFX, "a.ofx")
    page = owner_client.get(step("check", ImportBatch.objects.get()))
    assert page.context["counts"] == (1, 0, 0)
    assert "The file has 1 other account too, left out here." in page.text


def test_no_more_files_wait_than_may(owner: Any, owner_client: Client) -> None:
    account = make_account(owner)
    batch = staged(owner, account, MARCH)
    for number in range(9):
        staged(owner, account, statement(f"2026-03-02,x,{number}.50"))
    fields = asked(owner_client, batch)
    answer = owner_client.post(step("accounts", batch), dict.fromkeys(fields.values(), str(account.pk)))
    assert (answer.status_code, ImportBatch.objects.count()) == (422, 10)
    assert "More than 10 files would wait for you." in answer.text


def test_somebody_else_sees_and_parts_nothing(owner: Any, stranger_client: Client) -> None:
    batch = staged(owner, make_account(owner), MARCH)
    assert stranger_client.get(step("accounts", batch)).status_code == 404
    assert stranger_client.post(step("accounts", batch), {}).status_code == 404
    assert ImportBatch.objects.count() == 1


def test_a_row_that_is_moved_is_matched_where_it_goes(owner: Any, owner_client: Client) -> None:
    card, stranger = make_account(owner, name="Card"), make_user("someone")
    for account in (card, make_account(stranger)):
        make_transaction(account.user, account=account, amount="-9.00", description="taxi", day=date(2026, 3, 4))
    batch = staged(owner, make_account(owner), statement("2026-03-05,Taxi Ltd,-9.00", "2026-03-06,Tea,-2.00"))
    page = owner_client.get(step("check", batch))
    assert page.context["counts"] == (2, 0, 0)
    owner_client.post(step("rows", batch), rows_form(page, {"Taxi Ltd": {"account": card.pk}}))
    page = owner_client.get(step("check", batch))
    assert page.context["counts"] == (1, 1, 0)
    owner_client.post(step("commit", batch), rows_form(page))
    assert list(Transaction.objects.for_user(owner).order_by("id").values_list("description", "account__name")) == [
        ("taxi", "Card"), ("Tea", "Current"),
    ]  # fmt: skip
