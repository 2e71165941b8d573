"""Keyset paging: every row once, in order, whatever the page; damaged cursors show the first page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import booked_at
from transactions.models import Transaction
from wealthwise.postgres import keyset

pytestmark = pytest.mark.django_db


def rows_of(user: Any) -> Any:
    return Transaction.objects.for_user(user).order_by("-transaction_date", "-id")


def fill(user: Any, count: int) -> None:
    """Many rows share a moment, so that the id has to decide."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    Transaction.objects.bulk_create(
        Transaction(
            user=user, amount=Decimal(-1), description=str(n), **booked_at(user, begin + timedelta(hours=n // 7))
        )
        for n in range(count)
    )


def test_pages_join_to_the_whole_list(owner, stranger):
    fill(owner, 101)
    fill(stranger, 30)
    seen, cursor = [], ""
    while True:
        page = list(keyset.after(rows_of(owner), cursor, timestamp_field="transaction_date")[:10])
        if not page:
            break
        seen += page
        cursor = keyset.encode(page[-1].transaction_date, page[-1].pk)
    assert seen == list(rows_of(owner))
    assert len(seen) == 101


@pytest.mark.parametrize("cursor", ["", "nonsense", "WyIyMDI2Il0:x:y", "a:b:c"])
def test_a_damaged_cursor_is_the_first_page(owner, cursor):
    fill(owner, 5)
    assert list(keyset.after(rows_of(owner), cursor, timestamp_field="transaction_date")) == list(rows_of(owner))


def test_a_cursor_cannot_be_edited(owner):
    cursor = keyset.encode(datetime(2026, 1, 1, tzinfo=UTC), 7)
    assert keyset.decode(cursor, keyset.timestamp_and_key) == (datetime(2026, 1, 1, tzinfo=UTC), 7)
    edited = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    assert keyset.decode(edited, keyset.timestamp_and_key) is None
