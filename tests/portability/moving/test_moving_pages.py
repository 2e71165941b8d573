"""The pages of a move: looked at in a job, moved in by another, taken back; and nobody else sees any of it."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from accounts.models import Account, User
from tests.factories import make_user, signed_in
from tests.portability.export.households import export, told
from tests.portability.moving import households
from transactions.jobs import turns
from transactions.models import ImportBatch, Job, JobChunk, Transaction
from wealthwise.core.caching import forget
from wealthwise.portability.export.services import contents, reset, restore
from wealthwise.portability.moving import services

START = "/moving-in/"


@pytest.fixture(autouse=True)
def started(monkeypatch: Any) -> list[str]:
    """The processes that would have been started; none is."""
    found: list[str] = []
    monkeypatch.setattr(turns, "start_command", found.append)
    return found


@pytest.fixture
def mover(db: None) -> User:
    return make_user("mover", currency="EUR", country="DE")


def send(client: Client, content: bytes, name: str = "export.bin") -> Any:
    return client.post(START, {"file": SimpleUploadedFile(name, content)})


def worked(client: Client, answer: Any) -> str:
    """The page that a job leads to, once it is done."""
    call_command("work", stdout=io.StringIO())
    return str(client.get(answer.url, headers={"HX-Request": "true"}).headers.get("HX-Redirect", ""))


@pytest.mark.django_db(transaction=True)
def test_looked_at_moved_in_and_taken_back_by_its_owner_alone(mover: User) -> None:
    client, others = (
        signed_in(mover),
        [signed_in(make_user("stranger")), signed_in(make_user("staff", is_superuser=True))],
    )
    look = worked(client, send(client, households.actual(), "statement.csv"))
    assert look == f"/moving-in/look/{Job.objects.get().pk}/"
    assert contents(user=mover) == {}
    page = client.get(look).content.decode()
    assert "Both sides are equal to the cent" in page
    assert "565,00" in page
    assert "Rules" in page.partition('id="no-place"')[2]
    assert [other.get(look).status_code for other in others] == [404, 404]
    assert [other.post(look).status_code for other in others] == [404, 404]
    page_of_move = worked(client, client.post(look))
    batch = ImportBatch.objects.get()
    assert page_of_move == f"/moving-in/{batch.pk}/"
    assert "Both sides are equal to the cent" in client.get(page_of_move).content.decode()
    assert not JobChunk.objects.exists(), "what was sent is no longer kept"
    assert client.get(look).content.decode().count("Send it again") == 1
    assert client.post(look).url == START
    assert client.get(f"/transactions/import/{batch.pk}/").url == page_of_move
    assert client.get(f"/transactions/import/{batch.pk}/revert/").url == f"{page_of_move}back/"
    assert client.post(f"/transactions/import/{batch.pk}/revert/").url == f"{page_of_move}back/"
    assert "statement.csv" in client.get(START).content.decode()
    for path in (page_of_move, f"{page_of_move}back/"):
        assert [other.get(path).status_code for other in others] == [404, 404]
    assert [other.post(f"{page_of_move}back/").status_code for other in others] == [404, 404]
    assert Transaction.objects.filter(user=mover).count() == 13
    assert "Remove the 13 rows" in client.get(f"{page_of_move}back/").content.decode()
    assert client.post(f"{page_of_move}back/").url == START
    assert contents(user=mover) == {}


@pytest.mark.django_db(transaction=True)
def test_what_is_no_export_is_told_and_moved_in_twice_adds_nothing(mover: User) -> None:
    client = signed_in(mover)
    assert client.post(START).status_code == 422
    answer = send(client, b"Date,Amount\n2026-01-01,5\n")
    assert worked(client, answer) == ""
    assert "None of these files is an export that is known" in client.get(answer.url).content.decode()
    for added in (13, 0):
        look = worked(client, send(client, households.hledger()))
        before = Transaction.objects.count()
        worked(client, client.post(look))
        assert Transaction.objects.count() - before == added
    assert ImportBatch.objects.count() == 1


@pytest.mark.django_db
def test_a_move_asks_before_it_takes_what_agrees_with_the_bank_or_half_of_a_transfer(mover: User) -> None:
    _, batch = services.move_in(user=mover, sent=households.sent("firefly"))
    assert batch is not None
    client, path = signed_in(mover), f"{START}{batch.pk}/back/"
    leg = Transaction.objects.filter(user=mover).exclude(transfer_id=None).first()
    assert leg is not None
    of_move = {"import_batch": batch, "fingerprint": leg.fingerprint, "occurrence": leg.occurrence}
    Transaction.objects.filter(pk=leg.pk).update(**dict.fromkeys(of_move))
    answer = client.post(path)
    assert (answer.status_code, Transaction.objects.filter(user=mover).count()) == (422, 13)
    assert "one side of a transfer" in answer.content.decode()
    Transaction.objects.filter(pk=leg.pk).update(**of_move)
    Account.objects.filter(user=mover).update(reconciled_to="2026-01-01")
    forget(mover.pk)
    answer = client.post(path)
    assert (answer.status_code, Transaction.objects.filter(user=mover).count()) == (409, 13)
    assert client.post(path, {"agreed": "1"}).url == START
    assert contents(user=mover) == {}


@pytest.mark.django_db
def test_a_move_goes_out_with_the_export_and_can_be_taken_back_where_it_comes_in(mover: User) -> None:
    services.move_in(user=mover, sent=households.sent("gnucash xml"))
    before = export(mover)
    reset(user=mover)
    restore(user=mover, chunks=lambda: [before])
    assert told(export(mover)) == told(before)
    services.take_back(batch=ImportBatch.objects.get(user=mover))
    assert contents(user=mover) == {}
