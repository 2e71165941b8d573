"""Packed exports: what goes out comes in, piece by piece, and what is damaged or has no end is refused."""

import gzip
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.factories import make_account, make_transaction, signed_in
from tests.portability.export.households import export, told
from transactions.jobs import turns
from transactions.models import Job
from wealthwise.portability.export import packed
from wealthwise.portability.export.json_reader import Broken
from wealthwise.portability.export.services import contents, restore

pytestmark = pytest.mark.django_db
DATA = "/accounts/settings/data/"


@pytest.fixture
def full(owner: User) -> User:
    account = make_account(owner, "Current", "100.00")
    for number in range(30):
        make_transaction(owner, f"-{number + 1}.50", account=account)
    return owner


def test_a_packed_export_comes_back(full: User, stranger: User) -> None:
    answer: Any = signed_in(full).get(f"{DATA}export/gz/")
    assert answer.headers["Content-Disposition"].endswith('.json.gz"')
    content = b"".join(answer.streaming_content)
    assert json.loads(gzip.decompress(content))["transactions"]
    assert restore(user=stranger, chunks=lambda: [content[:100], content[100:]])["transactions"] == 30
    stranger.refresh_from_db()
    assert told(export(stranger)) == told(export(full))


def test_what_is_packed_is_unpacked_in_a_job(full: User, stranger: User, monkeypatch: Any) -> None:
    """However short it is: it may be a thousand times as long inside."""
    monkeypatch.setattr(turns, "start_command", lambda name: None)
    file = SimpleUploadedFile("export.json.gz", gzip.compress(export(full)))
    answer = signed_in(stranger).post(f"{DATA}import/", {"file": file})
    assert answer.url == f"/jobs/{Job.objects.get(user=stranger).pk}/"


@pytest.mark.parametrize("harm", [lambda data: data[:-20], lambda data: data[:30] + b"\0" * 20 + data[50:]])
def test_what_is_damaged_is_refused(harm: Any, full: User, stranger: User) -> None:
    content = harm(gzip.compress(export(full)))
    with pytest.raises(Broken):
        restore(user=stranger, chunks=lambda: [content])
    assert contents(user=stranger) == {}


def test_what_has_no_end_is_refused_on_the_way(monkeypatch: Any) -> None:
    monkeypatch.setattr(packed, "MOST_EXPANDED", 5_000_000)
    bomb = gzip.compress(b" " * 50_000_000)
    taken = 0
    with pytest.raises(Broken, match="unpacks to more"):
        for piece in packed.unpacked([bomb]):
            taken += len(piece)
    assert taken <= 5_000_000


def test_the_operator_writes_it_into_a_file(full: User, tmp_path: Any) -> None:
    path = tmp_path / "person.json.gz"
    call_command("export_person", full.email.upper(), str(path), stdout=io.StringIO())
    assert told(gzip.decompress(path.read_bytes())) == told(export(full))
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_person", full.email, str(path))
    with pytest.raises(CommandError, match="nobody"):
        call_command("export_person", "no@example.com", str(tmp_path / "other"))
    assert not (tmp_path / "other").exists()
