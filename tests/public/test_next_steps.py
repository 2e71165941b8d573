"""Pages with nothing on them yet say what comes next, once."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import make_account, make_period

pytestmark = pytest.mark.django_db


def main_of(client: Client, name: str) -> str:
    return client.get(reverse(name)).content.decode().partition("<main")[2].partition("</main>")[0]


def test_a_dashboard_with_a_period_and_nothing_else(owner: User, owner_client: Client) -> None:
    make_period(owner)
    page = main_of(owner_client, "dashboard")
    assert "No transactions yet" in page
    make_account(owner)
    assert main_of(owner_client, "dashboard").count("No transactions yet") == 1


def test_a_transfer_without_two_accounts_leads_to_one(owner: User, owner_client: Client) -> None:
    make_account(owner, "One")
    assert reverse("accounts:add") in main_of(owner_client, "transactions:transfer")
    make_account(owner, "Two")
    assert reverse("accounts:add") not in main_of(owner_client, "transactions:transfer")


def test_the_first_period_has_one_button(owner: User, owner_client: Client) -> None:
    assert main_of(owner_client, "budgets:periods").count(reverse("budgets:period_add")) == 1


@pytest.mark.parametrize(("client", "count"), [("staff_client", 2), ("owner_client", 0)])
def test_staff_find_the_console(request: pytest.FixtureRequest, client: str, count: int) -> None:
    page = request.getfixturevalue(client).get(reverse("dashboard"), follow=True).content.decode()
    assert page.count(f'href="{reverse("admin:index")}"') == count
