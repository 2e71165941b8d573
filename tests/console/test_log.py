"""The log of actions cannot be rewritten, and what it says survives the users it is about."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.models import User
from wealthwise.console.access import audit
from wealthwise.console.models import ConsoleLog

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE console_log SET reason = 'better'",
        "DELETE FROM console_log",
        "DELETE FROM console_log WHERE false",
    ],
)
def test_the_database_refuses_to_change_it(sql: str, owner: User, staff: User) -> None:
    audit.record(actor=staff, action="unmask", person=owner, reason="Ticket 5")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert ConsoleLog.objects.get().reason == "Ticket 5"


def test_an_entry_is_cut_to_its_columns_and_outlives_both_people(owner: User, staff: User) -> None:
    audit.record(actor=staff, action="unmask", target="x" * 300, person=owner, reason="y" * 900)
    uuids = staff.uuid, owner.uuid
    owner.delete()
    staff.delete()
    entry = ConsoleLog.objects.get()
    assert (entry.actor_uuid, entry.person_uuid, entry.actor) == (*uuids, "staff")
    assert (len(entry.target), len(entry.reason)) == (100, 300)


def test_entries_carry_the_id_of_their_request(owner: User, staff_client: Client) -> None:
    staff_client.post(
        "/console/people/restore/",
        {"id": owner.pk, "reason": "Ticket 7"},
        headers={"X-Request-ID": "proxy-12345"},
    )
    assert ConsoleLog.objects.get().request_id == "proxy-12345"


@pytest.mark.parametrize("find", ["owner", "owner@example.com", "uuid", "id"])
def test_an_auditor_finds_entries_of_a_person(
    find: str, owner: User, stranger: User, staff: User, auditor_client: Client
) -> None:
    mine = audit.record(actor=staff, action="suspend", person=owner)
    audit.record(actor=staff, action="suspend", person=stranger)
    term = {"uuid": str(owner.uuid), "id": str(mine.pk)}.get(find, find)
    page = auditor_client.get("/console/ops/consolelog/", {"q": term})
    assert list(page.context["cl"].result_list) == [mine]
    assert auditor_client.get(f"/console/ops/consolelog/{mine.pk}/change/").status_code == 200
    assert auditor_client.post(f"/console/ops/consolelog/{mine.pk}/change/", {}).status_code == 403
    assert auditor_client.post(f"/console/ops/consolelog/{mine.pk}/delete/", {"post": "yes"}).status_code == 403
