"""All rows of a file can be looked at before the import: page by page, and only the new or the known ones."""

from typing import Any

import pytest

from tests.factories import make_account, make_user, signed_in
from tests.transactions.importing.helpers import imported, staged, statement, step

pytestmark = pytest.mark.django_db


def shown(client: Any, address: str) -> list[str]:
    return [shown.checked.row.description for shown in client.get(address).context["rows_page"].rows]


def test_every_row_is_on_one_page(owner: Any, owner_client: Any) -> None:
    rows = [f"2026-03-{1 + n % 28:02d},Row {n},-1.00" for n in range(120)]
    here = step("check", staged(owner, make_account(owner), statement(*rows)))
    pages = [shown(owner_client, f"{here}?page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [row for page in pages for row in page] == [f"Row {n}" for n in range(120)]
    second = owner_client.get(f"{here}?page=2").text
    assert "51 to 100 of 120" in second
    assert 'name="go" value="?"' in second
    assert 'name="go" value="?page=3"' in second
    assert "Rows after" not in owner_client.get(f"{here}?page=3").text


def test_new_and_known_rows_alone(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    imported(owner, account, statement("2026-03-01,Old,-1.00"))
    here = step("check", staged(owner, account, statement("2026-03-01,Old,-1.00", "2026-03-02,Fresh,-2.00")))
    assert shown(owner_client, f"{here}?show=new") == ["Fresh"]
    assert shown(owner_client, f"{here}?show=known") == ["Old"]
    assert 'aria-pressed="true">Already there' in owner_client.get(f"{here}?show=known").text
    assert shown(owner_client, f"{here}?text=FRE") == ["Fresh"]
    assert shown(owner_client, f"{here}?show=known&text=fre") == []


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=999999999", "show=other", "page=9"])
def test_a_page_that_is_none_shows_rows_all_the_same(owner: Any, owner_client: Any, query: str) -> None:
    here = step("check", staged(owner, make_account(owner), statement("2026-03-01,Tea,-1.00")))
    assert shown(owner_client, f"{here}?{query}") == ["Tea"]


def test_nobody_else_sees_them(owner: Any, client: Any) -> None:
    here = step("check", staged(owner, make_account(owner), statement("2026-03-01,Tea,-1.00")))
    for somebody in (signed_in(make_user("other")), signed_in(make_user("helper", is_staff=True))):
        assert somebody.get(f"{here}?show=new").status_code == 404
    assert "/auth/login/" in client.get(here).url
