"""Every page in Chromium: both sizes, both themes, no policy violation, no axe violation, no sideways scroll."""

from typing import Any

import pytest
from django.urls import reverse

from tests.browser.conftest import SIZES, THEMES, axe_violations, scrolls_sideways
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PUBLIC = ["landing", "account_login", "account_signup", "account_reset_password", "help", "privacy", "terms"]
PRIVATE = [
    "dashboard",
    "transactions:list",
    "transactions:add",
    "transactions:transfer",
    "transactions:categories",
    "transactions:import",
    "budgets:budget",
    "budgets:periods",
    "budgets:period_add",
    "budgets:recurring",
    "accounts:list",
    "accounts:add",
    "accounts:settings",
    "account_change_password",
    "account_email",
    "mfa_index",
    "usersessions_list",
    "accounts:username",
    "accounts:erase",
    "data:overview",
    "data:restore",
    "data:reset",
]


def faults_of(open_page: Any, names: list[str], user: Any) -> list[str]:
    faults = []
    for width, height in SIZES:
        for theme in THEMES:
            page = open_page(user, width=width, height=height, theme=theme)
            for name in names:
                answer = page.goto(reverse(name))
                where = f"{name} {width} {theme}"
                if answer is None or answer.status != 200:
                    faults.append(f"{where}: status {answer and answer.status}")
                faults += [f"{where}: {violation}" for violation in axe_violations(page)]
                faults += [f"{where}: {violation}" for violation in page.evaluate("window.__violations")]
                if scrolls_sideways(page):
                    faults.append(f"{where}: scrolls sideways")
    return faults


def test_public_pages(open_page: Any) -> None:
    assert "\n".join(faults_of(open_page, PUBLIC, None)) == ""


def test_private_pages_of_a_household(open_page: Any) -> None:
    from django.utils import timezone

    from wealthwise.seeding import demo

    user = make_user("full", currency="ZAR", time_zone="Africa/Johannesburg")
    demo.build(user, timezone.localdate())
    assert "\n".join(faults_of(open_page, PRIVATE, user)) == ""


def test_private_pages_of_somebody_new(open_page: Any) -> None:
    assert "\n".join(faults_of(open_page, PRIVATE, make_user("empty"))) == ""
