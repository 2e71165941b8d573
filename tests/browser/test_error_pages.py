"""Error pages in Chromium through the real handlers: readable and accessible, at both sizes, in both themes."""

from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.browser.conftest import axe_violations, faults_in_each_look
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("signed_in", [False, True])
def test_refusals(open_page: Any, signed_in: bool) -> None:
    user = make_user("lost") if signed_in else None
    page = open_page(user)
    for address, status in (("/nowhere/", 404), ("/theme/", 405 if signed_in else 200), ("/offline/", 200)):
        answer = page.goto(address)
        assert answer.status == status
        assert list(faults_in_each_look(page)) == []


def test_a_form_without_its_token_leads_back(open_page: Any) -> None:
    page = open_page(make_user("slow"))
    page.goto("/transactions/categories/add/")
    page.evaluate("document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((field) => field.remove())")
    page.fill("main [name=name]", "Travel")
    page.press("main [name=name]", "Enter")
    page.wait_for_selector("text=That form was open for too long")
    assert axe_violations(page) == []
    page.get_by_role("link", name="Back to the page").click()
    page.wait_for_url("**/transactions/categories/add/")


def test_the_database_is_gone_and_comes_back(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(make_user("patient"))

    def unreachable(*args: Any, **options: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as gone:
        gone.setattr(BaseDatabaseWrapper, "cursor", unreachable)
        answer = page.request.get("/dashboard/", headers={"Accept": "text/html"})
    assert answer.status == 503
    page.set_content(answer.text())
    assert page.locator("h1").inner_text() == "Back in a moment"
    assert page.goto("/dashboard/").status == 200
