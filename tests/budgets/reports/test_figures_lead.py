"""Each figure of a report and of the dashboard leads to exactly the rows that it is the sum of."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from budgets.reports import cash_flow, descriptions, flow, pace, spending, where_it_went
from budgets.reports.ranges import ask
from tests.budgets.dashboard.page import Dashboard
from tests.examples import COSTLY
from tests.factories import booked_at, make_account, make_period, make_subcategory, make_user
from transactions.ledger import list_reads
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.search.filters import FilterForm

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 20)
FIRST = date(2026, 1, 20)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel("2026-03-20 12:00 +0000", tick=False):
        yield


def asked(user, query):
    return ask(user, QueryDict(query), "last-12")


days = st.integers(0, 75).map(lambda number: FIRST + timedelta(days=number))
ranges = st.one_of(
    st.sampled_from(["range=this-month", "range=last-3", "range=all", "range=all&by=year", "range=period", ""]),
    st.tuples(days, days).map(lambda ends: f"date_from={min(ends)}&date_to={max(ends)}"),
)
drawn_rows = st.lists(
    st.tuples(
        st.integers(-50_00, 50_00).filter(bool).map(lambda cents: Decimal(cents) / 100),
        st.integers(0, 75 * 24 * 60).map(lambda m: datetime(2026, 1, 20, tzinfo=UTC) + timedelta(minutes=m)),
        st.sampled_from([None, 0, 1, 2, 3]),
        st.booleans(),
        st.sampled_from(["Shop", "SHOP", "Straße", "=1+1", " edge ", "50%_", "İstanbul"]),
    ),
    min_size=1,
    max_size=20,
)


@pytest.fixture
def world(db):
    user = make_user("links", time_zone="America/St_Johns")
    make_period(user, "2026-02-25", "2026-03-24")
    places = [("Groceries", "Food", "expense"), ("Out", "Food", "expense"), ("Fuel", "Car", "expense")]
    filed = [make_subcategory(user, *place) for place in [*places, ("Salary", "Work", "income")]]
    return SimpleNamespace(user=user, account=make_account(user), filed=filed)


def fill(world, drawn):
    Transaction.objects.for_user(world.user).delete()
    Transaction.objects.bulk_create(
        Transaction(
            user=world.user,
            account=world.account,
            amount=amount,
            **booked_at(world.user, timestamp),
            description=text,
            subcategory=None if filed is None or is_leg else world.filed[filed],
            transfer_id=f"00000000-0000-0000-0000-{number:012}" if is_leg else None,
        )
        for number, (amount, timestamp, filed, is_leg, text) in enumerate(drawn)
    )


def totals_behind(user, names, href):
    """Count and net of the list at that URL, and the filter it has."""
    parts = urlsplit(href)
    assert parts.path == reverse("transactions:list")
    form = FilterForm(QueryDict(parts.query), user=user, names=names)
    assert form.is_valid(), form.errors
    chosen = list_reads.selection(user, form.apply(Transaction.objects.for_user(user)))
    found = list_reads.figures(chosen, None, is_ledger=False, only_days=False)[None]
    return found.entries - found.transfers, found.net, form.chosen


def assert_leads_to_its_rows(user, names, amount, href):
    _, net, chosen = totals_behind(user, names, href)
    spent = {"category", "subcategory", "uncategorised"} & chosen.keys() or chosen.get("direction") == "spending"
    assert (-net if spent else net) == amount, href


@COSTLY
@given(drawn=drawn_rows, query=ranges)
def test_each_figure_leads_to_exactly_its_rows(world, drawn, query):
    fill(world, drawn)
    user, names = world.user, names_of(world.user)
    request = asked(user, query)
    inside = asked(user, f"{query}&category={world.filed[0].category_id}&compare=before")
    built = [module.report(request) for module in (spending, cash_flow, where_it_went, pace)]
    of_one = asked(user, f"{query}&account={world.account.pk}&compare=year")
    built += [module.report(of_one) for module in (spending, cash_flow, where_it_went)]
    for report in [*built, where_it_went.report(inside)]:
        for row in [*report.table.rows, report.table.foot] if report.table else []:
            for cell in row.cells if row else []:
                if cell.href:
                    assert_leads_to_its_rows(user, names, cell.raw, cell.href)
    drawn_flow = flow.report(request)
    for row in drawn_flow.table.rows if drawn_flow.table else []:
        _, net, _ = totals_behind(user, names, row.cells[0].href)
        assert (net if row.head.text.startswith("From ") else -net) == row.cells[0].raw
    if drawn_flow.table:
        both = [sum(item.value for item in side) for side in (drawn_flow.flow.sources, drawn_flow.flow.targets)]
        assert both[0] == both[1]
        assert_leads_to_its_rows(user, names, drawn_flow.table.foot.cells[0].raw, drawn_flow.table.foot.cells[0].href)
    for kind in ("expense", "income"):
        report = descriptions.report(asked(user, f"{query}&kind={kind}"))
        for row in report.table.rows if report.table else []:
            entries, _, _ = totals_behind(user, names, row.cells[1].href)
            assert entries == row.cells[0].raw
            assert_leads_to_its_rows(user, names, row.cells[1].raw, row.cells[1].href)


@COSTLY
@given(drawn=drawn_rows)
def test_each_figure_of_the_dashboard_leads_to_its_rows(world, drawn):
    fill(world, drawn)
    user, names = world.user, names_of(world.user)
    page = Dashboard(user, TODAY)
    figures = page.context["figures"]
    assert_leads_to_its_rows(user, names, figures.income, page.tiles["Income"].href)
    assert_leads_to_its_rows(user, names, figures.spent, page.tiles["Spent"].href)
    for part in page.context["spending"].slices if page.context["spending"] else []:
        assert_leads_to_its_rows(user, names, part.value, part.rows)
    for chart in (page.context["flow"], page.context["pace"]):
        for series in chart.series if chart else []:
            for value, href in zip(series.values, series.hrefs, strict=True):
                assert_leads_to_its_rows(user, names, value, href)
