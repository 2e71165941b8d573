"""Staff of each kind, signed in, and the addresses of the console."""

import importlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from accounts.models import User
from tests.factories import make_user, signed_in

CONSOLE = "/console/"
PAGES = [CONSOLE, "/console/health/", "/console/plan/", "/console/views/"]


def make_groups() -> None:
    """As the migrations did: a test that empties the database takes the groups along."""
    editor = SimpleNamespace(connection=connection)
    importlib.import_module("wealthwise.console.migrations.0003_groups").create(apps, editor)
    importlib.import_module("wealthwise.console.migrations.0005_groups_see_all_rows").add(apps, editor)


def member(group: str) -> User:
    """Somebody of the staff with the rights of ``group`` and no others."""
    if not Group.objects.filter(name=group).exists():
        make_groups()
    user = make_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def support(db: None) -> Any:
    return member("support")


@pytest.fixture
def operator(db: None) -> Any:
    return member("operator")


@pytest.fixture
def auditor(db: None) -> Any:
    return member("auditor")


@pytest.fixture
def support_client(support: User) -> Client:
    return signed_in(support)


@pytest.fixture
def operator_client(operator: User) -> Client:
    return signed_in(operator)


@pytest.fixture
def auditor_client(auditor: User) -> Client:
    return signed_in(auditor)
