"""Archived categories are offered nowhere, and everything that is filed there stays as it was."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine

from budgets.budget.fill_services import fill_by_average
from budgets.budget.summary import budget_summary
from budgets.models import BudgetAllocation, BudgetPeriod, RecurringBudgetAllocation
from budgets.periods.services import open_period
from tests.factories import make_account, make_period, make_subcategory, make_transaction
from transactions.models import Rule, Subcategory, Transaction
from transactions.models.cached_names import names_of
from transactions.rules.suggestions import Wanted, suggest

HOME, ADD, LIST = "/transactions/categories/", "/transactions/add/", "/transactions/"
ENTRY = {"direction": "expense", "amount": "9", "description": "Ticket", "date": "2026-03-01"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(owner, stranger):
    """A category with two subcategories, one of another, rows of all, and a stranger's of the same names."""
    rail, bus = make_subcategory(owner, "Rail", "Travel"), make_subcategory(owner, "Bus", "Travel")
    food = make_subcategory(owner)
    theirs = make_subcategory(stranger, "Rail", "Travel")
    rows = [
        make_transaction(owner, "-10", "2026-03-05", "Ticket", subcategory=rail, account=make_account(owner)),
        make_transaction(owner, "-20", "2026-03-06", "Bread", subcategory=food),
    ]
    make_transaction(stranger, "-10", "2026-03-05", "Ticket", subcategory=theirs)
    return SimpleNamespace(rail=rail, bus=bus, food=food, theirs=theirs, rows=rows)


def offered(page, field="subcategory"):
    choices = page.context["form"].fields[field].choices
    return [name for _, inside in choices if isinstance(inside, list) for _, name in inside]


def archive(client, kind, pk, **data):
    return client.post(f"{HOME}{'sub/' if kind == 'sub' else ''}{pk}/archive/", data)


@pytest.mark.parametrize(("kind", "left"), [("sub", ["Groceries", "Bus"]), ("category", ["Groceries"])])
def test_it_is_out_of_every_box_and_in_again(owner, owner_client, world, kind, left):
    pk = world.rail.pk if kind == "sub" else world.rail.category_id
    assert archive(owner_client, kind, pk).status_code == 302
    assert offered(owner_client.get(ADD)) == left
    targets = [name for group, inside in owner_client.get(LIST).context["targets"] for _, name in inside]
    assert "Rail" not in targets
    assert "Archived" in owner_client.get(HOME).text
    assert owner_client.post(ADD, ENTRY | {"subcategory": world.rail.pk}).status_code == 422
    archive(owner_client, kind, pk, off="1")
    assert sorted(offered(owner_client.get(ADD))) == ["Bus", "Groceries", "Rail"]
    assert "Archived" not in owner_client.get(HOME).text


def test_a_row_that_is_filed_there_keeps_it_when_it_is_edited(owner, owner_client, world):
    archive(owner_client, "category", world.rail.category_id)
    address = f"{LIST}{world.rows[0].pk}/"
    assert "Rail" in offered(owner_client.get(address))
    sent = ENTRY | {"date": "2026-03-05", "amount": "11", "subcategory": world.rail.pk}
    assert owner_client.post(address, sent).status_code == 302
    row = Transaction.objects.get(pk=world.rows[0].pk)
    assert (row.amount, row.subcategory_id) == (Decimal(-11), world.rail.pk)


def test_its_history_stays_in_lists_filters_and_search(owner_client, world):
    archive(owner_client, "category", world.rail.category_id)
    for query in ({"category": world.rail.category_id}, {"subcategory": world.rail.pk}, {"q": "category:travel"}):
        page = owner_client.get(LIST, query)
        assert [entry.description for day in page.context["listing"].days for entry in day.entries] == ["Ticket"]


def test_the_budget_of_a_period_that_spent_there_shows_it_and_a_new_one_does_not(owner, owner_client, world):
    march = make_period(owner)
    for subcategory in (world.rail, world.bus):
        RecurringBudgetAllocation.objects.create(
            user=owner, subcategory=subcategory, allocated_amount=50, period_type="monthly"
        )
    before = lines(owner, march)
    archive(owner_client, "sub", world.rail.pk)
    assert lines(owner, march) == before
    assert ("Rail", Decimal(10)) in before
    april = open_period(user=owner, name="April", period_type="monthly", start=date(2026, 4, 1), end=date(2026, 4, 30))
    assert [name for name, _ in lines(owner, april)] == ["Groceries", "Bus"]
    filled = BudgetAllocation.objects.for_user(owner).filter(budget__period=april)
    assert list(filled.values_list("subcategory__name", flat=True)) == ["Bus"]


@pytest.mark.parametrize("kind", ["sub", "category"])
def test_what_is_made_where_it_is_missing_comes_out_of_the_archive(owner, owner_client, world, kind):
    """Or the box would choose what no form takes."""
    archive(owner_client, kind, world.rail.pk if kind == "sub" else world.rail.category_id)
    answer = owner_client.post(f"{HOME}quick/", {"category": "travel", "name": "RAIL"})
    assert answer.json() == {"id": world.rail.pk, "name": "Rail", "category": "Travel"}
    assert owner_client.post(ADD, ENTRY | {"subcategory": world.rail.pk}).status_code == 302
    assert not Subcategory.objects.filter(is_archived=True).exists()


@pytest.mark.parametrize("kind", ["sub", "category"])
def test_filling_a_budget_leaves_it_out_unless_it_is_asked_for_alone(owner, owner_client, world, kind):
    """A copy and an average, what they say before, and the grey amounts of the page."""
    march, april = make_period(owner), make_period(owner, "2026-04-01", "2026-04-30", name="April", active=False)
    for subcategory in (world.rail, world.food):
        BudgetAllocation.objects.create(user=owner, budget=march.budget, subcategory=subcategory, allocated_amount=7)
    archive(owner_client, kind, world.rail.pk if kind == "sub" else world.rail.category_id)
    with time_machine.travel("2026-04-10 10:00:00+00:00"):
        page = owner_client.get(f"/budget/{april.pk}/")
        assert page.context["averages"].amounts == {world.food.pk: Decimal(20)}
        form = owner_client.get(f"/budget/{april.pk}/fill/").context["form"]
        said = [label.rpartition("(")[2] for _, label in form.fields["source"].choices]
        assert said == ["1 amount, $7.00)", "1 amount, $20.00)"]
        for source, amount in (("copy", 7), ("3", 20)):
            owner_client.post(f"/budget/{april.pk}/fill/", {"source": source, "where": "all"})
            filled = BudgetAllocation.objects.for_user(owner).filter(budget=april.budget)
            assert list(filled.values_list("subcategory__name", "allocated_amount")) == [("Groceries", amount)]
    assert fill_by_average(user=owner, period_id=april.pk, spans=3, everywhere=False, only=world.rail.pk).count == 1


def lines(user, period):
    found = budget_summary(user, BudgetPeriod.objects.for_user(user).with_budget().get(pk=period.pk))
    return [(line.name, line.spent) for group in found.groups for line in group.lines]


def test_nothing_is_filed_there_by_itself(owner, owner_client, world):
    Rule.objects.create(user=owner, position=1, text="tram", subcategory=world.rail)
    wanted = [Wanted("Ticket"), Wanted("Tram 5")]
    assert {found.subcategory_id for found in suggest(owner, wanted).values()} == {world.rail.pk}
    archive(owner_client, "category", world.rail.category_id)
    assert suggest(owner, wanted) == {}
    archive(owner_client, "category", world.rail.category_id, off="1")
    assert len(suggest(owner, wanted)) == 2


def test_anothers_is_not_there(owner, stranger, stranger_client, staff_client, world):
    for client in (stranger_client, staff_client):
        assert archive(client, "sub", world.rail.pk).status_code == 404
        assert archive(client, "category", world.rail.category_id).status_code == 404
    assert not Subcategory.objects.filter(is_archived=True).exists()
    assert archive(stranger_client, "sub", world.theirs.pk).status_code == 302
    assert names_of(owner).archived == set()
    assert names_of(stranger).archived == {world.theirs.pk}
