"""What an edit must not take along: the other side's words, and a time that was cleared."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from tests.factories import make_account, make_transaction
from transactions.models import Transaction

HTMX = {"HX-Request": "true"}


@pytest.fixture
def legs(owner, owner_client):
    """Two rows of the bank's own words, joined."""
    out = make_transaction(owner, "-50", "2026-03-02", "TRF 0042", comment="ref 1", account=make_account(owner, "A"))
    into = make_transaction(owner, "50", "2026-03-04", "Deposit", comment="ref 2", account=make_account(owner, "B"))
    owner_client.post("/transactions/transfers/make/", {"out": out.pk, "into": into.pk})
    return out, into


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("edited", [0, 1])
def test_the_other_side_keeps_its_words_and_its_day(owner, owner_client, legs, edited, inline):
    row, other = legs[edited], legs[1 - edited]
    before = Transaction.objects.for_user(owner).values().get(pk=other.pk)
    typed = {"amount": "60", "source": legs[0].account_id, "target": legs[1].account_id, "description": "Savings"}
    typed |= {"date": "2026-03-05", "time": "08:30", "comment": "mine"}
    address = f"/transactions/{row.pk}/" + ("inline/" if inline else "")
    assert owner_client.post(address, typed, headers=HTMX if inline else {}).status_code in (204, 302)
    now = Transaction.objects.for_user(owner).values().get(pk=other.pk)
    assert now == before | {"amount": Decimal(-60 if edited else 60), "transfer_id": now["transfer_id"]}
    row.refresh_from_db()
    assert (row.description, row.comment, row.booked_on, row.booked_time) == (
        "Savings",
        "mine",
        date(2026, 3, 5),
        time(8, 30),
    )


@pytest.mark.parametrize("inline", [False, True])
def test_clearing_a_time_clears_it(owner, owner_client, inline):
    row = make_transaction(owner, transaction_date=datetime(2026, 3, 15, 8, 30, 12, tzinfo=UTC))
    address = f"/transactions/{row.pk}/" + ("inline/" if inline else "")
    typed = {"direction": "expense", "amount": "12.50", "description": "Corner shop", "date": "2026-03-15"}
    shown = owner_client.get(address, headers=HTMX if inline else {})
    assert re.search(r'name="time" value="08:30"', shown.text)
    shown_with = shown.context["form"]["shown"].value()
    for time_typed, stored in (("08:30", time(8, 30, 12)), ("", None)):
        owner_client.post(address, typed | {"time": time_typed, "shown": shown_with}, headers=HTMX if inline else {})
        row.refresh_from_db()
        assert row.booked_time == stored
    assert row.transaction_date == datetime(2026, 3, 15, 12, tzinfo=UTC)
    assert not re.search(r'name="time" value="\d', owner_client.get(f"/transactions/{row.pk}/").text)
