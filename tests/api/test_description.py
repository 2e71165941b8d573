"""What the site answers is what its description says, whatever is sent that the description allows.

``API_EXAMPLES=200`` draws more of each operation than the usual few.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from allauth.core.internal.ratelimit import Rate
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from tests.api.programs import program_of
from tests.factories import make_account, make_period, make_subcategory, make_transaction
from transactions.tags.services import add_tag
from wealthwise.api.site.reference import document

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("API_EXAMPLES", "3"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """As the client of Django's tests does: a request leaves the connection open, in whose transaction a test is."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def keys(owner: User) -> dict[str, Any]:
    """Rows of the owner by the names that addresses have for them."""
    account, food = make_account(owner, "Current", "100"), make_subcategory(owner)
    row = make_transaction(owner, account=account, subcategory=food)
    return {
        "account_id": account.pk, "category_id": food.category_id, "subcategory_id": food.pk,
        "transaction_id": row.pk, "tag_id": add_tag(user=owner, name="Trip").pk, "period_id": make_period(owner).pk,
    }  # fmt: skip


def test_answers_are_as_described(owner: User, keys: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wealthwise.api.authentication.RATE", Rate(10**6, 60, "key"))
    headers = {"Authorization": f"Bearer {program_of(owner).token}", "Accept-Encoding": "identity"}
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    told, wrong = set[str](), list[str]()
    for found in described.get_all_operations():
        operation: Any = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, database=None, derandomize=True)
        def asked(case: Any) -> None:
            case.path_parameters.update({name: keys[name] for name in case.path_parameters if name in keys})
            with transaction.atomic():
                answer = case.call(headers=headers)
                transaction.set_rollback(True)
            told.add(f"{case.method} {case.path}")
            if answer.status_code in (401, 429):
                wrong.append(f"{case.method} {case.path} answers {answer.status_code}")
            case.validate_response(answer, checks=CHECKS, headers=headers)

        asked()
    assert wrong == []
    assert len(told) == sum(len(methods) for methods in document()["paths"].values())
