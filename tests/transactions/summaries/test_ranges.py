"""Any range of days reads the same from summary and ledger as from the rows themselves."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import User
from budgets.reports.cash_flow import flow_by_bucket
from budgets.reports.descriptions import top_descriptions
from budgets.reports.net_worth import net_worth_over_time
from budgets.reports.pace import Pace, pace_of
from budgets.reports.ranges import range_before
from budgets.reports.spending import spending_by_bucket
from budgets.reports.where_it_went import spending_by_part
from tests.examples import COSTLY
from tests.factories import at, booked_at, make_account, make_subcategory, make_transaction, make_user
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.summaries.ranges import DateRange, Span, by_month, span_of
from wealthwise.core.days import end_of_month, months_before, zone_of

FIRST = date(2026, 1, 20)
days = st.integers(0, 110).map(lambda number: FIRST + timedelta(days=number))
date_ranges = st.tuples(days, days).map(lambda ends: DateRange(min(ends), max(ends)))
rows = st.lists(
    st.tuples(
        st.integers(-50_00, 50_00).filter(bool).map(lambda cents: Decimal(cents) / 100),
        st.integers(0, 110 * 24 * 60).map(lambda m: datetime(2026, 1, 20, tzinfo=UTC) + timedelta(minutes=m)),
        st.sampled_from([None, 0, 1, 2]),  # subcategory
        st.sampled_from([None, 0, 1]),  # account
        st.booleans(),  # a leg of a transfer
        st.sampled_from(["Shop", "SHOP", "Café", "café", "=1+1", " edge "]),
    ),
    max_size=25,
)


@pytest.fixture
def world(db):
    user = make_user("ranges", time_zone="America/St_Johns")
    return SimpleNamespace(
        user=user,
        accounts=[make_account(user, opening="100"), make_account(user, "Card", "-30")],
        subcategories=[
            make_subcategory(user),
            make_subcategory(user, "Fuel", "Car"),
            make_subcategory(user, "Salary", "Work", "income"),
        ],
    )


def fill(world, drawn):
    Transaction.objects.for_user(world.user).delete()
    Transaction.objects.bulk_create(
        Transaction(
            user=world.user,
            amount=amount,
            **booked_at(world.user, timestamp),
            description=text,
            subcategory=None if filed is None else world.subcategories[filed],
            account=None if account is None else world.accounts[account],
            transfer_id=f"00000000-0000-0000-0000-{number:012}" if is_leg and account is not None else None,
        )
        for number, (amount, timestamp, filed, account, is_leg, text) in enumerate(drawn)
    )


def expected(world, date_range):
    """(day, spent, income, category) of each row that counts, one by one."""
    zone = zone_of(world.user)
    for row in Transaction.objects.for_user(world.user).select_related("subcategory__category"):
        day = row.transaction_date.astimezone(zone).date()
        if row.transfer_id or not date_range.start <= day <= date_range.end:
            continue
        category = row.subcategory.category if row.subcategory else None
        is_income = category.kind == "income" if category else row.amount > 0
        spent, income = (Decimal(0), row.amount) if is_income else (-row.amount, Decimal(0))
        yield day, spent, income, category.name if category else "Uncategorised"


@COSTLY
@given(drawn=rows, date_range=date_ranges)
@example(drawn=[], date_range=DateRange(date(2026, 2, 25), date(2026, 3, 24)))
def test_every_report_is_the_sum_of_its_rows(world, drawn, date_range):
    fill(world, drawn)
    truth = list(expected(world, date_range))
    by_category, by_bucket = {}, {}
    for day, spent, _, category in truth:
        by_category[category] = by_category.get(category, 0) + spent
        key = day.replace(day=1), category
        by_bucket[key] = by_bucket.get(key, 0) + spent
    parts = spending_by_part(world.user, date_range)
    assert {part.name: part.spent for part in parts} == {name: sum_ for name, sum_ in by_category.items() if sum_}
    found = spending_by_bucket(world.user, date_range, "month")
    assert {(row.bucket, row.category): row.spent for row in found} == {key: s for key, s in by_bucket.items() if s}
    flow = flow_by_bucket(world.user, date_range, "month")
    assert [row.bucket for row in flow] == [
        months_before(date_range.end, n) for n in reversed(range(date_range.months))
    ]
    assert sum(row.income for row in flow) == sum(income for _, _, income, _ in truth)
    assert sum(row.spent for row in flow) == sum(spent for _, spent, _, _ in truth)
    everything = [top_descriptions(world.user, date_range, kind) for kind in ("expense", "income")]
    assert sum(row.amount for row in everything[0]) == sum(spent for _, spent, _, _ in truth)
    assert sum(row.amount for row in everything[1]) == sum(income for _, _, income, _ in truth)
    earlier = DateRange(range_before(date_range), date_range.start - timedelta(days=1))
    pace = pace_of(world.user, date_range, earlier, date(2026, 12, 31))
    assert len(pace.current) == date_range.days
    assert pace.current[-1] == sum(spent for _, spent, _, _ in truth)


@COSTLY
@given(drawn=rows, date_range=date_ranges)
def test_net_worth_is_the_opening_balances_and_what_was_booked(world, drawn, date_range):
    fill(world, drawn)
    zone = zone_of(world.user)
    booked = list(Transaction.objects.for_user(world.user).filter(account__isnull=False))
    worth = net_worth_over_time(world.user, date_range)
    assert worth.points[0].day == date_range.start - timedelta(days=1)
    assert worth.points[-1].day == date_range.end
    assert [point.day for point in worth.points[1:-1]] == [
        end_of_month(months_before(date_range.end, n)) for n in reversed(range(1, date_range.months))
    ]
    for point in worth.points:
        balances = {account.pk: account.opening_balance for account in world.accounts}
        for row in booked:
            if row.transaction_date.astimezone(zone).date() <= point.day:
                balances[row.account_id] += row.amount
        assert point.owned == sum(balance for balance in balances.values() if balance > 0)
        assert point.owed == -sum(balance for balance in balances.values() if balance < 0)
    after = [row.amount for row in booked if row.booked_on > date_range.end]
    assert worth.later == sum(after)


def test_an_account_counts_until_the_day_it_was_closed(owner, stranger):
    """Was wrong: closing an account rewrote what was worth before."""
    make_account(stranger, "Theirs", "5000")
    make_account(owner, "Open", "10")
    make_account(owner, "Closed long ago", "7", is_active=False)
    for name, opening, day in (("First", "100", 28), ("Second", "1000", 30)):
        make_account(owner, name, opening, is_active=False, closed_on=date(2026, 4, day))
    worth = net_worth_over_time(owner, DateRange(date(2026, 3, 1), date(2026, 4, 29)))
    assert [(point.day, point.net) for point in worth.points] == [
        (date(2026, 2, 28), 1110), (date(2026, 3, 31), 1110), (date(2026, 4, 29), 1010),
    ]  # fmt: skip
    assert (worth.accounts, worth.closed_meanwhile, worth.later) == (3, 2, 0)


def test_years_are_buckets_too(owner):
    food = make_subcategory(owner)
    for day in ("2024-12-31", "2025-01-01", "2026-06-01"):
        make_transaction(owner, "-10", day, subcategory=food)
    date_range = DateRange(date(2024, 12, 31), date(2026, 6, 1))
    found = spending_by_bucket(owner, date_range, "year")
    assert [(row.bucket, row.spent) for row in found] == [(date(year, 1, 1), 10) for year in (2024, 2025, 2026)]
    assert [row.spent for row in flow_by_bucket(owner, date_range, "year")] == [10, 10, 10]
    assert [point.day for point in net_worth_over_time(owner, date_range, "year").points] == [
        date(2024, 12, 30), date(2024, 12, 31), date(2025, 12, 31), date(2026, 6, 1),
    ]  # fmt: skip


def test_inside_a_category_are_its_subcategories(owner):
    food, dining = make_subcategory(owner), make_subcategory(owner, "Dining out")
    make_transaction(owner, "-30", subcategory=food)
    make_transaction(owner, "-50", subcategory=dining)
    make_transaction(owner, "20", subcategory=dining)
    make_transaction(owner, "-99")
    march = DateRange(date(2026, 3, 1), date(2026, 3, 31))
    inside = spending_by_part(owner, march, food.category_id)
    assert [(part.id, part.name, part.spent) for part in inside] == [
        (dining.pk, "Dining out", 30), (food.pk, "Groceries", 30),
    ]  # fmt: skip


def test_descriptions_are_one_whatever_their_case(owner):
    for amount, text in [("-5", "Coffee"), ("-7", "COFFEE"), ("3", "coffee"), ("-1", "Tea")]:
        make_transaction(owner, amount, description=text)
    march = DateRange(date(2026, 3, 1), date(2026, 3, 31))
    spent = top_descriptions(owner, march)
    assert [(row.description.lower(), row.entries, row.amount) for row in spent] == [("coffee", 2, 12), ("tea", 1, 1)]
    assert [(row.entries, row.amount) for row in top_descriptions(owner, march, "income")] == [(1, 3)]


def test_each_report_is_one_statement(owner, django_assert_num_queries):
    names_of(owner)  # cached by any page before
    date_range = DateRange(date(2026, 2, 25), date(2026, 3, 24))
    for call in (
        lambda: span_of(owner),
        lambda: spending_by_bucket(owner, date_range, "month"),
        lambda: flow_by_bucket(owner, date_range, "month"),
        lambda: spending_by_part(owner, date_range),
        lambda: top_descriptions(owner, date_range),
        lambda: net_worth_over_time(owner, date_range),
        lambda: pace_of(owner, date_range, DateRange(date(2026, 1, 25), date(2026, 2, 24)), date(2026, 3, 1)),
    ):
        with django_assert_num_queries(1):
            call()


def test_the_span_is_in_the_persons_zone(db, stranger):
    person = make_user("far", time_zone="Pacific/Auckland")
    assert span_of(person) == Span(None, None)
    make_transaction(stranger, "-1", "2020-01-01")
    make_transaction(person, "-1", transaction_date=at(person, "2026-03-01", 1))
    make_transaction(person, "-1", transaction_date=at(person, "2026-04-01", 0))
    assert span_of(person) == Span(date(2026, 3, 1), date(2026, 4, 1))


@pytest.mark.parametrize(
    ("start", "end", "whole", "head", "tail"),
    [
        ("2026-03-01", "2026-03-31", ("2026-03-01", "2026-04-01"), 0, 0),
        ("2026-02-25", "2026-03-24", ("2026-03-01", "2026-03-01"), 4, 24),
        ("2026-03-05", "2026-03-14", ("2026-04-01", "2026-03-01"), 10, 0),
        ("2026-01-31", "2026-04-01", ("2026-02-01", "2026-04-01"), 1, 1),
        ("2026-03-01", "2026-03-30", ("2026-03-01", "2026-03-01"), 0, 30),
    ],
)
def test_only_cut_months_are_read_from_the_ledger(start, end, whole, head, tail):
    user = User(pk=1, time_zone="UTC")
    found = by_month(user, DateRange(date.fromisoformat(start), date.fromisoformat(end)))
    assert (found["whole_start"].isoformat(), found["whole_end"].isoformat()) == whole
    assert (found["head_end"] - found["head_start"]).days + 1 == head
    assert (found["tail_end"] - found["tail_start"]).days + 1 == tail


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        ("2026-03-01", "2026-03-31", "2026-02-01"),
        ("2026-01-01", "2026-12-31", "2025-01-01"),
        ("2026-03-05", "2026-03-14", "2026-02-23"),
        ("2026-03-31", "2026-03-31", "2026-03-30"),
    ],
)
def test_the_stretch_before(start, end, before):
    date_range = DateRange(date.fromisoformat(start), date.fromisoformat(end))
    assert range_before(date_range) == date.fromisoformat(before)


def test_no_pace_before_the_first_day_or_of_years(owner):
    future = DateRange(date(2026, 3, 1), date(2026, 3, 31))
    assert pace_of(owner, future, DateRange(date(2026, 2, 1), date(2026, 2, 28)), date(2026, 2, 28)) == Pace()
    years = DateRange(date(2020, 1, 1), date(2026, 3, 31))
    assert pace_of(owner, years, DateRange(date(2013, 1, 1), date(2019, 12, 31)), date(2026, 2, 28)) == Pace()
