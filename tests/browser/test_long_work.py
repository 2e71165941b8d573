"""Long work as people see it: a page that waits by itself, and leads on."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations
from tests.factories import make_account, make_user
from tests.transactions.importing.helpers import COFFEES, booked
from transactions.importing import readings
from transactions.jobs import turns, worker
from wealthwise.portability.export import jobs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _all_work_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test is the process that works."""
    monkeypatch.setattr(turns, "start_command", lambda name: None)
    monkeypatch.setattr(readings, "LONG", 10)
    monkeypatch.setattr(jobs, "SMALL_ROWS", 0)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_statement_and_a_long_export(open_page: Any, width: int) -> None:
    user = make_user("reader")
    make_account(user, "Everyday")
    page = open_page(user, width=width, height=844)
    page.goto("/transactions/import/")
    assert axe_violations(page) == []
    page.set_input_files("input[name=file]", [{"name": "bank.csv", "mimeType": "text/csv", "buffer": COFFEES}])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Waiting for its turn.")).to_be_visible()
    assert axe_violations(page) == []
    worker.work_off()
    page.wait_for_url("**/columns/")  # by itself
    page.locator("main form[method=post] button.btn-primary").first.click()
    page.wait_for_url("**/jobs/*/")
    worker.work_off()
    page.wait_for_url("**/check/")
    page.get_by_role("button", name=re.compile("^Import 3")).click()
    page.wait_for_url("**/jobs/*/")
    worker.work_off()
    page.wait_for_url(re.compile(r"/transactions/import/\d+/$"))
    expect(page.get_by_text("3 added, 0 already there").first).to_be_visible()
    assert len(booked(user)) == 3
    page.goto("/accounts/settings/data/")
    page.get_by_role("link", name="Download as JSON").click()
    page.wait_for_url("**/jobs/*/")
    worker.work_off()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    assert download.value.suggested_filename.endswith(".json")
    assert axe_violations(page) == []
    page.goto("/accounts/settings/data/")
    expect(page.get_by_role("link", name="Download", exact=True)).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_role("link", name="Download as CSV").click()
    page.wait_for_url("**/jobs/*/")
    page.get_by_role("button", name="Stop it").click()
    page.wait_for_url("**/accounts/settings/data/")
    expect(page.get_by_text("Stopped. Nothing was changed.").first).to_be_visible()
