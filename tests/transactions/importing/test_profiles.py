"""How files were read is kept by what they look like: found, moved along with columns, offered, named, forgotten."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_account, make_user, signed_in
from tests.transactions.importing.helpers import booked, columns_form, imported, staged, statement, step
from transactions.importing import services
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import column_names
from transactions.importing.profiles.placing import added, likeness, placed
from transactions.models import ImportBatch, ImportProfile

pytestmark = pytest.mark.django_db
LIST = "/transactions/import/profiles/"
HEAD = "Date,Note,Shop,Reference,Amount"


def card(*rows: str, head: str = HEAD) -> bytes:
    return statement(*rows, head=head)


def taught(user: Any, account: Any) -> ImportBatch:
    """A card whose purchases have no minus, described by the last of two columns."""
    batch = staged(user, account, card("2026-03-01,x,Bakery,1,3.20", "2026-03-02,y,Books,2,9.00"))
    layout = CsvLayout.from_dict(batch.layout | {"invert": True, "description_columns": [2], "comment_columns": [1]})
    services.configure(batch=batch, layout=layout)
    return services.commit(batch=batch)


@pytest.fixture
def account(owner: Any) -> Any:
    account = make_account(owner, "Card", bank_name="First Bank")
    taught(owner, account)
    return account


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (HEAD, "2026-04-01,x,Lunch,3,12.00"),
        ("Date,Value date,Note,Shop,Reference,Amount", "2026-04-01,2026-04-02,x,Lunch,3,12.00"),
        ("Amount,Reference,SHOP,note,Date", "12.00,3,Lunch,x,2026-04-01"),
        ("Date,Note,Shop,Amount", "2026-04-01,x,Lunch,12.00"),
    ],
    ids=["the same", "one more", "moved", "one that nothing used less"],
)
def test_a_file_that_looks_alike_is_read_alike(owner: Any, account: Any, head: str, row: str) -> None:
    batch = staged(owner, account, card(row, head=head))
    assert batch.layout["is_remembered"] is True
    services.commit(batch=batch)
    assert booked(owner)[-1] == ("2026-04-01 12:00", "-12.00", "Lunch")
    assert batch.layout["names"] == head.split(",")


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Date,Note,Reference,Amount,Merchant", "2026-04-01,x,3,12.00,Lunch"),
        ("Date,Shop,Amount,A,B,C,D", "2026-04-01,Lunch,12.00,a,b,c,d"),
    ],
    ids=["a column that was used is gone", "hardly alike"],
)
def test_a_file_that_looks_otherwise_is_looked_at_afresh(owner: Any, account: Any, head: str, row: str) -> None:
    layout = staged(owner, account, card(row, head=head)).layout
    assert (layout["is_remembered"], layout["invert"]) == (False, False)


def test_two_kinds_of_files_of_one_account_are_both_remembered(owner: Any, account: Any) -> None:
    imported(owner, account, statement("2026-04-01,Tea,-2.00"))
    assert staged(owner, account, card("2026-04-02,x,Lunch,3,12.00")).layout["invert"] is True
    assert staged(owner, account, statement("2026-04-02,Tea,-2.00")).layout["invert"] is False


def test_a_new_column_is_said_and_a_new_balance_proves(owner: Any, owner_client: Any, account: Any) -> None:
    rows = ["2026-04-01,x,Lunch,3,12.00,-12.00", "2026-04-02,x,Tea,3,2.00,-14.00", "2026-04-03,x,Tea,3,2.50,-16.50"]
    batch = staged(owner, account, card(*rows, head=f"{HEAD},Balance"))
    assert (batch.layout["invert"], batch.layout["balance_column"]) == (True, 5)
    page = owner_client.get(step("configure", batch))
    assert "New in this file: Balance." in page.text
    assert "as you confirmed them for your last import into Card that looked like this file" in page.text


def test_a_row_that_is_pending_is_not_booked_because_earlier_files_had_none(owner: Any) -> None:
    account, head = make_account(owner), "Date,Description,State,Amount"
    imported(owner, account, statement("2026-03-01,Tea,BOOKED,-1.00", "2026-03-01,Pie,BOOKED,-1.50", head=head))
    batch = staged(
        owner, account, statement("2026-03-02,Hotel,PENDING,-8.00", "2026-03-02,Cake,BOOKED,-2.00", head=head)
    )
    assert batch.layout["is_remembered"] is True
    assert services.commit(batch=batch).new_count == 1


def test_the_layout_of_another_account_is_offered_and_never_taken_unasked(
    owner: Any, owner_client: Any, account: Any
) -> None:
    other = make_account(owner, "Second card")
    batch = staged(owner, other, card("2026-04-01,x,Lunch,3,12.00"))
    assert batch.layout["invert"] is False
    page = owner_client.get(step("configure", batch))
    assert "Read it as First Bank (Card)" in page.text
    profile = ImportProfile.objects.get()
    owner_client.post(f"/transactions/import/{batch.pk}/columns/{profile.pk}/")
    page = owner_client.get(step("configure", batch))
    assert page.context["form"]["invert"].value() is True
    owner_client.post(step("configure", batch), columns_form(page))
    owner_client.post(step("commit", batch))
    assert booked(owner)[-1] == ("2026-04-01 12:00", "-12.00", "Lunch")
    assert staged(owner, other, card("2026-04-02,x,Lunch,3,12.00")).layout["is_remembered"] is True
    # Of a file that has other headings nothing is offered.
    page = owner_client.get(step("configure", staged(owner, make_account(owner, "Third"))))
    assert "Read it as" not in page.text


def test_a_name_stays_and_what_is_forgotten_is_looked_at_afresh(owner: Any, owner_client: Any, account: Any) -> None:
    profile = ImportProfile.objects.get()
    assert (profile.name, profile.names) == ("First Bank", HEAD.split(","))
    assert "First Bank" in owner_client.get(LIST).text
    answer = owner_client.post(f"{LIST}{profile.pk}/", {"name": "My card"}, follow=True)
    assert "It is called “My card” now." in answer.text
    assert owner_client.post(f"{LIST}{profile.pk}/", {"name": " "}).status_code == 422
    taught(owner, account)
    assert [each.name for each in ImportProfile.objects.all()] == ["My card"]
    answer = owner_client.post(f"{LIST}{profile.pk}/forget/", follow=True)
    assert "“My card” was forgotten" in answer.text
    assert "Nothing is kept yet" in answer.text
    assert staged(owner, account, card("2026-04-01,x,Lunch,3,12.00")).layout["is_remembered"] is False


def test_a_revert_takes_back_what_its_import_confirmed(owner: Any, account: Any) -> None:
    wrong = staged(owner, account, card("2026-04-01,x,Lunch,3,12.00"))
    services.configure(batch=wrong, layout=CsvLayout.from_dict(wrong.layout | {"invert": False}))
    services.commit(batch=wrong)
    assert ImportProfile.objects.get().layout["invert"] is False
    services.revert(batch=wrong)
    assert ImportProfile.objects.get().layout["invert"] is True
    services.revert(batch=ImportBatch.objects.order_by("pk")[0])
    assert not ImportProfile.objects.exists()


def test_nobody_else_sees_uses_or_forgets_it(owner: Any, stranger: Any, account: Any) -> None:
    profile = ImportProfile.objects.get()
    theirs = staged(stranger, make_account(stranger, "Card"), card("2026-04-01,x,Lunch,3,12.00"))
    assert theirs.layout["is_remembered"] is False
    for somebody in (signed_in(stranger), signed_in(make_user("helper", is_staff=True))):
        assert "First Bank" not in somebody.get(LIST).text
        assert somebody.get(f"{LIST}{profile.pk}/").status_code == 404
        assert somebody.post(f"{LIST}{profile.pk}/", {"name": "x"}).status_code == 404
        assert somebody.post(f"{LIST}{profile.pk}/forget/").status_code == 404
    client = signed_in(stranger)
    assert "Read it as" not in client.get(step("configure", theirs)).text
    client.post(f"/transactions/import/{theirs.pk}/columns/{profile.pk}/")
    theirs.refresh_from_db()
    assert theirs.layout["invert"] is False
    profile.refresh_from_db()
    assert profile.name == "First Bank"


def test_a_file_without_headings_is_known_by_its_width(owner: Any) -> None:
    account = make_account(owner)
    batch = staged(owner, account, b"2026-03-01,Tea,3.00\n2026-03-02,Cake,4.00\n2026-03-03,Pie,5.00\n")
    services.configure(batch=batch, layout=CsvLayout.from_dict(batch.layout | {"invert": True}))
    services.commit(batch=batch)
    more = b"2026-04-01,Tea,3.00\n2026-04-02,Cake,4.00\n2026-04-03,Pie,5.00\n"
    assert staged(owner, account, more).layout["invert"] is True
    wide = b"2026-04-01,Tea,3.00,1\n2026-04-02,Cake,4.00,2\n2026-04-03,Pie,5.00,3\n"
    assert column_names(wide, CsvLayout(has_header=False)) == [f"Column {n}" for n in range(1, 5)]


# Columns that move.

NAMES = st.lists(st.sampled_from("abcdefgh"), min_size=3, max_size=8)


@given(NAMES, st.permutations(range(10)), st.lists(st.sampled_from("vwxyz"), max_size=2, unique=True))
def test_columns_are_found_again_by_their_names(names: list[str], order: list[int], more: list[str]) -> None:
    layout = CsvLayout(date_column=0, description_columns=(1,), amount_column=2, invert=True)
    everything = [*names, *more]
    now = [everything[n] for n in order if n < len(everything)]
    found = placed(layout.to_dict(), names, now, CsvLayout(balance_column=None))
    assert found is not None
    assert found.invert
    assert [now[found.date_column], now[found.description_columns[0]], now[found.amount_column or 0]] == names[:3]
    assert sorted(added(names, now)) == sorted(more)
    assert (likeness(names, now) == 1) == (not more)
    # Without one of its columns it is no layout.
    without = [name for name in now if name != names[2]]
    assert placed(layout.to_dict(), names, without, CsvLayout()) is None
