"""``make attacks``: what hostile requests cost, and what somebody else meanwhile gets.

A site of its own is attacked in one way after the other, each for some seconds. Meanwhile another person asks for
their dashboard again and again. Everything goes to the loopback. It ends with 1 when the other person did not get an
answer, or when an answer was 500.
"""

import argparse
import asyncio
import io
import json
import re
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from bench import slow
from tests.torture.site import Site

PASSWORD: Final = "Attack-Crowd-2026!"
HOST: Final = "127.0.0.1"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
DASHBOARD: Final = "/dashboard/"
RESTORE: Final = "/accounts/settings/data/import/"
TICKS: Final = 100  # of the kernel's clock, a second


@dataclass
class Attacker:
    """One connection, with cookies when it signed in; it counts its answers."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    received: int = 0

    def __post_init__(self) -> None:
        self.connection = HTTPConnection(HOST, self.port, timeout=60)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self.connection.request(method, path, body, {"Cookie": cookie, **sent} if cookie else sent)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            self.connection.close()
            self.answers["cut"] += 1
            return 0, b""
        for name, value in answer.headers.items():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        self.answers[str(answer.status)] += 1
        self.received += len(content)
        return answer.status, content

    def post(self, path: str, **fields: Any) -> tuple[int, bytes]:
        data = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **fields}
        return self.ask("POST", path, urlencode(data, doseq=True).encode(), **FORM)

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> tuple[int, bytes]:
        mark = b"attack-7f3a"
        fields = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **fields}
        parts = [
            b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (mark, key.encode(), value.encode())
            for key, value in fields.items()
        ]
        head = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n' % (mark, name.encode())
        body = b"".join(parts) + head + content + b"\r\n--%b--\r\n" % mark
        return self.ask("POST", path, body, Content_Type=f"multipart/form-data; boundary={mark.decode()}")

    def sign_in(self, name: str) -> "Attacker":
        self.ask("GET", "/auth/login/")
        status, _ = self.post("/auth/login/", login=name, password=PASSWORD)
        if status != 302:
            raise SystemExit(f"{name} could not sign in: {status}")
        self.answers.clear()
        self.received = 0
        return self


@dataclass(frozen=True)
class Attack:
    """``act`` is what one connection does over and over; ``count`` of them do it at once."""

    title: str
    act: Callable[[Attacker], object]
    count: int = 4
    is_signed_in: bool = True


class Watch:
    """Somebody else, who asks for their dashboard all the time."""

    def __init__(self, port: int) -> None:
        self.person = Attacker(port).sign_in("seed_2")
        self.waits: list[float] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.waits, over = [], threading.Event()
        self.person.answers.clear()

        def look() -> None:
            while not over.is_set():
                begun = time.perf_counter()
                self.person.ask("GET", DASHBOARD)
                self.waits.append((time.perf_counter() - begun) * 1000)
                over.wait(0.1)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


# What is sent


def bomb(size: int = 300) -> bytes:
    """A workbook of some hundred KB that unpacks to ``size`` MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", "<workbook/>")
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(size):
                sheet.write(b" " * 2**20)
    return file.getvalue()


LAUGHS: Final = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(9))
    + b']><Document xmlns="camt.053"><Stmt>&j;</Stmt></Document>'
)
NEARLY_DAYS: Final = b"Date,Text,Amount\n" + b"".join(b"%d/%d/2026,a,1\n" % (i, i) for i in range(14_000))
DEEP: Final = b'{"wealthwise": ' + b"[" * 200_000
ROWS: Final = b'{"format": "wealthwise-export", "version": 2, "transactions": [' + b'{"a": 1},' * 300_000
LONG_WORDS: Final = " ".join(f"a{n} -b{n} amount>{n}" for n in range(200))
ALL_TIME: Final = urlencode({"date_from": "1900-01-01", "date_to": "2100-12-31"})
REPORTS: Final = ("", "cash-flow/", "where-it-went/", "descriptions/", "pace/", "net-worth/")


def reports(attacker: Attacker) -> None:
    for slug in REPORTS:
        attacker.ask("GET", f"/reports/{slug}?{ALL_TIME}")


def strange_sessions(attacker: Attacker) -> None:
    attacker.cookies = {"sessionid": f"{time.monotonic_ns():032d}"[:32]}
    attacker.ask("GET", DASHBOARD)


def all_and_back(rows: int) -> Callable[[Attacker], object]:
    def act(attacker: Attacker) -> None:
        everything = {"all": "1", "filter": "", "seen": rows, "action": "delete", "confirmed": "on"}
        attacker.post("/transactions/bulk/", **everything)
        _, page = attacker.ask("GET", "/transactions/")
        if found := re.search(rb'name="action" value="(\d+)"', page):
            attacker.post("/transactions/bulk/undo/", action=found[1].decode())

    return act


def many_fields(attacker: Attacker) -> None:
    attacker.post("/transactions/add/", **{f"f{n}": "x" for n in range(20_000)})


def anonymous(path: str, **fields: str) -> Callable[[Attacker], object]:
    def act(attacker: Attacker) -> None:
        if "csrftoken" not in attacker.cookies:
            attacker.ask("GET", "/auth/login/")
        attacker.post(path, **fields)

    return act


def get(path: str) -> Callable[[Attacker], object]:
    return lambda attacker: attacker.ask("GET", path)


def attacks(port: int, account: int, rows: int) -> list[Attack]:
    where, to = "/transactions/import/", {"account": str(account)}
    return [
        Attack("nothing, for comparison", lambda _: time.sleep(0.2)),
        Attack("export of 30,000 rows as JSON", get("/accounts/settings/data/export/json/")),
        Attack("export as a workbook", get("/accounts/settings/data/export/xlsx/")),
        Attack("list of all rows as CSV", get("/transactions/download/")),
        Attack("0.2 MB of nearly days as a statement", lambda a: a.upload(where, "a.csv", NEARLY_DAYS, **to)),
        Attack("workbook of 0.3 MB that unpacks to 300 MB", lambda a: a.upload(where, "a.xlsx", BOMB, **to)),
        Attack("XML of a billion entities", lambda a: a.upload(where, "a.xml", LAUGHS, **to)),
        Attack("20 MB of zeros as a statement", lambda a: a.upload(where, "a.csv", bytes(19 * 2**20), **to)),
        Attack("JSON nested 200,000 deep to restore", lambda a: a.upload(RESTORE, "a.json", DEEP)),
        Attack("300,000 rows of nothing to restore", lambda a: a.upload(RESTORE, "a.json", ROWS)),
        Attack("search of 600 conditions", get(f"/transactions/?{urlencode({'q': LONG_WORDS})}")),
        Attack("search of one letter", get("/transactions/?q=e")),
        Attack("search of 30 KB", get(f"/transactions/?q={'a' * 30_000}")),
        Attack("sorted by amount, far behind", get("/transactions/?sort=amount&page=99999")),
        Attack("reports over 200 years", reports),
        Attack("possible transfers", get("/transactions/transfers/")),
        Attack("suggestions as one types", get("/transactions/suggest/?description=shop&amount=1")),
        Attack("everything deleted and undone", all_and_back(rows), 1),
        Attack("form of 20,000 fields", many_fields),
        Attack("wrong passwords at one account", anonymous("/auth/login/", login="seed_2", password="x"), 8, False),
        Attack("sign-ups", anonymous("/auth/signup/", email="a@example.com", password1="Long-Enough-2026!"), 8, False),
        Attack("mails to reset a password", anonymous("/auth/password/reset/", email="seed_2@example.com"), 8, False),
        Attack("1 MB to the sign-in", anonymous("/auth/login/", login="a" * 900_000, password="x"), 8, False),
        Attack("sessions that are nobody's", strange_sessions, 8, False),
        Attack("addresses that are not there", get("/wp-admin/setup.php"), 8, False),
        Attack("an address of 60 KB", get(f"/help/?{'a' * 60_000}"), 8, False),
        Attack("a cookie of 60 KB", lambda a: a.ask("GET", "/help/", Cookie=f"x={'a' * 60_000}"), 8, False),
        Attack("static files", get(_static_file(port)), 16, False),
        Attack("the probe of readiness", get("/readyz"), 16, False),
        Attack("reports of violations", lambda a: a.ask("POST", "/violations/", b"{}", **FORM), 8, False),
        Attack("methods that are none", lambda a: a.ask("BREW", "/help/"), 8, False),
    ]  # fmt: skip


def _static_file(port: int) -> str:
    """One that the page of the sign-in names."""
    _, page = Attacker(port).ask("GET", "/auth/login/")
    found = re.search(rb'href="(/static/[^"]+\.css)"', page)
    return found[1].decode() if found else "/static/"


BOMB: Final = bomb()
SLOW: Final = (("silent", 500), ("headers", 500), ("form", 500), ("multipart", 200), ("reader", 8))


# What it costs


def seconds_of(site: Site) -> float:
    """Processor time of every process of the site that is there, and of those that they waited for: not of jobs that
    ended meanwhile.
    """
    ticks = 0
    for pid in pids(site):
        with suppress(OSError, IndexError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def pids(site: Site) -> set[int]:
    """The processes that `site` names, and all below them."""
    found = {pid for group in site.processes().values() for pid in group} | {site.process.pid}
    todo = list(found)
    while todo:
        with suppress(OSError):
            for path in Path("/proc").glob(f"{todo.pop()}/task/*/children"):
                below = set(map(int, path.read_text().split())) - found
                found |= below
                todo += below
    return found


def temporary_bytes(site: Site) -> int:
    with site.connect() as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return int(row[0]) if row else 0


def memory_of(site: Site) -> int:
    """Resident MB of the web server's processes and of jobs, without what PostgreSQL shares."""
    total = 0
    apart = set(site.processes()["PostgreSQL"])
    for pid in pids(site) - apart:
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            total += int(next(line for line in lines if line.startswith("RssAnon")).split()[1])
    return total // 1024


@contextmanager
def measured(site: Site, watch: Watch, title: str, told: dict[str, Any]) -> Iterator[None]:
    """A line of the table: what others got, what it cost."""
    seconds, temporary, peak, over = seconds_of(site), temporary_bytes(site), [0], threading.Event()

    def sample() -> None:
        while not over.wait(0.5):
            peak[0] = max(peak[0], memory_of(site))

    sampler = threading.Thread(target=sample)
    sampler.start()
    with watch.watching():
        yield
    over.set()
    sampler.join()
    waits = sorted(watch.waits)
    answers = ", ".join(f"{count} {status}" for status, count in sorted(told["answers"].items()))
    told["others"] = dict(watch.person.answers)
    say(
        f"| {title} | {told['count']} | {answers or 'none'} | {waits[len(waits) // 2]:.0f} | {waits[-1]:.0f} | "
        f"{max(seconds_of(site) - seconds, 0):.1f} | {(temporary_bytes(site) - temporary) / 1e6:.0f} | {peak[0]} | "
        f"{told['received'] / 1e6:.1f} |"
    )


def attacked(site: Site, watch: Watch, attack: Attack, seconds: float, signed_in: dict[str, str]) -> list[str]:
    """Do it for so long; what was wrong."""
    attackers = [Attacker(site.port, dict(signed_in) if attack.is_signed_in else {}) for _ in range(attack.count)]
    until = time.monotonic() + seconds

    def go_on(attacker: Attacker) -> None:
        while time.monotonic() < until:
            attack.act(attacker)

    told: dict[str, Any] = {"count": attack.count, "answers": Counter(), "received": 0}
    with measured(site, watch, attack.title, told):
        threads = [threading.Thread(target=go_on, args=[attacker]) for attacker in attackers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told["answers"] = sum((attacker.answers for attacker in attackers), Counter[str]())
        told["received"] = sum(attacker.received for attacker in attackers)
    return wrong_with(attack.title, told)


def slowed(site: Site, watch: Watch, kind: str, count: int, seconds: float, cookie: str) -> list[str]:
    told: dict[str, Any] = {"count": count, "answers": Counter(), "received": 0}

    async def hold() -> None:
        path = "/transactions/download/" if kind == "reader" else "/auth/login/"
        async with slow.slow_clients(kind, count, site.port, path, cookie if kind == "reader" else ""):
            await asyncio.sleep(seconds)

    with measured(site, watch, f"slow: {kind}", told):
        asyncio.run(hold())
    return wrong_with(kind, told)


def wrong_with(title: str, told: dict[str, Any]) -> list[str]:
    wrong = [f"{title}: {told['answers']['500']} answers of 500"] if told["answers"]["500"] else []
    if told["others"].get("200", 0) < sum(told["others"].values()):
        wrong.append(f"{title}: somebody else got {json.dumps(told['others'])}")
    return wrong


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make attacks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6, help="of each attack")
    parser.add_argument("--rows", type=int, default=90_000, help="of three people")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", default="", help="attacks whose title has this in it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wealthwise attacks ") as folder, Site(Path(folder), options) as site:
        site.manage("seed", "--users", "3", "--transactions", str(options.rows), "--password", PASSWORD)
        watch, attacker = Watch(site.port), Attacker(site.port).sign_in("seed_1")
        with site.connect() as connection:
            victim = connection.execute(
                "SELECT (SELECT min(id) FROM account WHERE user_id = u.id), (SELECT count(*) FROM transaction WHERE "
                "user_id = u.id) FROM \"user\" u WHERE username = 'seed_1'"
            ).fetchone()
        heads = ("Attack", "connections", "its answers", "others p50, ms", "worst, ms", "processor, s", "temporary MB")
        say(f"| {' | '.join([*heads, 'MB', 'sent MB'])} |")
        say("|---|--:|---|--:|--:|--:|--:|--:|--:|")
        wrong, cookies = list[str](), attacker.cookies
        for attack in attacks(site.port, *(victim or (0, 0))):
            if options.only in attack.title:
                wrong += attacked(site, watch, attack, options.seconds, cookies)
        for kind, count in SLOW:
            if options.only in f"slow: {kind}":
                cookie = f"sessionid={cookies['sessionid']}"
                wrong += slowed(site, watch, kind, count, options.seconds, cookie)
    for line in wrong:
        say(f"Wrong: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
