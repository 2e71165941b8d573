"""The console in Chromium: its own pages at both sizes and in both themes, and its main clicks."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from playwright.sync_api import expect

from tests.browser.conftest import faults_in_each_look
from tests.console.conftest import make_groups
from tests.factories import make_account, make_transaction, make_user
from wealthwise.console.jobs import runner
from wealthwise.console.models import ConsoleJob, ConsoleLog
from wealthwise.console.people import services
from wealthwise.operations import maintenance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss() -> Any:
    make_groups()
    return make_user("boss", is_staff=True, is_superuser=True)


def test_the_pages_of_the_console(open_page: Any, boss: Any) -> None:
    owner = make_user("owner")
    row = make_transaction(owner, account=make_account(owner))
    ConsoleJob.objects.create(kind="check", actor="boss", actor_uuid=boss.uuid, done_steps=1, total_steps=3)
    ConsoleLog.objects.create(actor="boss", actor_uuid=boss.uuid, action="unmask", person_uuid=owner.uuid)
    page = open_page(boss)
    faults = []
    for path in (
        "",
        "health/",
        "plan/",
        "views/",
        f"people/suspend/?id={owner.pk}",
        f"people/erase/?id={owner.pk}",
        f"unmask/{owner.pk}/",
        "transactions/transaction/?q=owner",
        f"transactions/transaction/{row.pk}/change/",
        "accounts/user/",
        f"accounts/user/{owner.pk}/change/",
        "ops/consolelog/",
    ):
        answer = page.goto(f"/console/{path}")
        if answer.status != 200:
            faults.append(f"{path}: status {answer.status}")
        faults += [f"{path}: {fault}" for fault in faults_in_each_look(page)]
        faults += [f"{path}: {violation}" for violation in page.evaluate("window.__violations")]
    assert "\n".join(faults) == ""


def test_a_refresh_is_watched_until_it_has_ended(open_page: Any, boss: Any, monkeypatch: Any) -> None:
    """The job's process is played by the test: the page asks again by itself and says how it ended."""
    monkeypatch.setattr(runner, "launch", lambda job_id: None)
    page = open_page(boss)
    page.goto("/console/views/")
    page.get_by_role("button", name="Refresh the view").click()
    expect(page.get_by_text("Starting")).to_be_visible()
    done = runner.run(ConsoleJob.objects.get().pk)
    assert done is not None
    expect(page.locator(f"#job-{done.pk}").get_by_text("Done")).to_be_visible()
    expect(page.locator(f"#job-{done.pk}")).to_contain_text("rows in")


def test_a_person_is_suspended_from_their_page(open_page: Any, boss: Any) -> None:
    owner = make_user("owner")
    page = open_page(boss, width=390, height=844)
    page.goto(f"/console/accounts/user/{owner.pk}/change/")
    page.get_by_label("Action").select_option(label="Suspend")
    page.get_by_role("button", name="Run").click()
    page.get_by_label("Reason").fill("Ticket 4711")
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("Suspend: done for 1 of 1.")).to_be_visible()
    owner.refresh_from_db()
    assert not owner.is_active
    assert ConsoleLog.objects.get().reason == "Ticket 4711"


@pytest.mark.parametrize("action", [*services.ACTIONS.values(), services.EXPORT], ids=lambda action: action.name)
def test_each_action_about_a_person_leaves_its_entry(open_page: Any, boss: Any, action: services.Action) -> None:
    owner = make_user("owner", is_active=action.name != "restore")
    EmailAddress.objects.filter(user=owner).update(verified=False)
    page = open_page(boss)
    page.goto(f"/console/accounts/user/{owner.pk}/change/")
    page.get_by_label("Action").select_option(label=action.title)
    page.get_by_role("button", name="Run").click()
    page.get_by_label("Reason").fill(f"Ticket of {action.name}")
    if action.single:
        page.get_by_label("username").fill("owner")
    button = page.get_by_role("button", name=action.title)
    if action is services.EXPORT:
        with page.expect_download() as download:
            button.click()
        assert download.value.suggested_filename == f"{owner.uuid}.json"
    else:
        button.click()
        expect(page.get_by_text(f"{action.title}: done for 1 of 1.")).to_be_visible()
    entry = ConsoleLog.objects.get()
    assert (entry.action, entry.actor, entry.person_uuid) == (action.name, "boss", owner.uuid)
    assert entry.reason == f"Ticket of {action.name}"


@pytest.mark.parametrize("kind", ["analyze", "vacuum", "reindex"])
def test_each_maintenance_leaves_its_entry(open_page: Any, boss: Any, kind: str, monkeypatch: Any) -> None:
    """The job's process is played by the test."""
    monkeypatch.setattr(runner, "launch", lambda job_id: None)
    page = open_page(boss)
    page.goto("/console/health/")
    page.locator(f"form.row-buttons button[value={kind}]").first.click()
    expect(page.get_by_text("Starting").first).to_be_visible()
    job = ConsoleJob.objects.get()
    assert job.kind == kind
    assert job.target in {table.name for table in maintenance.tables(connection)}
    assert ConsoleLog.objects.filter(actor="boss", action__contains=kind).count() == 1
    done = runner.run(job.pk)
    assert done is not None
    assert done.outcome == "done"


def test_amounts_are_shown_for_a_reason(open_page: Any, boss: Any) -> None:
    owner = make_user("owner")
    make_transaction(owner, "-432.10", description="Private matter")
    page = open_page(boss)
    page.goto("/console/transactions/transaction/?q=owner")
    expect(page.get_by_text("Private matter")).to_have_count(0)
    page.get_by_role("link", name="Show amounts of owner").click()
    page.get_by_label("Reason").fill("Ticket 12")
    page.get_by_role("button", name="Show them").click()
    expect(page.get_by_text("Private matter")).to_be_visible()
    expect(page.get_by_text("-432.10")).to_be_visible()
