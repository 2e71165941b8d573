"""Whatever the filter: the totals above the list are the sums of the rows on all of its pages."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import COSTLY
from tests.factories import booked_at, make_account, make_subcategory, make_transaction, make_user
from transactions.ledger import list_reads, listing
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.search.filters import FilterForm

START = datetime(2026, 3, 1, tzinfo=UTC)
amounts = st.integers(-20_00, 20_00).filter(bool).map(lambda cents: Decimal(cents) / 100)
rows = st.lists(
    st.tuples(
        amounts,
        st.integers(0, 6 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
        st.sampled_from(["Shop", "shop 24", "Café", "Rent"]),
        st.sampled_from([None, 0, 1]),  # account
        st.sampled_from([None, 0, 1]),  # subcategory
        st.booleans(),  # a leg of a transfer
    ),
    max_size=25,
)
days = st.integers(0, 7).map(lambda number: date(2026, 3, 1) + timedelta(days=number))
filters = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(["shop", "É", "24", "%"]),
        "direction": st.sampled_from(["expense", "income", "transfer"]),
        "amount_from": st.decimals(0, 20, places=2),
        "amount_to": st.decimals(0, 20, places=2),
        "date_from": days,
        "date_to": days,
        "uncategorised": st.just("on"),
        "account": st.sampled_from([0, 1]),
        "subcategory": st.sampled_from([0, 1]),
        "category": st.sampled_from([0, 1]),
    },
)


@pytest.fixture
def world(db):
    user = make_user("sums", time_zone="America/St_Johns")
    accounts = [make_account(user), make_account(user, "Card")]
    subcategories = [make_subcategory(user), make_subcategory(user, "Fuel", "Car")]
    return SimpleNamespace(user=user, accounts=accounts, subcategories=subcategories, names=names_of(user))


def replace_ledger(world, drawn):
    mine = Transaction.objects.for_user(world.user)
    mine.delete()
    made = []
    for number, (amount, timestamp, text, account, subcategory, is_leg) in enumerate(drawn):
        row = Transaction(user=world.user, amount=amount, **booked_at(world.user, timestamp), description=text)
        row.account = world.accounts[account] if account is not None else None
        row.subcategory = world.subcategories[subcategory] if subcategory is not None else None
        if is_leg and row.account:
            row.transfer_id = f"00000000-0000-0000-0000-{number:012}"
        made.append(row)
    Transaction.objects.bulk_create(made)
    return mine


def all_pages(world, query):
    """Every page of the list under ``query``, as the page asks for them."""
    address = urlencode(query)
    while True:
        form = FilterForm(QueryDict(address), user=world.user, names=world.names)
        assert form.is_valid(), form.errors
        mine = Transaction.objects.for_user(world.user)
        page = listing.build(mine, form, cursor=form.data.get("after", ""), only_rows=False)
        yield page
        if not page.older:
            return
        address = page.older.removeprefix("?")


@COSTLY
@given(drawn=rows, query=filters)
def test_totals_are_the_sums_of_the_rows(world, monkeypatch, drawn, query):
    monkeypatch.setattr(listing, "PAGE_SIZE", 4)
    replace_ledger(world, drawn)
    objects = {"account": world.accounts, "subcategory": world.subcategories}
    query = {name: objects[name][value].pk if name in objects else value for name, value in query.items()}
    if "category" in query:
        query["category"] = world.subcategories[query["category"]].category_id
    pages = list(all_pages(world, query))
    shown = [entry for page in pages for day in page.days for entry in day.entries]
    # Of one account its transfers are money in and out.
    counted = [entry.amount for entry in shown if "account" in query or not entry.transfer_id]
    totals = pages[0].figures
    assert all(page.figures == totals for page in pages)
    assert totals.entries == len(shown) == len({entry.id for entry in shown})
    assert totals.transfers == sum(bool(entry.transfer_id) for entry in shown)
    assert totals.money_in == sum(amount for amount in counted if amount > 0)
    assert totals.money_out == sum(amount for amount in counted if amount < 0)
    assert totals.net == sum(counted)
    assert_days_add_up(pages, of_account="account" in query)


def assert_days_add_up(pages, *, of_account=False):
    """A day's total is the sum of its rows wherever they stand, and a day is never split by another.

    Of one account its transfers are money in and out.
    """
    totals, sums, order = {}, {}, []
    for page in pages:
        for day in page.days:
            assert totals.setdefault(day.date, day.net) == day.net
            order.append(day.date)
            counted = [entry.amount for entry in day.entries if of_account or not entry.transfer_id]
            sums[day.date] = sums.get(day.date, 0) + sum(counted)
    assert totals == sums
    repeated = [day for day, following in pairwise(order) if day == following]
    assert len(order) - len(repeated) == len(sums)


@given(
    rows=st.lists(
        st.tuples(st.decimals("-90", "90", places=2), st.integers(0, 70), st.sampled_from(["", "food", "pair"])),
        max_size=14,
    )
)
@COSTLY
def test_the_whole_ledger_adds_up_without_being_read(owner, rows):
    """From the summaries and the transfers, as from every row."""
    Transaction.objects.filter(user=owner).delete()
    here, there, food = make_account(owner, "Here"), make_account(owner, "There"), make_subcategory(owner)
    for amount, day, kind in rows:
        timestamp = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
        if kind == "pair":
            link = uuid.uuid4()
            for account, signed in ((here, -abs(amount)), (there, abs(amount) or Decimal(1))):
                make_transaction(owner, str(signed), transaction_date=timestamp, account=account, transfer_id=link)
        else:
            filed = food if kind else None
            make_transaction(owner, str(amount), transaction_date=timestamp, account=here, subcategory=filed)
    mine = Transaction.objects.for_user(owner)
    chosen = list_reads.selection(owner, mine)
    days = (date(2026, 1, 20), date(2026, 2, 20))
    read, derived = (
        list_reads.figures(chosen, days, is_ledger=is_ledger, only_days=False) for is_ledger in (False, True)
    )
    assert derived == read
    amounts = list(mine.filter(transfer_id=None).values_list("amount", flat=True))
    assert (read[None].entries, read[None].net) == (mine.count(), sum(amounts))
