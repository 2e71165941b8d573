"""Programs of a person: clients with a token."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from wealthwise.api.tokens.services import make_token


class Program:
    """Asks the API with one token; bodies are JSON, and nothing is remembered between two requests."""

    def __init__(self, token: str = "") -> None:
        self.token = token

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        query = path if path.startswith("/") else f"/api/v1/{path}"
        return Client(enforce_csrf_checks=True).generic(method, query, **encoded(body), headers=headers)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("PATCH", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.ask("DELETE", path, **headers)


def encoded(body: Any) -> dict[str, Any]:
    """As JSON, or as a form where there is a file among it."""
    if body is None:
        return {}
    files = {name: value for name, value in body.items() if isinstance(value, bytes)}
    if not files:
        return {"data": json.dumps(body), "content_type": "application/json"}
    sent = body | {name: SimpleUploadedFile("statement.csv", value) for name, value in files.items()}
    return {"data": encode_multipart(BOUNDARY, sent), "content_type": MULTIPART_CONTENT}


def program_of(user: User, scope: str = "write") -> Program:
    return Program(make_token(user=user, name="A script", scope=scope, days=30))
