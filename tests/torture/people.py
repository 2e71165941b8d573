"""Somebody who books, moves, deletes, imports and looks, and notes outside of the site what was acknowledged."""

import contextlib
import http.client
import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, Final

from bench.client import COLUMNS, ID, Client
from tests.torture.site import Site

TRIES: Final = 6  # of one write whose answer was lost
PATIENCE: Final = 45.0  # seconds for one answer


class Journal:
    """One line for each acknowledged write, on the disk before anybody goes on."""

    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, threading.Lock()
        self.entries: list[dict[str, Any]] = []

    def note(self, **entry: Any) -> None:
        with self.lock, self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file)
            self.entries.append(entry)


class Unanswered(Exception):
    """Nobody knows whether it was done."""


class Person:
    PASSWORD = "Torture-Crowd-2026!"

    def __init__(self, number: int, site: Site, journal: Journal, chance: random.Random) -> None:
        self.site, self.journal, self.chance = site, journal, chance
        self.name = f"seed_{number + 1}"
        self.client = Client("127.0.0.1", site.port, {}, "127.0.0.1")
        self.client.connection.timeout = PATIENCE
        self.answers: Counter[int] = Counter()
        self.lost_answers = 0
        self.unknown: list[str] = []  # marks of writes that never got an answer
        self.refusals: list[str] = []
        self.serial = 0
        with site.connect() as connection:
            row = connection.execute(
                'SELECT id, (SELECT array_agg(id ORDER BY id) FROM account WHERE user_id = u.id) '
                'FROM "user" u WHERE username = %s', [self.name],
            ).fetchone()  # fmt: skip
        assert row is not None
        self.id, self.accounts = row

    def live(self, over: threading.Event) -> None:
        doings = [(self.add, 6), (self.transfer, 2), (self.delete, 2), (self.move, 1), (self.import_file, 1),
                  (self.look, 5)]  # fmt: skip
        choices, weights = zip(*doings, strict=True)
        while not over.is_set():
            with contextlib.suppress(Unanswered):
                self.chance.choices(choices, weights)[0]()
            time.sleep(self.chance.uniform(0, 0.2))

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, bytes]:
        """One exchange; Unanswered when there is no answer, or one that says that nobody knows."""
        self.client.connection.timeout = PATIENCE
        try:
            status, location, content = self.client.exchange(method, path, body, **headers)
        except (OSError, http.client.HTTPException):
            self.lost_answers += 1
            self.client.connection.close()
            time.sleep(0.2)
            raise Unanswered from None
        self.answers[status] += 1
        if status >= 500:
            time.sleep(0.3)
            raise Unanswered
        return status, location, content

    def sign_in(self) -> None:
        for _ in range(60):
            with contextlib.suppress(Unanswered, Exception):
                self.client.sign_in("/auth/login/", self.name, self.PASSWORD)
                return
            self.client.connection.close()
            time.sleep(0.5)
        raise Unanswered

    def send(self, path: str, fields: dict[str, Any], mark: str) -> bool:
        """The same form until it is answered: whether it was taken. Its key makes a second one add nothing."""
        for _ in range(TRIES):
            if "sessionid" not in self.client.session:
                self.sign_in()
            try:
                location = self.client_post(path, fields)
            except Unanswered:
                continue
            if location is None:
                self.refusals.append(mark)
                return False
            if "/auth/login" not in location:
                return True
            self.client.session.pop("sessionid", None)
        self.unknown.append(mark)
        raise Unanswered

    def client_post(self, path: str, fields: dict[str, Any]) -> str | None:
        """Where it leads; None when it was refused."""
        from urllib.parse import urlencode

        data = {**fields, "csrfmiddlewaretoken": self.client.session.get("csrftoken", "")}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, location, _ = self.ask("POST", path, urlencode(data).encode(), **form)
        return location if status == 302 else None

    def mark(self, what: str) -> str:
        self.serial += 1
        return f"torture {what} {self.name} {self.serial}"

    def add(self) -> None:
        mark, cents = self.mark("row"), self.chance.randint(1, 99_999)
        fields = {
            "once": str(uuid.uuid4()), "direction": "expense", "amount": f"{cents / 100:.2f}",
            "description": mark, "date": self.day(), "account": self.chance.choice(self.accounts),
        }  # fmt: skip
        if self.send("/transactions/add/", fields, mark):
            self.journal.note(do="add", person=self.id, mark=mark, cents=-cents)

    def transfer(self) -> None:
        mark, cents = self.mark("transfer"), self.chance.randint(1, 99_999)
        source, target = self.chance.sample(self.accounts, 2)
        fields = {
            "once": str(uuid.uuid4()), "source": source, "target": target, "amount": f"{cents / 100:.2f}",
            "description": mark, "date": self.day(),
        }  # fmt: skip
        if self.send("/transactions/transfer/", fields, mark):
            self.journal.note(do="transfer", person=self.id, mark=mark, cents=cents)

    def delete(self) -> None:
        mine = [e for e in self.journal.entries if e["do"] == "add" and e["person"] == self.id]
        if not mine:
            return
        entry = self.chance.choice(mine[-50:])
        row = self.stored(
            "SELECT id FROM transaction WHERE user_id = %(user)s AND description = %(mark)s", mark=entry["mark"]
        )
        if not row:
            return
        self.journal.note(do="try to delete", person=self.id, mark=entry["mark"])
        if self.send(f"/transactions/{row[0]}/delete/", {"agreed": "1"}, entry["mark"]):
            self.journal.note(do="delete", person=self.id, mark=entry["mark"])

    def move(self) -> None:
        """Some rows into another subcategory or account at once; half of the time it is undone."""
        rows = self.stored(
            "SELECT id FROM transaction WHERE user_id = %(user)s AND description LIKE 'torture row %%' LIMIT 8"
        )
        to = self.stored("SELECT 's' || id FROM subcategory WHERE user_id = %(user)s UNION ALL "
                         "SELECT 'a' || id FROM account WHERE user_id = %(user)s")  # fmt: skip
        if not rows or not to:
            return
        ids = ",".join(str(pk) for pk in self.chance.sample(rows, self.chance.randint(1, len(rows))))
        sent = {"action": "move", "target": self.chance.choice(to), "ids": ids, "confirmed": "on", "agreed": "on"}
        self.send("/transactions/bulk/", {**sent, "seen": ids.count(",") + 1}, self.mark("move"))
        last = self.stored("SELECT max(id) FROM bulk_action WHERE user_id = %(user)s")[0]
        if last and self.chance.random() < 0.5:
            self.send("/transactions/bulk/undo/", {"action": last}, self.mark("undo"))

    def stored(self, statement: str, **values: Any) -> list[Any]:
        """The first column of what the database has of this person; Unanswered while it is away."""
        try:
            with self.site.connect() as connection:
                return [value for (value,) in connection.execute(statement, {"user": self.id, **values})]
        except Exception:
            raise Unanswered from None

    def import_file(self) -> None:
        mark, rows = self.mark("file"), self.chance.randint(20, 300)
        lines = [f"2024-{1 + n % 12:02}-{1 + n % 28:02},{mark} line {n},-{1 + n}.{n % 100:02}\n" for n in range(rows)]
        content = ("Date,Description,Amount\n" + "".join(lines)).encode()
        if "sessionid" not in self.client.session:
            self.sign_in()
        try:
            where = self.client.upload(
                "/transactions/import/", {"account": str(self.accounts[0])}, "torture.csv", content
            )
        except Exception:
            self.client.connection.close()
            self.client.session.pop("sessionid", None)
            raise Unanswered from None
        found = ID.search(where)
        if not found:
            self.client.session.pop("sessionid", None)
            return
        base = f"/transactions/import/{found[1]}/"
        fields = {key: value[0] if isinstance(value, list) else value for key, value in COLUMNS.items()}
        if self.send(f"{base}columns/", fields, mark) and self.send(f"{base}commit/", {"categorise": "on"}, mark):
            self.journal.note(do="import", person=self.id, mark=mark, rows=rows)
            if self.chance.random() < 0.3:
                self.journal.note(do="try to revert", person=self.id, mark=mark)
                if self.send(f"{base}revert/", {"agreed": "1"}, mark):
                    self.journal.note(do="revert", person=self.id, mark=mark)

    def look(self) -> None:
        if "sessionid" not in self.client.session:
            self.sign_in()
        paths = ["/dashboard/", "/transactions/", "/reports/", "/accounts/", "/transactions/?q=torture",
                 "/transactions/download/", "/healthz", "/budget/"]  # fmt: skip
        status, location, _ = self.ask("GET", self.chance.choice(paths))
        if status == 302 and "/auth/login" in location:
            self.client.session.pop("sessionid", None)

    def day(self) -> str:
        return f"2026-{self.chance.randint(1, 10):02}-{self.chance.randint(1, 28):02}"
