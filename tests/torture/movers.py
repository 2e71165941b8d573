"""Somebody who takes a ledger away and brings it back, over and over, and those who leave for good."""

import contextlib
import threading
import time

from tests.torture.people import Person, Unanswered


class Restorer(Person):
    """Empties the ledger and restores it from an export of the beginning."""

    export = b""

    def live(self, over: threading.Event) -> None:
        while not over.is_set():
            with contextlib.suppress(Unanswered):
                self.there_and_back()
            time.sleep(self.chance.uniform(0, 2))

    def there_and_back(self) -> None:
        if "sessionid" not in self.client.session:
            self.sign_in()
        if not self.export:
            status, _, content = self.ask(
                "GET", "/accounts/settings/data/export/json/", **{"Accept-Encoding": "identity"}
            )
            self.export = content if status == 200 else b""
            return
        self.journal.note(do="try to empty", person=self.id)
        if self.send("/accounts/settings/data/reset/", {"password": self.PASSWORD}, "reset"):
            self.journal.note(do="empty", person=self.id)
        self.journal.note(do="try to restore", person=self.id)
        try:
            where = self.client.upload("/accounts/settings/data/import/", {}, "export.json", self.export)
        except Exception:
            self.client.connection.close()
            self.client.session.pop("sessionid", None)
            raise Unanswered from None
        if "/dashboard/" in where:
            self.journal.note(do="restore", person=self.id)


class Leaver(Person):
    """Deletes the account and everything in it."""

    def leave(self) -> None:
        self.journal.note(do="try to leave", person=self.id)
        said = {"password": self.PASSWORD, "phrase": "delete my account"}
        for _ in range(3):
            with contextlib.suppress(Unanswered):
                self.sign_in()
                where = self.client_post("/accounts/settings/delete/", said)
                if where is not None and "/auth/login" not in where:
                    self.journal.note(do="leave", person=self.id)
                return


def leave_in_turn(people: "list[Leaver]", over: threading.Event) -> None:
    for person in people:
        if over.wait(person.chance.uniform(5, 15)):
            return
        with contextlib.suppress(Unanswered):
            person.leave()
