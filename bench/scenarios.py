"""What is measured, as data: one line a scenario, with the steps that a client goes through in turn.

Addresses are found by name when the run begins. A scenario whose page this version does not have is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from bench.people import Person
from bench.site import PASSWORD
from wealthwise.postgres import keyset

Step = dict[str, Any]
CLIENTS = (1, 4, 16)
SEARCHED = "bakery"
MARK = "bench"  # what every row that is written says in its description
FILTER_DAYS = 365
IN_BULK = 10


@dataclass(frozen=True, slots=True)
class Scenario:
    """``steps`` of one client of a user, by the number of the client. ``most`` limits the rounds of a client."""

    name: str
    label: str
    page: str
    steps: Callable[[Person, int], list[Step]]
    clients: tuple[int, ...] = CLIENTS
    writes: bool = False
    by_staff: bool = False
    one_person: bool = False
    most: int = 100_000


def look(page: str, *arguments: Any, only_rows: bool = False, **query: Any) -> list[Step]:
    address = reverse(page, args=arguments) + (f"?{urlencode(query)}" if query else "")
    return [{"do": "get", "path": address, "headers": {"HX-Request": "true"} if only_rows else {}}]


def filtered(person: Person) -> dict[str, Any]:
    """The account that has most of the rows, and the last year."""
    until = person.today
    return {
        "account": person.accounts[0],
        "date_from": (until - timedelta(days=FILTER_DAYS)).isoformat(),
        "date_to": until.isoformat(),
    }


def entry(person: Person, amount: str, description: str = MARK) -> dict[str, Any]:
    return {
        "direction": "expense",
        "amount": amount,
        "description": description,
        "date": person.today.isoformat(),
        "account": person.accounts[0],
        "subcategory": person.subcategories[0],
    }


def recording(person: Person, client: int) -> list[Step]:
    return [{"do": "post", "path": reverse("transactions:add"), "fields": entry(person, f"{client + 1}.25")}]


def editing(person: Person, client: int) -> list[Step]:
    """Each client its own row, to and fro between two amounts, so that the last edit of any run is a known one."""
    row = person.newest[client % len(person.newest)]
    address = reverse("transactions:edit", args=[row])
    return [
        {"do": "post", "path": address, "fields": entry(person, amount, f"{MARK} edited")} for amount in ("1", "2")
    ]


def bulk_moving(person: Person, client: int) -> list[Step]:
    """Ten rows, the same for every client, to and fro between two subcategories."""
    address, rows = reverse("transactions:bulk"), ",".join(map(str, person.newest[:IN_BULK]))
    return [
        {
            "do": "post",
            "path": address,
            "fields": {"action": "move", "target": target, "ids": rows, "agreed": "1"},
        }
        for target in (f"s{person.subcategories[0]}", f"s{person.subcategories[1]}")
    ]


def importing(person: Person, client: int) -> list[Step]:
    return [{"do": "import", "path": reverse("transactions:import"), "account": person.accounts[0]}]


def signing_in(person: Person, client: int) -> list[Step]:
    return [{"do": "sign_in", "path": reverse("account_login"), "login": person.username, "password": PASSWORD}]


def deeper(person: Person, client: int) -> list[Step]:
    """What endless scrolling asks for in the middle of a user's rows."""
    return look("transactions:list", only_rows=True, after=keyset.encode(*person.middle))


SCENARIOS = (
    Scenario("dashboard", "Dashboard", "dashboard", lambda *_: look("dashboard")),
    Scenario("list", "List, first page", "transactions:list", lambda *_: look("transactions:list")),
    Scenario("deep", "List, in the middle", "transactions:list", deeper),
    Scenario(
        "filtered", "List, account and dates", "transactions:list",
        lambda person, _: look("transactions:list", **filtered(person)),
    ),
    Scenario("search", "List, search", "transactions:list", lambda *_: look("transactions:list", q=SEARCHED)),
    Scenario("budget", "Budget", "budgets:budget", lambda *_: look("budgets:budget")),
    Scenario("month", "Report, month", "reports:spending", lambda *_: look("reports:spending", range="this-month")),
    Scenario("year", "Report, year", "reports:spending", lambda *_: look("reports:spending", range="this-year")),
    Scenario("record", "Record one", "transactions:add", recording, writes=True),
    Scenario("edit", "Edit one", "transactions:edit", editing, writes=True),
    Scenario("bulk", "Edit ten at once", "transactions:bulk", bulk_moving, writes=True),
    Scenario("import", "Import 10,000 rows", "transactions:import", importing, (1, 4), writes=True, most=1),
    Scenario("sign_in", "Sign in", "account_login", signing_in, one_person=True),
    Scenario(
        "console", "Console, transactions", "admin:transactions_transaction_changelist",
        lambda *_: look("admin:transactions_transaction_changelist"), by_staff=True, one_person=True,
    ),
)  # fmt: skip

# Names of scenarios for each tenth of the mix: 70 % list and dashboard, 20 % budget and reports, 10 % writes.
MIX = ("list", "dashboard", "list", "deep", "dashboard", "list", "dashboard", "budget", "year", "record")
INSTEAD = {"year": "budget"}  # where a page is not there


def known(scenario: Scenario) -> bool:
    """Whether this version has the page."""
    for arguments in ([], [1]):
        try:
            reverse(scenario.page, args=arguments)
        except NoReverseMatch:
            continue
        return True
    return False


def mixed(there: dict[str, Scenario], person: Person, client: int) -> list[Step]:
    """One turn of the mix, begun elsewhere by each client, so that not all do the same at once."""
    names = [name if name in there else INSTEAD.get(name, "list") for name in MIX]
    turn = names[client % len(names) :] + names[: client % len(names)]
    return [step for name in turn for step in there[name].steps(person, client)[:1]]
