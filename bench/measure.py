"""One scenario for one user: clients side by side, cost in the database, floor and naive baseline."""

import argparse
import gzip
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.contrib.auth.hashers import make_password
from django.urls import reverse

from accounts.models import User
from bench import statements, writes
from bench.client import Client
from bench.equal import differences
from bench.floor import FLOOR
from bench.load import Clients, percentile, reduced
from bench.naive import LONGEST, MOST_ROWS, NAIVE, prepare
from bench.people import Person, chosen, others
from bench.scenarios import MIX, SCENARIOS, Scenario, known, mixed
from bench.site import PASSWORD, say
from wealthwise.core.locales import override

HOST = "127.0.0.1"
COUNTED = 5  # requests whose statements are counted
STAFF = "bench_staff"
Session = dict[str, str]


class Measurement:
    """Everything that a run shares: the users, their sessions, and what this version has."""

    def __init__(self, connection: "psycopg.Connection[Any]", clients: Clients, options: argparse.Namespace) -> None:
        self.connection, self.clients, self.options = connection, clients, options
        self.people = chosen(connection)
        self.others = others(connection, self.people)
        self.before = writes.remember(connection, [*self.people, *self.others])
        self.sessions: dict[tuple[str, int], Session] = {}
        self._make_staff()
        self.counts_statements = statements.is_readable(connection)
        self.has_naive = not options.no_naive and options.rows <= MOST_ROWS
        if self.has_naive:
            prepare(connection)
        wanted = set(filter(None, options.only.split(",")))
        self.there = {
            scenario.name: scenario
            for scenario in SCENARIOS
            if (not wanted or scenario.name in wanted) and self._is_there(scenario)
        }

    def _is_there(self, scenario: Scenario) -> bool:
        if known(scenario):
            return True
        say(f"Left out: {scenario.label}. This version has no page named {scenario.page}.")
        return False

    @property
    def turns(self) -> int:
        return sum(len(self.people_of(scenario)) for scenario in self.there.values())

    def people_of(self, scenario: Scenario) -> list[Person]:
        return self.people[:1] if scenario.one_person else self.people

    def of(self, scenario: Scenario, person: Person) -> dict[str, Any]:
        """All figures; ratios are to the floor's and the naive median."""
        found: dict[str, Any] = {"clients": {}}
        for count in scenario.clients:
            found["clients"][str(count)] = reduced(self._run(scenario, person, count))
            if count == 1 and scenario.name in FLOOR:  # in the same seconds as what it is compared with
                found |= self._compared(scenario, person, found["clients"]["1"]["p50"])
        if self.counts_statements:
            found["cost"] = self._cost(scenario, person).as_dict()
        if scenario.writes:
            self.clean_up()
        return found

    def _compared(self, scenario: Scenario, person: Person, page_ms: float) -> dict[str, Any]:
        ask = FLOOR[scenario.name]
        floor = timed(lambda: ask(self.connection, person))
        found: dict[str, Any] = {"floor_ms": round(floor, 3), "to_floor": round(page_ms / floor, 1)}
        if not scenario.writes:
            page = self._page(scenario, person)
            with override(person.country, person.currency):
                found["differences"] = differences(scenario.name, page, ask(self.connection, person), person)
        if self.has_naive:
            naive = self._naive(scenario, person)
            found |= {"naive_ms": naive and round(naive, 2), "naive_to_floor": naive and round(naive / floor, 1)}
        return found

    def _naive(self, scenario: Scenario, person: Person) -> float | None:
        """Its median in ms; None where a statement took too long."""
        ask = NAIVE[scenario.name]
        self.connection.execute(f"SET statement_timeout = '{LONGEST}s'")
        try:
            return timed(lambda: ask(self.connection, person), seconds=1, least=1)
        except psycopg.errors.QueryCanceled:
            return None
        finally:
            self.connection.execute("RESET statement_timeout")

    def _run(self, scenario: Scenario, person: Person, count: int) -> list[dict[str, Any]]:
        jobs = [self._job(scenario, self._who(scenario, person, number), number) for number in range(count)]
        return self.clients.run(jobs)

    def _who(self, scenario: Scenario, person: Person, number: int) -> Person:
        """Sign-ins are limited per account, so each client is somebody else."""
        return self.others[number % len(self.others)] if scenario.name == "sign_in" else person

    def _job(self, scenario: Scenario, person: Person, number: int, **changes: Any) -> dict[str, Any]:
        is_new = scenario.name == "sign_in"
        session = {} if is_new else self._session(STAFF if scenario.by_staff else person.username, number)
        steps = scenario.steps(person, number)
        job = {
            "steps": steps,
            "seconds": self.options.seconds,
            "most": scenario.most,
            "session": session,
            "warm": "" if is_new or scenario.writes else steps[0]["path"],
        }
        return {"host": HOST, "port": self.options.port, "address": address_of(person.id, number)} | job | changes

    def _session(self, username: str, number: int) -> Session:
        """Of one client: writes keep the last account and day in it, so that a shared one would be fought over."""
        key = username, number
        if key not in self.sessions:
            client = Client(HOST, self.options.port, {}, address_of(hash(username), number))
            client.sign_in(reverse("account_login"), username, PASSWORD)
            self.sessions[key] = client.session
        return self.sessions[key]

    def _make_staff(self) -> None:
        known = {"email": f"{STAFF}@example.com", "is_staff": True, "is_superuser": True, "onboarding_step": 5}
        User.objects.update_or_create(username=STAFF, defaults={**known, "password": make_password(PASSWORD)})
        self.connection.execute(
            'INSERT INTO account_emailaddress (email, verified, "primary", user_id) '
            'SELECT email, true, true, id FROM "user" WHERE username = %s ON CONFLICT DO NOTHING',
            [STAFF],
        )

    def _cost(self, scenario: Scenario, person: Person) -> statements.Cost:
        """Of requests one after the other, once everything is warm."""
        count = min(COUNTED, scenario.most)
        who = self._who(scenario, person, 0)
        job = self._job(scenario, who, 0, most=count, least=count, warm="")
        statements.reset(self.connection)
        self.clients.run([job])
        return statements.cost(self.connection, count)

    def _page(self, scenario: Scenario, person: Person) -> str:
        step = scenario.steps(person, 0)[0]
        client = Client(HOST, self.options.port, self._session(person.username, 0), address_of(person.id, 0))
        _, _, content = client.exchange("GET", step["path"], **step["headers"])
        client.connection.close()
        return (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()

    def mix(self) -> dict[str, Any]:
        """Sixteen users at once, each clicking through what users do."""
        every = {scenario.name: scenario for scenario in SCENARIOS if scenario.name in MIX and known(scenario)}
        jobs = []
        for number, person in zip(range(self.clients.count), self.others * self.clients.count, strict=False):
            job = self._job(every["list"], person, number, seconds=5 * self.options.seconds)
            jobs.append(job | {"steps": mixed(every, person, number)})
        found = reduced(self.clients.run(jobs))
        self.clean_up()
        say(f"Mix, 16 clients: {found['rate']:.0f} requests/s, p95 {found['p95']:.0f} ms")
        return {"clients": len(jobs), **found}

    def clean_up(self) -> None:
        writes.undo(self.connection, self.before)

    def line(self, scenario: Scenario, person: Person, figures: dict[str, Any]) -> str:
        runs = "  ".join(
            f"{count}: {run['p50']:.1f} ms, {run['rate']:.0f}/s" for count, run in figures["clients"].items()
        )
        floor = f"  {figures['to_floor']} x floor" if "to_floor" in figures else ""
        return f"{scenario.label:24} {person.label:7} {runs}{floor}"


def address_of(person: int, number: int) -> str:
    """A network address for one client of one person."""
    return f"10.{person % 200}.{person // 200 % 200}.{number + 1}"


def timed(ask: Callable[[], object], *, seconds: float = 0.5, least: int = 5, most: int = 300) -> float:
    """Median milliseconds, after one unmeasured answer where more than one is wanted."""
    if least > 1:
        ask()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least or (time.perf_counter() < end and len(times) < most):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    return percentile(times, 0.5)
