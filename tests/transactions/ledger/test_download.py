"""The list as a file: what the filter finds, all of it, in a bounded number of rows at a time."""

import csv
import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import at, booked_at, make_account, make_subcategory, make_transaction, make_user
from transactions.ledger import download
from transactions.models import Tag, Transaction
from transactions.models.cached_names import names_of
from transactions.search.filters import FilterForm
from wealthwise.core.caching import forget

URL = "/transactions/download/"
HEADER = [
    "Date", "Time", "Description", "Amount", "Currency", "Category", "Subcategory", "Account", "Transfer", "Comment",
    "Tags",
    "Split",
]  # fmt: skip


def table(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_every_column_of_a_row(owner, owner_client):
    account, food = make_account(owner, "Visa"), make_subcategory(owner)
    make_transaction(owner, "-12.50", "2026-03-01", "Shop", account=account, subcategory=food, comment="a, b")
    tags = [Tag.objects.create(user=owner, name=name).pk for name in ("@home", "Journey")]
    make_transaction(owner, "3000", description="=Pay", transaction_date=at(owner, "2026-03-02", 18), tag_ids=tags)
    forget(owner.pk)
    leg = "8b5f1d9e-3f0c-4b8e-9a61-111111111111"
    make_transaction(owner, "-5", "2026-02-01", "-Saved", account=account, transfer_id=leg, comment="@home")
    assert table(owner_client.get(URL)) == [
        HEADER,
        ["2026-03-02", "18:00", "'=Pay", "3000.00", "USD", "", "", "", "", "", "'@home, Journey", ""],
        ["2026-03-01", "", "Shop", "-12.50", "USD", "Food", "Groceries", "Visa", "", "a, b", "", ""],
        ["2026-02-01", "", "'-Saved", "-5.00", "USD", "", "", "Visa", "yes", "'@home", "", ""],
    ]


def test_the_file_holds_what_the_list_shows(owner, owner_client):
    make_transaction(owner, "-60", description="Big shop")
    make_transaction(owner, "-5", description="Small shop")
    make_transaction(owner, "-70", description="Garage")
    listed = owner_client.get("/transactions/", {"q": "shop amount>10"})
    link = f"{URL}{listed.context['form'].address()}"
    assert link.replace("&", "&amp;") in listed.text
    assert [row[2] for row in table(owner_client.get(link))[1:]] == ["Big shop"]


def test_days_are_days_in_the_persons_zone(db, client):
    person = make_user("far", time_zone="Pacific/Auckland", currency="GBP")
    client.force_login(person)
    make_transaction(person, transaction_date=datetime(2026, 3, 14, 20, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 3, 15, 22, tzinfo=UTC)):  # already the 16th there
        response = client.get(URL)
    assert table(response)[1][:5] == ["2026-03-15", "09:00", "Corner shop", "-12.50", "GBP"]
    assert response["Content-Disposition"] == 'attachment; filename="transactions-2026-03-16.csv"'


def test_the_name_of_the_file_says_that_something_was_filtered(owner_client):
    response = owner_client.get(URL, {"direction": "income"})
    assert 'filename="transactions-filtered-' in response["Content-Disposition"]
    assert table(response) == [HEADER]


@pytest.mark.parametrize("query", ["q=foo%3Abar", "account=999999", "amount_from=ten"])
def test_a_mistake_goes_back_to_the_list_and_gives_no_file(owner, owner_client, query):
    make_transaction(owner)
    response = owner_client.get(f"{URL}?{query}")
    assert response.status_code == 302
    assert response["Location"] == f"/transactions/?{query}"


def test_many_rows_come_in_batches_and_none_is_lost(owner, owner_client, monkeypatch):
    monkeypatch.setattr(download, "BATCH", 10)
    timestamp = at(owner, "2026-03-15")
    Transaction.objects.bulk_create(
        Transaction(
            user=owner, amount=-1, **booked_at(owner, timestamp), description=f"Row {number}", comment=f"c{number}"
        )
        for number in range(40)
    )
    with CaptureQueriesContext(connection) as captured:
        found = table(owner_client.get(URL))[1:]
    assert [(row[2], row[9]) for row in found] == [(f"Row {n}", f"c{n}") for n in reversed(range(40))]
    batches = [query["sql"] for query in captured if "ORDER BY" in query["sql"] and "LIMIT 10" in query["sql"]]
    assert len(batches) == 5
    assert all("OFFSET" not in sql for sql in batches)


def test_nobody_gets_anothers_rows(owner, stranger, stranger_client, client):
    make_transaction(owner, description="Private", account=(mine := make_account(owner)))
    make_transaction(stranger, description="Theirs")
    assert [row[2] for row in table(stranger_client.get(URL))[1:]] == ["Theirs"]
    assert stranger_client.get(URL, {"account": mine.pk}).status_code == 302
    response = client.get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_between_batches(owner, owner_client, monkeypatch):
    monkeypatch.setattr(download, "BATCH", 1)
    for number in range(3):
        make_transaction(owner, description=f"Row {number}")
    form = FilterForm(QueryDict(""), user=owner, names=names_of(owner))
    seen = []
    for line in download.lines(Transaction.objects.for_user(owner), form):
        assert connection.connection is None
        seen.append(line.description)
    assert seen == ["Row 2", "Row 1", "Row 0"]
