"""QIF, CAMT.053 and MT940 through the pages: the same steps, the same counts, nothing twice, no bytes a failure."""

from decimal import Decimal
from typing import Any

import pytest

from tests.factories import make_account, make_user
from tests.transactions.importing.helpers import booked, fixture, imported, staged, step, upload
from transactions.importing import services
from transactions.models import ImportBatch, Transaction

pytestmark = pytest.mark.django_db

FILES = [("everyday.qif", (5, 0, 2)), ("giro.xml", (3, 0, 2)), ("giro.sta", (4, 0, 2))]
AMBIGUOUS = b"!Type:Bank\nD3/4'26\nT-5.00\nPTea\n^\n"


@pytest.mark.parametrize(("name", "counts"), FILES)
def test_from_upload_to_revert(owner: Any, owner_client: Any, name: str, counts: tuple[int, int, int]) -> None:
    account = make_account(owner, "Everyday", "10")
    answer = upload(owner_client, account, fixture(name), name)
    batch = ImportBatch.objects.get()
    assert answer.url == step("check", batch)
    check = owner_client.get(answer.url)
    assert check.context["counts"] == counts
    assert booked(owner) == []
    owner_client.post(step("commit", batch))
    batch.refresh_from_db()
    assert (batch.new_count, batch.duplicate_count, batch.error_count) == counts
    rows = Transaction.objects.for_user(owner)
    assert rows.count() == counts[0]
    account.refresh_from_db()
    assert account.current_balance == 10 + sum((row.amount for row in rows), Decimal(0))
    result = owner_client.get(step("result", batch))
    assert len(result.context["errors"]) == counts[2]
    # Again: the preview shows what the commit does, which is nothing.
    again = staged(owner, account, fixture(name), name)
    assert owner_client.get(step("check", again)).context["counts"] == (0, counts[0], counts[2])
    owner_client.post(step("commit", again))
    assert Transaction.objects.for_user(owner).count() == counts[0]
    owner_client.post(step("revert", batch))
    assert not Transaction.objects.for_user(owner).exists()


def test_two_equal_coffees_of_a_qif_both_stay(owner: Any) -> None:
    imported(owner, make_account(owner, "Everyday"), fixture("everyday.qif"), "everyday.qif")
    assert [row[2] for row in booked(owner)].count("Coffee") == 2


def test_a_line_is_a_line_and_an_entry_an_entry(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Everyday")
    names = {}
    for name, _ in FILES:
        batch = staged(owner, account, fixture(name), name)
        names[batch.kind] = owner_client.get(step("check", batch)).context["line_name"]
    assert names == {"qif": "Line", "camt": "Entry", "mt940": "Line"}


# The order of day and month of a QIF


@pytest.mark.parametrize(
    ("country", "currency", "day"),
    [("US", "USD", "2026-03-04"), ("", "USD", "2026-03-04"), ("", "EUR", "2026-04-03"), ("ZA", "ZAR", "2026-04-03")],
)
def test_days_that_can_be_read_both_ways_are_read_as_at_home(
    owner: Any, owner_client: Any, country: str, currency: str, day: str
) -> None:
    owner.country, owner.currency = country, currency
    owner.save()
    batch = staged(owner, make_account(owner), AMBIGUOUS, "a.qif")
    page = owner_client.get(step("check", batch))
    assert "could be day/month or month/day" in page.text
    services.commit(batch=batch)
    assert booked(owner)[0][0][:10] == day


def test_the_order_can_be_turned_round(owner: Any, owner_client: Any) -> None:
    batch = staged(owner, make_account(owner), AMBIGUOUS, "a.qif")
    for typed, day in (("1", "2026-04-03"), ("0", "2026-03-04")):
        assert owner_client.post(step("order_days", batch), {"day_first": typed}).url == step("check", batch)
        (row,) = owner_client.get(step("check", batch)).context["rows_page"].rows
        assert f'value="{day}"' in str(row.form["booked_on"])


def test_the_order_is_asked_of_a_waiting_qif_only(owner: Any, owner_client: Any) -> None:
    csv, done = staged(owner, make_account(owner)), imported(owner, make_account(owner), AMBIGUOUS, "a.qif")
    before = list(ImportBatch.objects.order_by("pk").values_list("layout", flat=True))
    for batch in (csv, done):
        owner_client.post(step("order_days", batch), {"day_first": "1"})
    assert list(ImportBatch.objects.order_by("pk").values_list("layout", flat=True)) == before


def test_nobody_turns_round_what_is_anothers(owner: Any, stranger_client: Any, staff_client: Any, client: Any) -> None:
    batch = staged(owner, make_account(owner), AMBIGUOUS, "a.qif")
    for somebody in (stranger_client, staff_client):
        assert somebody.post(step("order_days", batch), {"day_first": "1"}).status_code == 404
    assert "/auth/login/" in client.post(step("order_days", batch)).url
    batch.refresh_from_db()
    assert batch.layout == {"day_first": False, "ambiguous_dates": True}


# Files that want to do harm


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><Document>camt.053 &b;</Document>'


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("laughs.xml", LAUGHS, "document type"),
        ("cut.xml", fixture("giro.xml")[:1500], "damaged or cut off"),
        ("empty.qif", b"!Type:Bank\n", "no transaction"),
        ("nothing.sta", b":20:A\n:25:B\n", "no transaction"),
        ("zeros.qif", b"!Type:Bank\n" + b"\x00" * 1000, "no transaction"),
        ("many.sta", b":20:A\n:25:B\n" * 6000, "5,000 statements"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_the_upload(
    owner: Any, owner_client: Any, name: str, data: bytes, words: str
) -> None:
    answer = upload(owner_client, make_account(owner), data, name)
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].non_field_errors())
    assert not ImportBatch.objects.exists()


def test_half_a_file_keeps_its_good_rows(owner: Any, owner_client: Any) -> None:
    data = fixture("everyday.qif").partition(b"T-40.00")[0]
    upload(owner_client, make_account(owner, "Everyday"), data, "cut.qif")
    assert owner_client.get(step("check", ImportBatch.objects.get())).context["counts"] == (3, 0, 1)


def test_two_people_import_the_same_file(owner: Any) -> None:
    other = make_user("other")
    for person in (owner, other):
        imported(person, make_account(person, "Everyday"), fixture("giro.sta"), "giro.sta")
    assert Transaction.objects.for_user(owner).count() == Transaction.objects.for_user(other).count() == 4
