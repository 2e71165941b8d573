"""The client in examples/ is what the description gives, and works; so does the example that books a bank's CSV."""

import ast
import importlib.util
import os
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.api.programs import program_of
from tests.factories import make_account, make_subcategory
from tests.packages import ROOT
from transactions.models import Transaction
from wealthwise.api.site.reference import document

pytestmark = pytest.mark.django_db
CLIENT = ROOT / "examples/wealthwise_client.py"


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"examples/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


def through_the_site(method: str, url: str, headers: dict[str, str], data: bytes | None) -> tuple[int, str, bytes]:
    """As over the network, without one."""
    kind = headers.pop("Content-Type", "application/octet-stream")
    answer: Any = Client().generic(method, url.removeprefix("http://testserver"), data or b"", kind, headers=headers)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, answer.headers.get("Content-Type", ""), body


@pytest.fixture
def site(owner: User) -> Any:
    return module("wealthwise_client").WealthWise("http://testserver/", program_of(owner).token, through_the_site)


def test_the_client_is_what_the_description_gives() -> None:
    """``UPDATE_API_CLIENT=1`` writes it anew."""
    written = module("generate_client").written(document())
    ast.parse(written)
    if os.environ.get("UPDATE_API_CLIENT"):
        CLIENT.write_text(written)
    assert CLIENT.read_text() == written


def test_it_has_every_operation(site: Any) -> None:
    names = [each["operationId"] for methods in document()["paths"].values() for each in methods.values()]
    assert [name for name in names if not callable(getattr(site, name, None))] == []


def test_it_works_on_what_is_ones_own(owner: User, site: Any) -> None:
    account, food = make_account(owner, "Current"), make_subcategory(owner)
    row = site.create_transaction(
        {"amount": "-5.00", "description": "Kiosk", "day": "2026-03-15", "account": account.pk}, key="once"
    )
    again = site.create_transaction(
        {"amount": "-5.00", "description": "Kiosk", "day": "2026-03-15", "account": account.pk}, key="once"
    )
    assert again == row
    changed = site.change_transaction(row["id"], {"version": row["version"], "subcategory": food.pk})
    assert [each["id"] for each in site.every_transaction(q="kiosk", account=[account.pk])] == [row["id"]]
    refused = sys.modules["wealthwise_client"].Refused
    with pytest.raises(refused) as told:
        site.change_transaction(row["id"], {"version": row["version"], "amount": "-6.00"})
    assert (told.value.status, told.value.code) == (409, "changed_meanwhile")
    assert told.value.problem["current"] == changed
    received = site.create_import(account.pk, b"Date,Description,Amount\n2026-03-20,Bread,-2.50\n")
    waiting = received["imports"][0]["id"]
    assert site.check_import(waiting)["new"] == 1
    assert site.commit_import(waiting, {"new": 1})["new"] == 1
    assert site.delete_category(food.category_id, target=make_subcategory(owner, "Other", "Rest").pk) is None


def test_a_banks_csv_is_booked_once(owner: User, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_account(owner, "Current")
    example = module("bank_csv")
    monkeypatch.setattr(example, "AT_ONCE", 2)
    text = "Date,Text,Amount\n2026-03-01,Rent,-650.00\n2026-03-02,Bread,-3.20\n2026-03-03,Pay,2000.00\n"
    assert [example.book(site, text, "Current"), example.book(site, text, "Current")] == [3, 3]
    assert sorted(Transaction.objects.for_user(owner).values_list("amount", flat=True)) == [
        Decimal("-650.00"), Decimal("-3.20"), Decimal("2000.00"),
    ]  # fmt: skip
    with pytest.raises(SystemExit, match="no open account"):
        example.book(site, text, "Savings")


def test_the_generator_is_short() -> None:
    assert len((ROOT / "examples/generate_client.py").read_text().splitlines()) < 150
    assert Path(CLIENT).exists()
