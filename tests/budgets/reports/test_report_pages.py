"""The pages of reports: what they say, where each figure leads, their files, and who may see them."""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from budgets.models import BudgetPeriod
from budgets.reports import cash_flow, descriptions, flow, net_worth, pace, spending, where_it_went
from budgets.reports.ranges import ask, year_before
from tests.budgets.dashboard.page import Dashboard
from tests.factories import (
    make_account,
    make_category,
    make_period,
    make_subcategory,
    make_transaction,
)
from transactions.models import Tag
from transactions.summaries.ranges import Narrowed
from wealthwise.core.caching import forget

pytestmark = pytest.mark.django_db

SLUGS = ["spending", "cash_flow", "flow", "where", "descriptions", "net_worth", "pace"]
TODAY = date(2026, 3, 20)
FIRST = date(2026, 1, 20)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel("2026-03-20 12:00 +0000", tick=False):
        yield


@pytest.fixture
def march(owner):
    """Food 300 (a refund of 20 in it) and 40 on fuel, a salary of 900, an unfiled 15 out and 4 in, and a transfer."""
    food, fuel = make_subcategory(owner, "Groceries"), make_subcategory(owner, "Fuel", "Car")
    salary = make_subcategory(owner, "Salary", "Work", "income")
    current, savings = make_account(owner, "Current", "500"), make_account(owner, "Savings")
    for amount, day, filed, text in [
        ("-320", "2026-03-02", food, "Market"),
        ("20", "2026-03-04", food, "MARKET"),
        ("-40", "2026-03-05", fuel, "Garage"),
        ("900", "2026-03-01", salary, "Pay"),
        ("-15", "2026-03-19", None, "=1+1"),
        ("4", "2026-03-18", None, "Found"),
        ("-70", "2026-02-10", food, "Market"),
    ]:
        make_transaction(owner, amount, day, text, account=current, subcategory=filed)
    key = "6f0c7a1e-2b3c-4d5e-8f90-a1b2c3d4e5f6"
    make_transaction(owner, "-200", "2026-03-06", "To savings", account=current, transfer_id=key)
    make_transaction(owner, "200", "2026-03-06", "To savings", account=savings, transfer_id=key)
    return SimpleNamespace(food=food, fuel=fuel, salary=salary)


def asked(user, query="", default="last-12"):
    return ask(user, QueryDict(query), default)


def texts(table):
    rows = [*table.rows, *([table.foot] if table.foot else [])]
    return [[row.head.text, *(cell.text for cell in row.cells)] for row in rows]


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def csv_of(answer):
    return list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))


# What the tables say.


def test_spending_by_month_and_category(march, owner):
    report = spending.report(asked(owner, "range=last-3"))
    assert list(report.table.names) == ["Month", "Total", "Food", "Car", "Uncategorised"]
    assert texts(report.table) == [
        ["Feb 2026", "70.00", "70.00", "–", "–"],
        ["Mar 2026 so far", "355.00", "300.00", "40.00", "15.00"],
        ["Total", "425.00", "370.00", "40.00", "15.00"],
    ]
    assert [cell.tone for cell in report.table.rows[1].cells] == ["heat-total", "heat-5", "heat-2", "heat-1"]
    assert [(figure.label, figure.amount) for figure in report.figures] == [
        ("Spent", 425), ("A month", Decimal("212.50")), ("Most", 370),
    ]  # fmt: skip
    assert [series.name for series in report.columns.series] == ["Food", "Car", "Uncategorised"]


def test_many_categories_are_stacked_as_one(owner):
    for number in range(9):
        filed = make_subcategory(owner, "Sub", f"Category {number}")
        make_transaction(owner, str(-100 + number), subcategory=filed)
    report = spending.report(asked(owner))
    assert [series.name for series in report.columns.series][-2:] == ["Category 5", "3 others"]
    assert report.columns.series[-1].values[-1] == 94 + 93 + 92
    assert len(report.table.names) == 11


def test_cash_flow_is_income_against_spending(march, owner):
    assert texts(cash_flow.report(asked(owner, "range=last-3")).table) == [
        ["Feb 2026", "$0.00", "$70.00", "−$70.00", "–"],
        ["Mar 2026 so far", "$904.00", "$355.00", "+$549.00", "60.7%"],
        ["Total", "$904.00", "$425.00", "+$479.00", "53.0%"],
    ]


def test_a_cut_month_counts_its_days_only(march, owner):
    report = cash_flow.report(asked(owner, "date_from=2026-02-11&date_to=2026-03-04"))
    assert texts(report.table)[-1] == ["Total", "$900.00", "$300.00", "+$600.00", "66.7%"]


def test_the_flow_goes_from_income_to_categories(march, owner):
    report = flow.report(asked(owner, "range=this-month"))
    assert texts(report.table) == [
        ["From Salary", "$900.00", "99.6%"], ["From Uncategorised", "$4.00", "0.4%"],
        ["To Food", "$300.00", "84.5%"], ["To Car", "$40.00", "11.3%"], ["To Uncategorised", "$15.00", "4.2%"],
        ["Total", "+$549.00", "–"],
    ]  # fmt: skip
    assert [(item.label, item.value) for item in report.flow.targets][-1] == ("Kept", 549)


def test_more_spent_than_earned_and_what_came_back_stand_on_the_other_side(owner):
    food, fuel = make_subcategory(owner, "Groceries"), make_subcategory(owner, "Fuel", "Car")
    make_transaction(owner, "-100", subcategory=food)
    make_transaction(owner, "30", subcategory=fuel)
    report = flow.report(asked(owner))
    assert [(item.label, item.value) for item in report.flow.sources] == [("Car", 30), ("From before", 70)]
    assert [(item.label, item.value) for item in report.flow.targets] == [("Food", 100)]


def test_a_report_of_one_account_and_compared(march, owner, owner_client, stranger):
    savings = owner.accounts.get(name="Savings")
    make_transaction(owner, "-11", "2026-03-07", "Fee", account=savings, subcategory=march.food)
    make_transaction(owner, "-60", "2025-03-10", "Market", account=savings, subcategory=march.food)
    of_one = f"range=this-month&account={savings.pk}"
    assert texts(where_it_went.report(asked(owner, f"{of_one}&compare=year")).table) == [
        ["Food", "$11.00", "100.0%", "$60.00", "−$49.00"], ["Total", "$11.00", "100.0%", "$60.00", "−$49.00"],
    ]  # fmt: skip
    compared = where_it_went.report(asked(owner, "range=this-month&compare=before"))
    assert compared.lede.endswith("Compared with 1 Feb 2026 – 28 Feb 2026.")
    assert [row[3:] for row in texts(compared.table)] == [
        ["$70.00", "+$241.00"], ["$0.00", "+$40.00"], ["$0.00", "+$15.00"], ["$70.00", "+$296.00"],
    ]  # fmt: skip
    assert texts(cash_flow.report(asked(owner, of_one)).table)[-1][1:4] == ["$0.00", "$11.00", "−$11.00"]
    assert cash_flow.report(asked(owner, of_one)).table.foot.cells[2].href == ""
    assert [
        row.amount
        for row in descriptions.top_descriptions(owner, asked(owner, of_one).shown, only=Narrowed(savings.pk))
    ] == [11]
    theirs = make_account(stranger, "Savings")
    for slug in ("spending", "cash_flow", "flow", "where", "descriptions"):
        page = reverse(f"reports:{slug}")
        assert owner_client.get(page, {"account": savings.pk}).status_code == 200
        for wrong in (theirs.pk, 0, "x", "9" * 30):
            assert owner_client.get(page, {"account": wrong}).status_code == 404


def test_a_report_of_one_tag(march, owner, owner_client, stranger):
    journey = Tag.objects.create(user=owner, name="Journey")
    theirs = Tag.objects.create(user=stranger, name="Journey")
    make_transaction(owner, "-7", "2026-03-08", "Train", subcategory=march.food, tag_ids=[journey.pk])
    make_transaction(owner, "-9", "2026-02-08", "Ferry", subcategory=march.food, tag_ids=[journey.pk])
    make_transaction(stranger, "-5", "2026-03-08", "Train", tag_ids=[theirs.pk])
    forget(owner.pk)
    of_one = f"range=last-3&tag={journey.pk}"
    report = where_it_went.report(asked(owner, of_one))
    assert texts(report.table) == [["Food", "$16.00", "100.0%"], ["Total", "$16.00", "100.0%"]]
    assert f"tag={journey.pk}" in report.table.foot.cells[0].href
    listing = owner_client.get(report.table.foot.cells[0].href).context["listing"]
    assert listing.figures.money_out == -16
    assert texts(cash_flow.report(asked(owner, of_one)).table)[-1][1:4] == ["$0.00", "$16.00", "−$16.00"]
    both = f"{of_one}&account={owner.accounts.first().pk}"
    assert descriptions.report(asked(owner, both)).table is None
    for slug in ("spending", "cash_flow", "flow", "where", "descriptions"):
        page = owner_client.get(reverse(f"reports:{slug}"), {"tag": journey.pk})
        assert "#Journey" in page.text
        assert owner_client.get(reverse(f"reports:{slug}"), {"tag": theirs.pk}).status_code == 404


@pytest.mark.parametrize(
    ("day", "before"), [("2024-02-29", "2023-02-28"), ("2025-02-28", "2024-02-29"), ("2025-03-01", "2024-03-01")]
)
def test_a_year_before(day, before):
    assert year_before(date.fromisoformat(day)) == date.fromisoformat(before)


def test_where_it_went_leads_inside(march, owner):
    report = where_it_went.report(asked(owner, "range=this-month"))
    assert texts(report.table) == [
        ["Food", "$300.00", "84.5%"], ["Car", "$40.00", "11.3%"], ["Uncategorised", "$15.00", "4.2%"],
        ["Total", "$355.00", "100.0%"],
    ]  # fmt: skip
    food = march.food.category
    assert report.table.rows[0].head.href == f"{reverse('reports:where')}?range=this-month&category={food.pk}"
    inside = where_it_went.report(asked(owner, f"range=this-month&category={food.pk}"))
    assert (inside.heading, texts(inside.table)[0]) == ("Food", ["Groceries", "$300.00", "100.0%"])
    assert inside.crumb.href == "?range=this-month"


def test_top_descriptions(march, owner):
    assert texts(descriptions.report(asked(owner, "range=this-month")).table) == [
        ["Market", "2", "$300.00", "$150.00"], ["Garage", "1", "$40.00", "$40.00"], ["=1+1", "1", "$15.00", "$15.00"],
    ]  # fmt: skip
    income = descriptions.report(asked(owner, "kind=income"))
    assert [row[0] for row in texts(income.table)] == ["Pay", "Found"]


def test_net_worth_ends_today(march, owner):
    report = net_worth.report(asked(owner, "range=last-3"))
    assert texts(report.table) == [
        ["31 Jan 2026", "$500.00", "$0.00", "$500.00", "–"],
        ["28 Feb 2026", "$430.00", "$0.00", "$430.00", "−$70.00"],
        ["20 Mar 2026", "$979.00", "$0.00", "$979.00", "+$549.00"],
    ]
    assert report.figures[0].note == "as of 20 Mar 2026"
    lists = Dashboard(owner, TODAY).context["lists"]
    assert lists.owned - lists.owed == report.figures[0].amount == 979


def test_net_worth_counts_the_last_day_to_its_last_moment(owner):
    """The last day is the first of a month, and 28 February ends one: both belong to the points that name them."""
    account = make_account(owner, opening="100")
    for amount, timestamp in [
        ("-1", datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)),
        ("-2", datetime(2026, 3, 1, tzinfo=UTC)),
        ("-4", datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)),
        ("-8", datetime(2026, 3, 2, tzinfo=UTC)),
    ]:
        make_transaction(owner, amount, account=account, transaction_date=timestamp)
    report = net_worth.report(asked(owner, "date_from=2026-02-01&date_to=2026-03-01"))
    assert [row[:2] for row in texts(report.table)] == [
        ["31 Jan 2026", "$100.00"], ["28 Feb 2026", "$99.00"], ["1 Mar 2026", "$93.00"],
    ]  # fmt: skip
    assert any("−$8.00 is booked for later days" in note for note in report.notes)


def test_net_worth_tells_what_is_booked_ahead_and_closed(march, owner):
    make_account(owner, "Old", "5", is_active=False, closed_on=date(2026, 3, 2))
    make_transaction(owner, "-100", "2026-04-02", account=owner.accounts.get(name="Current"))
    report = net_worth.report(asked(owner))
    assert report.figures[0].amount == 979
    assert any("−$100.00 is booked for later days" in note for note in report.notes)
    assert "1 account counts until it was closed." in report.notes


def test_net_worth_can_be_below_zero(owner):
    card = make_account(owner, "Card", "-80", account_type="credit")
    make_transaction(owner, "-20", account=card)
    report = net_worth.report(asked(owner))
    assert [row[1:4] for row in texts(report.table)] == [
        ["$0.00", "$80.00", "−$80.00"],
        ["$0.00", "$100.00", "−$100.00"],
    ]


def test_pace_against_the_month_before(march, owner):
    report = pace.report(asked(owner, default="period"))
    rows = texts(report.table)
    assert rows[0] == ["Day 1", "$0.00", "$0.00", "$0.00"]
    assert rows[9] == ["Day 10", "$340.00", "$70.00", "+$270.00"]
    assert rows[27] == ["Day 28", "–", "$70.00", "–"]
    assert [(figure.amount, figure.sign) for figure in report.figures] == [(355, False), (70, False), (285, True)]


def test_pace_compares_with_the_period_before_whatever_lies_between(march, owner):
    """Not with the days just before: the one before ended a fortnight earlier, and had a length of its own."""
    make_period(owner, "2026-02-25", "2026-03-24", name="March 2026")
    assert pace.report(asked(owner, default="period")).notes == [
        "There is no earlier period of this type, so there is nothing to compare to."
    ]
    make_period(owner, "2026-02-01", "2026-02-11", active=False, name="Short")
    make_period(owner, "2026-02-12", "2026-02-20", active=False, name="Trip", period_type="custom")
    report = pace.report(asked(owner, default="period"))
    assert report.lede.endswith("Compared to Short, 1 Feb 2026 – 11 Feb 2026.")
    assert [row[1:3] for row in texts(report.table)][9:12] == [
        ["$340.00", "$70.00"],
        ["$340.00", "$70.00"],
        ["$340.00", "–"],
    ]


def test_zero_decimal_currencies_and_large_amounts(owner):
    type(owner).objects.filter(pk=owner.pk).update(currency="JPY")
    owner.refresh_from_db()
    make_transaction(owner, "-9999999999", subcategory=make_subcategory(owner))
    report = spending.report(asked(owner))
    assert texts(report.table)[0][1] == "9,999,999,999"
    assert texts(cash_flow.report(asked(owner)).table)[0][2] == "¥9,999,999,999"
    assert next(report.table.records())[1] == Decimal("9999999999.00")


def test_long_histories_are_by_year_unless_asked(owner):
    for year in range(2018, 2027):
        make_transaction(owner, "-10", f"{year}-03-01", subcategory=make_subcategory(owner))
    by_year = spending.report(asked(owner, "range=all"))
    assert [row[0] for row in texts(by_year.table)][-3:] == ["2025", "2026 so far", "Total"]
    by_month = spending.report(asked(owner, "range=all&by=month"))
    assert len(by_month.table.rows) == 97
    assert [(switch.label, switch.is_current) for switch in by_month.switches] == [
        ("By month", True), ("By year", False),
    ]  # fmt: skip
    make_transaction(owner, "-10", "1901-01-01")
    assert asked(owner, "range=all&by=month").unit == "year"


# The pages.


@pytest.mark.parametrize("slug", SLUGS)
def test_the_owner_sees_a_report_and_gets_the_same_file(march, owner_client, slug):
    answer = owner_client.get(reverse(f"reports:{slug}"), {"range": "last-3"})
    assert answer.status_code == 200
    table = answer.context["report"].table
    file = owner_client.get(answer.context["download"].join([reverse(f"reports:{slug}"), ""]))
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert f"wealthwise-{slug.replace('_', '-')}-2026-" in file["Content-Disposition"]
    rows = csv_of(file)
    assert rows[0] == list(table.names)
    assert len(rows) == 1 + len(table.rows) + bool(table.foot)
    for row, shown in zip(rows[1:], [*table.rows, table.foot], strict=False):
        for value, cell in zip(row[1:], shown.cells, strict=True):
            assert value == ("" if cell.raw is None else str(cell.raw)), (slug, row)
    content = answer.content.decode()
    assert "<svg" in content
    assert not re.search(r"\sstyle=|\son\w+=", content)


def test_formulas_are_harmless_in_the_file(march, owner_client):
    rows = csv_of(owner_client.get(reverse("reports:descriptions"), {"download": "csv"}))
    assert ["'=1+1", "1", "15.00"] in [row[:3] for row in rows]


def test_a_file_of_nothing_is_empty(owner_client):
    answer = owner_client.get(reverse("reports:spending"), {"download": "csv"})
    assert answer.status_code == 200
    assert csv_of(answer) in ([], [[]])


@pytest.mark.parametrize("slug", SLUGS)
def test_a_stranger_sees_nothing_of_it(march, stranger, stranger_client, slug):
    make_category(stranger, "Food")
    text = text_of(stranger_client.get(reverse(f"reports:{slug}"), {"range": "all"}))
    for words in ("$", "Groceries", "Market", "Savings"):
        assert words not in text


def test_the_category_of_somebody_else_is_not_there(march, stranger_client, staff_client, owner_client):
    query = {"category": march.food.category_id}
    assert stranger_client.get(reverse("reports:where"), query).status_code == 404
    assert staff_client.get(reverse("reports:where"), query).status_code == 404
    assert owner_client.get(reverse("reports:where"), query).status_code == 200
    for wrong in ("0", "x", "-1", "9" * 30, "²"):
        assert owner_client.get(reverse("reports:where"), {"category": wrong}).status_code == 404


@pytest.mark.parametrize("slug", SLUGS)
def test_nobody_is_sent_to_sign_in_and_nothing_is_written(client, owner_client, slug):
    answer = client.get(reverse(f"reports:{slug}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    assert owner_client.post(reverse(f"reports:{slug}")).status_code == 405


@pytest.mark.parametrize("slug", ["spending", "cash_flow", "flow", "where", "descriptions", "pace"])
def test_an_empty_report_says_what_to_do(owner, owner_client, slug):
    answer = owner_client.get(reverse(f"reports:{slug}"))
    assert "Nothing booked yet" in text_of(answer)
    assert reverse("transactions:add") in answer.content.decode()
    make_transaction(owner, "-5", "2024-03-02", subcategory=make_subcategory(owner))
    answer = owner_client.get(reverse(f"reports:{slug}"), {"date_from": "2026-01-01", "date_to": "2026-02-01"})
    assert "Nothing on these days" in text_of(answer)
    assert "?range=all" in answer.content.decode()


def test_net_worth_without_accounts_leads_to_adding_one(owner_client):
    answer = owner_client.get(reverse("reports:net_worth"))
    assert "No open accounts" in text_of(answer)
    assert reverse("accounts:add") in answer.content.decode()


def test_a_pace_of_years_says_so(march, owner_client):
    answer = owner_client.get(reverse("reports:pace"), {"date_from": "2020-01-01", "date_to": "2026-03-31"})
    assert "Too long for a pace" in text_of(answer)


def test_days_the_wrong_way_round_are_told_and_not_guessed(march, owner_client):
    answer = owner_client.get(reverse("reports:spending"), {"date_from": "2026-03-31", "date_to": "2026-03-01"})
    assert answer.status_code == 200
    assert "The last day is before the first. These are the figures of 1 Apr 2025 – 31 Mar 2026." in text_of(answer)


@pytest.mark.parametrize(
    "query",
    [
        "date_from=x", "date_to=0001-01-01", "date_from=1900-01-01&date_to=2200-12-31", "date_to=2200-12-31",
        "range=nothing", "range=period", "by=decade", "kind=transfer", "date_from=2200-12-31", "date_to=1900-01-01",
    ],
)  # fmt: skip
@pytest.mark.parametrize("slug", SLUGS)
def test_odd_addresses_answer(march, owner_client, slug, query):
    assert owner_client.get(f"{reverse(f'reports:{slug}')}?{query}").status_code == 200


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ("range=this-month", "2026-03-01", "2026-03-31"),
        ("range=last-3", "2026-01-01", "2026-03-31"),
        ("range=last-6", "2025-10-01", "2026-03-31"),
        ("range=last-12", "2025-04-01", "2026-03-31"),
        ("range=this-year", "2026-01-01", "2026-12-31"),
        ("range=last-year", "2025-01-01", "2025-12-31"),
        ("range=all", "2026-02-01", "2026-03-31"),
        ("", "2025-04-01", "2026-03-31"),
        ("date_from=2026-02-03", "2026-02-03", "2026-03-20"),
        ("date_to=2026-02-20", "2026-02-10", "2026-02-20"),
        ("date_from=2026-01-02&date_to=2026-01-02", "2026-01-02", "2026-01-02"),
    ],
)
def test_ranges(march, owner, query, start, end):
    date_range = asked(owner, query).date_range
    assert (date_range.start.isoformat(), date_range.end.isoformat()) == (start, end)


def test_the_active_period_is_a_range_of_its_own(march, owner, owner_client):
    assert "range=period" not in owner_client.get(reverse("reports:spending")).content.decode()
    make_period(owner, "2026-02-25", "2026-03-24", name="My cycle")
    content = owner_client.get(reverse("reports:spending"), {"range": "period"}).content.decode()
    assert 'href="?range=period" aria-current="true">My cycle</a>' in content
    assert "My cycle, 25 Feb 2026 – 24 Mar 2026" in content


def test_the_range_goes_along_to_the_other_reports(march, owner_client):
    content = owner_client.get(reverse("reports:spending"), {"range": "last-3"}).content.decode()
    assert f'href="{reverse("reports:cash_flow")}?range=last-3"' in content
    free = owner_client.get(reverse("reports:spending"), {"date_from": "2026-03-01", "date_to": "2026-03-02"})
    assert f'href="{reverse("reports:pace")}?date_from=2026-03-01&amp;date_to=2026-03-02"' in free.content.decode()


def test_names_are_escaped(owner, owner_client):
    filed = make_subcategory(owner, "<i>sub</i>", "<script>alert(1)</script>")
    make_transaction(owner, "-5", description="<b>bold</b>", subcategory=filed)
    for slug in SLUGS:
        content = owner_client.get(reverse(f"reports:{slug}")).content.decode()
        assert "<script>alert" not in content
        assert "<b>bold" not in content


def test_months_by_the_persons_own_cycle(owner, owner_client):
    """Paid on the 25th: what was spent on 24 and on 25 February lies in two periods, as the budget has it."""
    food = make_subcategory(owner)
    period = make_period(owner, "2026-02-25", "2026-03-24")
    BudgetPeriod.objects.filter(pk=period.pk).update(cycle="day", cycle_anchor="2026-01-25")
    forget(owner.pk)
    for day, amount in (("2026-01-24", "-1"), ("2026-02-24", "-2"), ("2026-02-25", "-4"), ("2026-03-20", "-8")):
        make_transaction(owner, amount, day, subcategory=food)
    by_period = asked(owner, "range=last-3&by=period")
    assert texts(spending.report(by_period).table) == [
        ["January 2026, from 1 Jan", "1.00", "1.00"], ["February 2026", "2.00", "2.00"],
        ["March 2026 so far", "12.00", "12.00"], ["April 2026, to 31 Mar", "–", "–"], ["Total", "15.00", "15.00"],
    ]  # fmt: skip
    assert [row[2] for row in texts(cash_flow.report(by_period).table)][-3:] == ["$12.00", "$0.00", "$15.00"]
    march = spending.report(by_period).table.rows[-2]
    assert owner_client.get(march.cells[0].href).context["listing"].figures.money_out == -12
    labels = [link.label for link in spending.report(by_period).switches]
    assert labels == ["By month", "By period"]
    assert spending.report(asked(owner, "range=last-3")).switches[0].is_current
    page = owner_client.get(reverse("reports:net_worth"), {"by": "period"})
    assert page.status_code == 200
