"""Who gets into the console, and what each group of staff may do there."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.console.conftest import PAGES, make_groups
from tests.factories import make_transaction, make_user
from wealthwise.console.models import ConsoleJob, ConsoleLog
from wealthwise.console.people.services import ACTIONS
from wealthwise.console.screens.owned import OwnedAdmin

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "/console",
    *PAGES,
    "/console/login/",
    "/console/logout/",
    "/console/password_change/",
    "/console/autocomplete/",
    "/console/jsi18n/",
    "/console/accounts/user/",
    "/console/accounts/user/1/change/",
    "/console/transactions/transaction/",
    "/console/ops/consolelog/",
    "/console/jobs/1/",
    "/console/people/erase/",
    "/console/unmask/1/",
    "/console/no-such-page/",
]


def text_of(response: Any) -> str:
    """Without what differs from answer to answer."""
    return re.sub(r"\b\w{64}\b", "", response.content.decode())


@pytest.mark.parametrize("path", ADDRESSES)
def test_the_console_does_not_exist_for_others(path: str, owner: User, owner_client: Client) -> None:
    unknown = owner_client.get("/no-such-page/")
    for response in (owner_client.get(path), owner_client.post(path, {"id": owner.pk})):
        assert response.status_code == 404
        assert text_of(response) == text_of(unknown)


@pytest.mark.parametrize("path", ADDRESSES)
def test_who_is_not_signed_in_is_sent_to_the_ordinary_sign_in(path: str, client: Client) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response.url.startswith("/auth/login/?next=/console")


def test_staff_without_a_group_see_no_figures_of_the_database(client: Client) -> None:
    clerk = make_user("clerk", is_staff=True)
    client.force_login(clerk)
    front = client.get("/console/")
    assert (front.status_code, front.context["notices"], front.context["last_actions"]) == (200, [], [])
    for path in PAGES[1:]:
        assert client.get(path).status_code == 403
    assert client.get("/console/transactions/transaction/").status_code == 403


def test_the_sign_in_address_leads_staff_on(staff_client: Client) -> None:
    assert staff_client.get("/console/login/").url == "/console/"


def test_staff_may_have_to_carry_a_second_factor(staff_client: Client, settings: Any) -> None:
    settings.STAFF_REQUIRE_MFA = True
    assert staff_client.get("/console/health/").url == "/auth/2fa/"


# Groups

SEEN = {
    "support": {"accounts_user", "transactions_transaction", "budgets_budget"},
    "operator": {"accounts_user", "transactions_transaction", "budgets_budget", "ops_consolelog", "ops_consolejob"},
    "auditor": {"accounts_user", "transactions_transaction", "budgets_budget", "ops_consolelog", "ops_consolejob"},
}


@pytest.mark.parametrize("group", SEEN)
def test_a_group_sees_its_screens(group: str, request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue(f"{group}_client")
    for name in ("accounts_user", "transactions_transaction", "budgets_budget", "ops_consolelog", "ops_consolejob"):
        expected = 200 if name in SEEN[group] else 403
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == expected, name
    for path in PAGES:
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("group", SEEN)
def test_a_group_sees_all_rows_of_people(group: str, request: pytest.FixtureRequest) -> None:
    """A screen that comes anew is given to the groups by a migration; sums are what only some look at."""
    person, client = request.getfixturevalue(group), request.getfixturevalue(f"{group}_client")
    names = [
        f"{model._meta.app_label}.view_{model._meta.model_name}"
        for model, screen in admin.site._registry.items()
        if isinstance(screen, OwnedAdmin) and model._meta.app_label in ("transactions", "budgets")
    ]
    assert [name for name in names if not person.has_perm(name)] == (
        ["transactions.view_spendingsummary"] if group == "support" else []
    )
    for name in ("transactions_rule", "transactions_balancecheck", "budgets_schedule"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200, name


@pytest.mark.parametrize("group", SEEN)
def test_no_group_adds_changes_or_deletes_rows(group: str, owner: User, request: pytest.FixtureRequest) -> None:
    client, row = request.getfixturevalue(f"{group}_client"), make_transaction(owner)
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"admin:{name}_add")).status_code == 403, name
    for path in (f"accounts/user/{owner.pk}", f"transactions/transaction/{row.pk}"):
        assert client.post(f"/console/{path}/change/", {"first_name": "X"}).status_code == 403
        assert client.post(f"/console/{path}/delete/", {"post": "yes"}).status_code == 403
    owner.refresh_from_db()
    assert owner.first_name == "Owner"


MAY = {
    "support": {"verify-email", "send-reset", "end-sessions"},
    "operator": set(ACTIONS),
    "auditor": set(),
}


@pytest.mark.parametrize("group", MAY)
@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_do_what_about_people(group: str, action: str, owner: User, request: pytest.FixtureRequest) -> None:
    client, allowed = request.getfixturevalue(f"{group}_client"), action in MAY[group]
    address = f"/console/people/{action}/?id={owner.pk}"
    assert client.get(address).status_code == (200 if allowed else 403)
    offered = client.get(f"/console/accounts/user/{owner.pk}/change/").content.decode()
    assert (f'value="{action.replace("-", "_")}"' in offered) is allowed


def test_support_is_refused_what_operators_do_and_nothing_changes(owner: User, support_client: Client) -> None:
    fields = {"id": owner.pk, "reason": "Because I can", "confirmation": "owner"}
    before = User.objects.filter(pk=owner.pk).values().get()
    for address, data in (
        ("/console/people/suspend/", fields),
        ("/console/people/restore/", fields),
        ("/console/people/erase/", fields),
        ("/console/health/maintain/", {"action": "reindex", "target": "account"}),
        ("/console/health/statements/reset/", {}),
        ("/console/views/refresh/", {}),
        ("/console/views/check/", {}),
        ("/console/views/repair/", {}),
    ):
        assert support_client.post(address, data).status_code == 403, address
    assert User.objects.filter(pk=owner.pk).values().get() == before
    assert not ConsoleJob.objects.exists()
    assert not ConsoleLog.objects.exists()


def test_support_is_offered_no_button_that_refuses(support_client: Client) -> None:
    health, views = (support_client.get(path).content.decode() for path in ("/console/health/", "/console/views/"))
    assert "/console/health/maintain/" not in health
    assert "Reset the statistics" not in health
    assert "/console/views/refresh/" not in views


def test_the_groups_are_made_once_and_keep_what_is_added() -> None:
    make_groups()
    make_groups()
    assert sorted(Group.objects.values_list("name", flat=True)) == ["auditor", "operator", "support"]
    held = Group.objects.get(name="auditor").permissions.values_list("codename", flat=True)
    assert {"view_consolelog", "view_health", "view_transaction"} <= set(held)
    assert not [name for name in held if not name.startswith("view_")]
