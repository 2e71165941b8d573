"""What a client of WealthWise does with every operation: `generate_client.py` begins each client with this."""

import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

type Answer = tuple[int, str, bytes]
type Send = Callable[[str, str, dict[str, str], bytes | None], Answer]


class Refused(Exception):
    """The site said no: ``code`` is for programs, ``errors`` are sentences by the field."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail", "The site did not say why."))
        self.problem, self.status, self.code = problem, problem.get("status", 0), problem.get("code", "")
        self.errors: dict[str, list[str]] = problem.get("errors", {})


def over_the_network(method: str, url: str, headers: dict[str, str], data: bytes | None) -> Answer:
    """Status, kind of content, and body."""
    try:
        with urlopen(Request(url, data, headers, method=method), timeout=60) as answer:
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
    except HTTPError as error:
        return error.code, error.headers.get("Content-Type", ""), error.read()


def multipart(fields: dict[str, Any]) -> tuple[str, bytes]:
    """The kind of content and the body of a form with files in it, which are bytes."""
    mark, parts = uuid.uuid4().hex, []
    for name, value in fields.items():
        file = '; filename="statement"' if isinstance(value, bytes) else ""
        content = value if isinstance(value, bytes) else str(value).encode()
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(head.encode() + content)
    return f"multipart/form-data; boundary={mark}", b"\r\n".join([*parts, f"--{mark}--\r\n".encode()])


class Site:
    """Everything that a token of ``site``, such as https://money.example.org, may do."""

    def __init__(self, site: str, token: str, send: Send = over_the_network) -> None:
        self.base, self.token, self.send = site.rstrip("/"), token, send

    def ask(
        self, method: str, path: str, query: dict[str, Any], body: Any = None, *, form: bool = False, key: str = ""
    ) -> Any:
        """What the site answers; raises Refused."""
        given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
        asked = urlencode({name: value for name, value in given.items() if value is not None}, doseq=True)
        headers, data = {"Authorization": f"Bearer {self.token}"}, None
        if key:
            headers["Idempotency-Key"] = key
        if form:
            headers["Content-Type"], data = multipart(body)
        elif body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        address = f"{self.base}{path}?{asked}" if asked else f"{self.base}{path}"
        status, kind, content = self.send(method, address, headers, data)
        if status >= 400:
            raise Refused(json.loads(content) if "json" in kind else {"status": status})
        return json.loads(content) if "json" in kind and content else content
