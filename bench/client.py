"""One client: a process with one keep-alive connection, told what to do line by line on its input.

Processes and not threads, so that the server is measured and not the interpreter lock of the generator. A job is
a list of exchanges, gone through in turn until its seconds or its number of rounds are over; a round is what a
user waits for: one request, or the four of an import.
"""

import http.client
import json
import random
import re
import sys
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

BOUNDARY = "bench-7f3a"
ID = re.compile(r"/import/(\d+)/")
STATEMENT_LINES = 10_000


class Refused(Exception):
    """The server answered with something else than what was expected."""


class Client:
    """``session`` holds cookies by name; ``address`` stands for the user's own network address."""

    def __init__(self, host: str, port: int, session: dict[str, str], address: str) -> None:
        self.connection = http.client.HTTPConnection(host, port, timeout=300)
        self.session, self.address = session, address
        self.received = 0  # bytes of heads and bodies, as they came

    def exchange(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, bytes]:
        """Status, Location and body, which stays compressed when it came so."""
        sent = {"Accept-Encoding": "gzip", "X-Forwarded-For": self.address, **headers}
        if self.session:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.session.items())
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        content = answer.read()
        self.received += len(content) + sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            self.session[name] = rest.partition(";")[0]
        return answer.status, answer.headers.get("Location", ""), content

    def post(self, path: str, fields: dict[str, Any]) -> str:
        """Send a form; the address it leads to. Raises Refused when it was not taken."""
        data = {**fields, "csrfmiddlewaretoken": self.session.get("csrftoken", "")}
        body = urllib.parse.urlencode(data, doseq=True).encode()
        return self._sent(path, body, "application/x-www-form-urlencoded")

    def upload(self, path: str, fields: dict[str, str], name: str, content: bytes) -> str:
        data = {**fields, "csrfmiddlewaretoken": self.session.get("csrftoken", "")}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in data.items()
        ]
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()])
        return self._sent(path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def _sent(self, path: str, body: bytes, kind: str) -> str:
        status, location, _ = self.exchange("POST", path, body, **{"Content-Type": kind})
        if status != 302:
            raise Refused(f"POST {path}: {status}")
        return location

    def sign_in(self, path: str, login: str, password: str) -> None:
        """From the form to the first page, with a session of its own."""
        self.session.clear()
        self.exchange("GET", path)
        self.post(path, {"login": login, "password": password})
        if "sessionid" not in self.session:
            raise Refused(f"{login} was not signed in")


def get(client: Client, step: dict[str, Any]) -> None:
    status, _, _ = client.exchange("GET", step["path"], **step.get("headers", {}))
    if status != 200:
        raise Refused(f"GET {step['path']}: {status}")


def post(client: Client, step: dict[str, Any]) -> None:
    location = client.post(step["path"], step["fields"])
    if "/auth/" in location:
        raise Refused(f"POST {step['path']} led to {location}")


def sign_in(client: Client, step: dict[str, Any]) -> None:
    client.sign_in(step["path"], step["login"], step["password"])


def statement(chance: random.Random, lines: int = STATEMENT_LINES) -> bytes:
    """A statement nobody has imported yet, of descriptions that the ledger knows."""
    rows = (
        f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02},"
        f"Bench bakery {chance.randrange(40)},-{chance.randint(100, 99_999) / 100:.2f}\n"
        for _ in range(lines)
    )
    return ("Date,Description,Amount\n" + "".join(rows)).encode()


COLUMNS = {
    "delimiter": ",", "encoding": "utf-8", "has_header": "1", "skip_lines": "0", "date_column": "0",
    "date_format": "%Y-%m-%d", "amount_style": "signed", "amount_column": "2", "decimal_style": ".",
    "description_columns": ["1"],
}  # fmt: skip


def import_file(client: Client, step: dict[str, Any]) -> None:
    """Upload, columns, check, commit: what the browser sends."""
    content = statement(random.Random(), step.get("lines", STATEMENT_LINES))  # noqa: S311  nothing secret
    where = client.upload(step["path"], {"account": str(step["account"])}, "bench.csv", content)
    found = ID.search(where)
    if not found:
        raise Refused(f"The upload led to {where}")
    base = f"{step['path']}{found[1]}/"
    check = client.post(f"{base}columns/", COLUMNS)
    status, _, page = client.exchange("GET", check)
    if status != 200 or not page:
        raise Refused(f"GET {check}: {status}")
    client.post(f"{base}commit/", {})


STEPS = {"get": get, "post": post, "sign_in": sign_in, "import": import_file}


def rounds(client: Client, job: dict[str, Any]) -> Iterator[tuple[float, str]]:
    """Milliseconds of each round and what went wrong, "" for nothing."""
    end, steps = time.perf_counter() + job["seconds"], job["steps"]
    for number in range(job["most"]):
        step = steps[number % len(steps)]
        begun = time.perf_counter()
        if begun > end and number >= job.get("least", 1):
            return
        error = ""
        try:
            STEPS[step["do"]](client, step)
        except (Refused, OSError, http.client.HTTPException) as refusal:
            error = f"{type(refusal).__name__}: {refusal}"
            client.connection.close()
        yield (time.perf_counter() - begun) * 1000, error


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Warm the connection and the caches by one look, then run the job; times in milliseconds."""
    client = Client(job["host"], job["port"], dict(job["session"]), job["address"])
    if job.get("warm"):
        client.exchange("GET", job["warm"])
    client.received = 0
    begun = time.perf_counter()
    done = list(rounds(client, job))
    client.connection.close()
    return {
        "times": [ms for ms, error in done if not error],
        "errors": [error for _, error in done if error],
        "seconds": time.perf_counter() - begun,
        "bytes": client.received,
        "session": client.session,
    }


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(work(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
