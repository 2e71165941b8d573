"""``manage.py import_transactions`` does what the pages do, says what they say, and stops where they would ask."""

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_account
from tests.transactions.importing.helpers import COFFEES, booked, staged, statement
from transactions.importing import services
from transactions.importing.csv.layout import CsvLayout
from transactions.models import ImportBatch, ImportProfile, Transaction

pytestmark = pytest.mark.django_db


def run(path: Path, data: bytes, **options: Any) -> str:
    path.write_bytes(data)
    told = io.StringIO()
    arguments = {"user": "owner", "account": "Current", **options}
    call_command("import_transactions", str(path), stdout=told, stderr=told, **arguments)
    return told.getvalue()


def test_a_file_twice_adds_once(owner: Any, stranger: Any, tmp_path: Path) -> None:
    make_account(owner)
    make_account(stranger)
    path = tmp_path / "bank.csv"
    assert "3 new, 0 already there" in run(path, COFFEES, dry_run=True)
    assert (booked(owner), ImportBatch.objects.count()) == ([], 0)
    assert "bank.csv: 3 added." in run(path, COFFEES)
    assert "bank.csv: 0 added." in run(path, COFFEES, user="OWNER@example.com")
    assert len(booked(owner)) == 3
    assert booked(stranger) == []


@pytest.mark.parametrize(
    ("data", "options", "reason"),
    [
        (b"%PDF-1.7 x", {}, "PDF files are not supported"),
        (statement("2026-03-02,Coffee,3.20", "2026-03-03,Tea,2.20"), {}, "look at it on the page"),
        (COFFEES, {"user": "nobody"}, "nobody called nobody"),
        (COFFEES, {"account": "Savings"}, "no open account called Savings. There are: Current"),
    ],
)
def test_what_is_wrong_or_in_doubt_imports_nothing(
    owner: Any, tmp_path: Path, data: bytes, options: dict[str, Any], reason: str
) -> None:
    make_account(owner)
    with pytest.raises(CommandError, match=reason):
        run(tmp_path / "bank.csv", data, **options)
    assert (booked(owner), ImportBatch.objects.count()) == ([], 0)


def test_a_doubt_can_be_answered_before(owner: Any, tmp_path: Path) -> None:
    make_account(owner)
    data = statement("2026-03-02,Coffee,3.20", "2026-03-03,Tea,2.20")
    assert "All 2 amounts are read as money in." in run(tmp_path / "bank.csv", data, anyway=True)
    assert len(booked(owner)) == 2


def test_a_profile_is_named(owner: Any, stranger: Any, tmp_path: Path) -> None:
    """Another account's way to read files like this one; a stranger's of that name is none."""
    make_account(owner)
    card = make_account(owner, name="Card")
    for user in (owner, stranger):
        account = card if user is owner else make_account(user, name="Card")
        batch = staged(user, account)
        layout = CsvLayout.from_dict(batch.layout)
        services.configure(batch=batch, layout=replace(layout, invert=user is owner))
        services.commit(batch=batch)
        ImportProfile.objects.filter(user=user).update(name=f"of {user.username}")
    path = tmp_path / "bank.csv"
    with pytest.raises(CommandError, match=r"No profile called of stranger fits .*There are: of owner"):
        run(path, COFFEES, profile="of stranger")
    assert "bank.csv: 3 added." in run(path, COFFEES, profile="of owner", anyway=True)
    mine = Transaction.objects.filter(user=owner, account__name="Current")
    assert sorted(mine.values_list("amount", flat=True)) == [Decimal(-2500), Decimal("3.2"), Decimal("3.2")]
