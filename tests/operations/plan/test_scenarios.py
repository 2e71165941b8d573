"""What no clock decides, of each page that `make bench` measures: statements, partitions, rows read, sorts.

With 16 partitions and with a plain table, on 200,000 rows. After a change that is meant: run once with
``UPDATE_QUERY_COUNTS=1`` and say why in the commit.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from bench.people import Person, chosen
from bench.scenarios import SCENARIOS, Scenario, known
from tests.factories import make_user
from tests.operations.plan.scenes import Seen, Watch, ask, crowd

pytestmark = pytest.mark.django_db

BASELINE = Path(__file__).with_name("scenario_counts.json")
MEASURED = {scenario.name: scenario for scenario in SCENARIOS if scenario.name != "sign_in" and known(scenario)}
CONSTANT = 60  # rows read beyond twice what is returned: a page and what decides whether there is a next
PAGE = 51
SMALL = 500  # rows of a range that an index holds exactly: to read them all is as cheap as to read them in order
BY_TEXT = {"search", "import"}  # descriptions are compared with a user's rows: what is discarded is theirs
GROUPED = 2_500  # rows sorted to be grouped: the days and subcategories of two periods


@pytest.fixture(scope="module", params=[16, 0], ids=["16 partitions", "plain table"])
def partitions(request: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    with django_db_blocker.unblock(), crowd(request.param):
        yield request.param


@pytest.fixture
def people(partitions: int, db: None) -> list[Person]:
    connection.ensure_connection()
    return chosen(connection.connection)


def statements(scenario: Scenario, person: Person) -> list[Seen]:
    """Of one request once everything is cached; of a write, the first."""
    client = Client()
    staff = make_user("console", is_staff=True, is_superuser=True) if scenario.by_staff else None
    client.force_login(staff or User.objects.get(pk=person.id))
    step = scenario.steps(person, 0)[0]
    if not scenario.writes:
        ask(client, step)
    watch = Watch()
    with connection.execute_wrapper(watch):
        ask(client, step)
    return watch.seen


@pytest.mark.parametrize("name", MEASURED)
def test_a_page_reads_what_it_shows(name: str, people: list[Person], partitions: int) -> None:
    scenario = MEASURED[name]
    counts = set()
    for person in people[:1] if scenario.one_person else people:
        seen = statements(scenario, person)
        counts.add(len(seen))
        for one in seen:
            held(one, scenario, person.rows)
    assert len(counts) == 1, f"the number of statements depends on how much a person has: {counts}"
    as_before(name, counts.pop())


def held(seen: Seen, scenario: Scenario, own: int = 0) -> None:
    """The rules that every statement keeps."""
    about = f"{seen.sql}\n{json.dumps(seen.nodes[0], indent=1)}"
    assert seen.scanned(own) == set(), about
    if scenario.by_staff:
        return  # of everybody: a page by key from each partition
    assert len(seen.parts) <= 1, about
    assert scenario.name in BY_TEXT or seen.discarded <= seen.kept + CONSTANT, about
    if not seen.is_sum and scenario.name not in BY_TEXT:
        assert seen.read <= max(2 * seen.returned + CONSTANT, SMALL * seen.is_range), about
    assert seen.longest_sort <= (GROUPED if seen.is_sum or not seen.ledger else PAGE), about


def as_before(name: str, count: int) -> None:
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        baseline[name] = count
        ordered = {scenario.name: baseline[scenario.name] for scenario in SCENARIOS if scenario.name in baseline}
        BASELINE.write_text(json.dumps(ordered, indent=2) + "\n")
    assert count == baseline.get(name), f"{name}: UPDATE_QUERY_COUNTS=1 once, if that is meant"


def test_the_rules_can_fail() -> None:
    scan = {"Node Type": "Seq Scan", "Relation Name": "transaction_p3", "Actual Loops": 1, "Actual Rows": 1}
    whole = Seen("SELECT 1", [{**scan, "Rows Removed by Filter": 12_000}], {"transaction_p3": 12_001})
    with pytest.raises(AssertionError):
        held(whole, MEASURED["list"])
    assert (whole.read, whole.discarded, whole.kept) == (12_001, 12_000, 1)
    other = {**scan, "Node Type": "Index Scan", "Relation Name": "transaction_p4"}
    with pytest.raises(AssertionError):
        held(Seen("SELECT 1", [{**scan, "Node Type": "Index Scan"}, other], {}), MEASURED["list"])


def test_a_small_range_of_an_index_may_be_read_whole() -> None:
    def page(**read: int) -> Seen:
        part = {"Node Type": "Index Scan", "Relation Name": "transaction_p3", "Actual Loops": 1, **read}
        return Seen("SELECT 1", [{"Node Type": "Limit", "Actual Rows": PAGE}, part], {})

    held(page(**{"Actual Rows": SMALL}), MEASURED["list"])
    for read in ({"Actual Rows": SMALL + 1}, {"Actual Rows": SMALL - 1, "Rows Removed by Filter": 1}):
        with pytest.raises(AssertionError):
            held(page(**read), MEASURED["list"])
