"""The role of pages does what pages do, and nothing that only an owner may."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from environ import Env

from accounts.models import User
from tests.console.conftest import member
from tests.databases import administrator
from tests.factories import PASSWORD, make_user, signed_in
from transactions.models import Transaction
from wealthwise.demo import sample_data
from wealthwise.devserver import server
from wealthwise.devserver.layout import WEB_USER
from wealthwise.devserver.roles import give_rights

REFUSED = [
    "CREATE TABLE mine (id int)",
    "DROP TABLE saved_filter",
    "ALTER TABLE console_log DISABLE TRIGGER ALL",
    "DELETE FROM console_log",
    "UPDATE console_log SET reason = ''",
    "DELETE FROM django_migrations",
    "TRUNCATE rate_limit",
    "SET session_replication_role = replica",
    "CREATE ROLE another SUPERUSER",
    "ALTER ROLE wealthwise_web SUPERUSER",
    "SET ROLE wealthwise",
    "COPY (SELECT 1) TO '/tmp/out'",
    "SELECT pg_read_file('/etc/passwd')",
    "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "REFRESH MATERIALIZED VIEW user_spending_summary",
]


@pytest.fixture
def as_web(transactional_db: None) -> Iterator[None]:
    """The test's own connection, as the role of pages from here on."""
    with administrator(connection.settings_dict["NAME"]) as owner:
        owner_name = owner.execute("SELECT current_user").fetchone()[0]  # type: ignore[index]  # one row
        give_rights(owner, owner=owner_name)
        give_rights(owner, owner=owner_name)  # as each start does
    usual = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = WEB_USER
    yield
    connection.close()
    connection.settings_dict["USER"] = usual


@pytest.mark.django_db(transaction=True)
def test_pages_and_the_console_work(as_web: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (WEB_USER, False)
    user, client = make_user("owner"), Client()
    client.post(reverse("account_login"), {"login": "owner", "password": PASSWORD})
    sample_data.build(user, timezone.localdate())
    names = (
        "dashboard",
        "transactions:list",
        "budgets:budget",
        "reports:spending",
        "accounts:settings",
        "data:overview",
    )
    assert {name: client.get(reverse(name)).status_code for name in names} == dict.fromkeys(names, 200)
    fields = {"direction": "expense", "amount": "12.50", "description": "By the web", "date": "2026-03-15"}
    assert (
        client.post(reverse("transactions:add"), {**fields, "account": user.accounts.all()[0].pk}).status_code == 302
    )
    assert Transaction.objects.filter(description="By the web").exists()
    answer = client.get(reverse("data:download", args=["json"]))
    assert b"By the web" in b"".join(answer.streaming_content)
    assert client.get("/readyz").status_code == 200
    staff = signed_in(member("operator"))
    pages = ("/console/", "/console/health/", "/console/plan/", "/console/views/", "/console/accounts/user/")
    assert {page: staff.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
    gone = client.post(reverse("accounts:erase"), {"password": PASSWORD, "phrase": "delete my account"})
    assert (gone.status_code, User.objects.filter(username="owner").exists()) == (302, False)


@pytest.mark.django_db(transaction=True)
def test_what_only_an_owner_may_is_refused(as_web: None) -> None:
    for statement in REFUSED:
        refused = pytest.raises(ProgrammingError, match=r"(?i)permission denied|must be")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_embedded_address_of_pages_is_that_role() -> None:
    found = server.urls(server.HOME)
    assert found.web_url == found.database_url.replace("postgres://wealthwise@", f"postgres://{WEB_USER}@")


@pytest.mark.django_db
def test_an_owner_of_ones_own_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from wealthwise import checks

    assert checks.web_owns_nothing(databases=["default"]) == []
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@db.example/wealthwise")
    assert [message.id for message in checks.web_owns_nothing(databases=["default"])] == ["wealthwise.W007"]


def test_the_role_is_there_after_a_start(tmp_path: Any) -> None:
    with server.ensure(tmp_path):
        found = Env.db_url_config(server.urls(tmp_path).web_url)
        address = {"host": found["HOST"], "port": found["PORT"], "user": found["USER"], "dbname": found["NAME"]}
        with psycopg.connect(**address) as web:
            assert web.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    server.stop(tmp_path)
