"""Rows that cannot be read are typed by hand on the way, and are rows like the others then."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import make_account
from tests.transactions.importing.helpers import booked, columns_form, staged, statement, step
from transactions.importing import readings, services
from transactions.models import ImportBatch

pytestmark = pytest.mark.django_db

BROKEN = statement("2026-03-02,Bread,-3.20", "2026-33-07,Fuel,-40.00", "2026-03-09,Tea,twelve", "2026-03-11,Oak,1.00")
FUEL = {"line": "3", "booked_on": "2026-03-07", "amount": "40", "direction": "out", "description": " Fuel "}


def mended(client: Client, batch: ImportBatch, **changes: str) -> Any:
    return client.post(step("mend", batch), FUEL | changes)


def test_a_row_that_is_typed_is_a_row(owner: Any, owner_client: Client) -> None:
    account = make_account(owner)
    batch = staged(owner, account, BROKEN)
    page = owner_client.get(step("check", batch))
    assert page.context["counts"] == (2, 0, 2)
    assert f'{step("mend", batch)}?line=3"' in page.text
    form = owner_client.get(f"{step('mend', batch)}?line=4")
    assert "What the file says:" in form.text
    assert "2026-03-09,Tea,twelve" in form.text
    assert mended(owner_client, batch).url == f"{step('check', batch)}?show=error#rows"
    assert owner_client.get(step("check", batch)).context["counts"] == (3, 0, 1)
    # What was typed can be typed again, and stays when the columns are looked at again.
    again = owner_client.get(f"{step('mend', batch)}?line=3").context["form"]
    assert (again["amount"].value(), again["direction"].value(), again["description"].value()) == (
        "40.00",
        "out",
        "Fuel",
    )
    mended(owner_client, batch, amount="41")
    columns = owner_client.get(step("configure", batch))
    owner_client.post(step("configure", batch), columns_form(columns))
    mended(owner_client, batch, line="4", booked_on="2026-03-09", amount="12", direction="in", description="Tea")
    assert owner_client.get(step("check", batch)).context["counts"] == (4, 0, 0)
    assert owner_client.get(step("mend", batch)).url == step("check", batch)
    owner_client.post(step("commit", batch))
    assert [row[1:] for row in booked(owner)] == [
        ("-3.20", "Bread"), ("-41.00", "Fuel"), ("12.00", "Tea"), ("1.00", "Oak"),
    ]  # fmt: skip
    # The next file with the same faults knows the rows once they are typed the same.
    second = staged(owner, account, BROKEN)
    assert owner_client.get(step("check", second)).context["counts"] == (0, 2, 2)
    mended(owner_client, second, amount="41")
    assert owner_client.get(step("check", second)).context["counts"] == (0, 3, 1)


def test_what_is_no_such_row_is_not_mended(owner: Any, owner_client: Client, stranger_client: Client) -> None:
    batch = staged(owner, make_account(owner), BROKEN)
    assert mended(stranger_client, batch).status_code == 404
    for wrong in ({"amount": "-5"}, {"booked_on": "x"}, {"description": "\u200b"}, {"direction": "up"}):
        assert mended(owner_client, batch, **wrong).status_code == 422
    for line in ("2", "99", "x", "-1"):
        assert mended(owner_client, batch, line=line).url == step("check", batch)
    batch.refresh_from_db()
    assert "mended" not in batch.layout
    services.commit(batch=batch)
    assert mended(owner_client, batch).status_code == 302
    assert len(booked(owner)) == 2


def test_a_long_file_is_mended_over_what_was_kept(owner: Any, owner_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(readings, "LONG", 10)
    batch = staged(owner, make_account(owner), BROKEN)
    services.keep_reading(batch=batch)
    mended(owner_client, batch)
    assert owner_client.get(step("check", batch)).context["counts"] == (3, 0, 1)
    services.keep_reading(batch=batch)
    mended(owner_client, batch, amount="41")
    page = owner_client.get(step("check", batch))
    assert [row.checked.row.amount for row in page.context["rows_page"].rows][1] == -41
