"""The check page decides about rows before anything is booked: ticks, words, days, categories, accounts."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.concurrency import at_once
from tests.examples import COSTLY
from tests.factories import make_account, make_subcategory, make_transaction, make_user, signed_in
from tests.transactions.importing.helpers import booked, imported, rows_form, staged, statement, step
from transactions.categories.services import delete_subcategory, merge_subcategory
from transactions.importing import services
from transactions.importing.changes import FileUnder, Replace, Tick
from transactions.importing.draft.edits import Edit, Listed
from transactions.importing.draft.merging import RowShown, RowTyped, load_shown
from transactions.models import ImportBatch, ImportEdit, Transaction

pytestmark = pytest.mark.django_db
FILE = statement("2026-03-02,CARD 12 TEA,-1.00", "2026-03-03,CARD 13 CAKE,-2.00", "2026-03-04,PAY,30.00")


def look(client: Any, batch: ImportBatch, query: str = "") -> Any:
    return client.get(step("check", batch) + query)


def save(client: Any, batch: ImportBatch, page: Any, changes: Any = None, **more: Any) -> Any:
    return client.post(step("rows", batch), rows_form(page, changes, **more))


def edits(user: Any) -> list[tuple[str, Any]]:
    rows = ImportEdit.objects.for_user(user).order_by("id")
    return [(row.description, row.is_taken) for row in rows]


def test_what_is_changed_in_a_row_is_booked_and_the_file_stays_known(owner: Any, owner_client: Any) -> None:
    account, joint, food = make_account(owner), make_account(owner, "Joint"), make_subcategory(owner)
    batch = staged(owner, account, FILE)
    changes = {
        "CARD 12 TEA": {"description": "Tea  house", "booked_on": "2026-02-27", "subcategory": "food: groceries"},
        "CARD 13 CAKE": {"is_taken": False},
        "PAY": {"account": joint.pk},
    }
    answer = save(owner_client, batch, look(owner_client, batch), changes)
    assert (answer.status_code, answer.url) == (302, step("check", batch) + "#rows")
    assert booked(owner) == []
    page = look(owner_client, batch)
    assert (page.context["counts"], page.context["left_out"]) == ((2, 0, 0), 1)
    assert "Import 2 transactions" in page.text
    done = owner_client.post(step("commit", batch), rows_form(page), follow=True)
    assert "2 added." in done.text
    assert "Not ticked" in done.text
    rows = Transaction.objects.for_user(owner).order_by("booked_on")
    assert [(row.description, row.booked_on, row.subcategory_id, row.account_id) for row in rows] == [
        ("Tea house", date(2026, 2, 27), food.pk, account.pk),
        ("PAY", date(2026, 3, 4), None, joint.pk),
    ]
    assert f"{rows[0].transaction_date:%Y-%m-%d %H:%M}" == "2026-02-27 12:00"
    batch.refresh_from_db()
    assert (batch.new_count, batch.duplicate_count, batch.left_out_count) == (2, 0, 1)
    assert edits(owner) == []
    # The file knows what was changed, and proposes again what was left out.
    assert services.preview(batch=staged(owner, account, FILE)).counts == (1, 2, 0)
    joint.refresh_from_db()
    assert joint.current_balance == 30
    services.revert(batch=batch)
    joint.refresh_from_db()
    assert (booked(owner), joint.current_balance) == ([], 0)


def test_changes_survive_pages_filters_and_a_new_session(owner: Any, owner_client: Any) -> None:
    rows = [f"2026-03-{1 + n % 28:02d},Row {n},-1.00" for n in range(60)]
    batch = staged(owner, make_account(owner), statement(*rows))
    page = look(owner_client, batch)
    answer = save(owner_client, batch, page, {"Row 0": {"is_taken": False}}, go="?page=2")
    assert answer.url == step("check", batch) + "?page=2#rows"
    answer = save(owner_client, batch, look(owner_client, batch, "?page=2"), {"Row 55": {"description": "Late"}})
    assert answer.url == step("check", batch) + "?page=2#rows"
    page = look(signed_in(owner), batch)
    assert page.context["counts"].new == 59
    for button in ({"go": "search"}, {}):
        answer = save(owner_client, batch, page, search="LATE", **button)
        assert answer.url == step("check", batch) + "?text=LATE#rows"
    (only,) = look(owner_client, batch, "?text=LATE").context["rows_page"].rows
    assert (only.checked.booking.description, only.checked.row.description) == ("Late", "Row 55")


def test_the_button_books_what_is_ticked_on_the_page(owner: Any, owner_client: Any) -> None:
    """The import keeps what was changed on the page first, and does not call the person's own ticks a surprise."""
    batch = staged(owner, make_account(owner), FILE)
    form = rows_form(look(owner_client, batch), {"PAY": {"is_taken": False}})
    answer = owner_client.post(step("commit", batch), form, follow=True)
    assert "2 added." in answer.text
    assert "Something changed" not in answer.text
    assert [row[2] for row in booked(owner)] == ["CARD 12 TEA", "CARD 13 CAKE"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("booked_on", "2026-02-30", "Enter a valid date"),
        ("booked_on", "0001-01-01", "Ensure this value"),
        ("description", " \u200b ", "Say what it is"),
        ("description", "x" * 201, "at most 200"),
        ("subcategory", "Nothing like it", "You have no category"),
        ("account", "999999999", "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_beside_the_row(
    owner: Any, owner_client: Any, field: str, value: str, says: str
) -> None:
    make_account(owner, "Second")
    batch = staged(owner, make_account(owner), FILE)
    page = look(owner_client, batch)
    for name in ("rows", "commit"):
        form = rows_form(page, {"PAY": {field: value}, "CARD 12 TEA": {"description": "Tea"}})
        answer = owner_client.post(step(name, batch), form)
        assert answer.status_code == 422
        assert says in answer.text
        assert 'value="Tea"' in answer.text
    assert (edits(owner), booked(owner)) == ([], [])


def test_a_stranger_s_account_and_category_cannot_be_chosen(owner: Any, owner_client: Any, stranger: Any) -> None:
    theirs, food = make_account(stranger, "Theirs"), make_subcategory(stranger, "Secret", "Hidden")
    batch = staged(owner, make_account(owner), FILE)
    page = look(owner_client, batch)
    for changes in ({"account": theirs.pk}, {"subcategory": "Hidden: Secret"}, {"subcategory": "Secret"}):
        assert save(owner_client, batch, page, {"PAY": changes}).status_code == 422
    (row,) = [row for row in services.preview(batch=batch).rows if row.row.description == "PAY"]
    for edit in (Edit(account=theirs.pk), Edit(is_filed=True, subcategory=food.pk)):
        with pytest.raises(services.ImportRefused):
            services.change_all(batch=batch, listed=Listed("new", "PAY"), change=lambda *_, edit=edit: edit)
    assert edits(owner) == []
    assert row.edit == Edit()


def test_two_tabs_keep_what_only_one_of_them_changed(owner: Any, owner_client: Any) -> None:
    batch = staged(owner, make_account(owner), FILE)
    first, second = look(owner_client, batch), look(owner_client, batch)
    save(owner_client, batch, first, {"PAY": {"description": "Salary"}, "CARD 12 TEA": {"is_taken": False}})
    answer = save(owner_client, batch, second, {"PAY": {"booked_on": "2026-03-05"}})
    assert answer.status_code == 302
    (pay,) = [row for row in services.preview(batch=batch).rows if row.row.description == "PAY"]
    assert (pay.booking.description, pay.booking.booked_on) == ("Salary", date(2026, 3, 5))
    assert services.preview(batch=batch).counts.new == 2


def test_two_tabs_that_differ_are_asked(owner: Any, owner_client: Any) -> None:
    make_subcategory(owner)
    make_subcategory(owner, "Fun")
    batch = staged(owner, make_account(owner), FILE)
    old = look(owner_client, batch)
    save(owner_client, batch, old, {"PAY": {"description": "Salary", "subcategory": "Fun"}})
    changes = {"PAY": {"description": "Wage", "subcategory": "Groceries"}, "CARD 12 TEA": {"description": "Tea"}}
    for name in ("rows", "commit"):
        answer = owner_client.post(step(name, batch), rows_form(old, changes))
        assert answer.status_code == 422
        assert "Meanwhile it became “Salary”. Save again to keep your entry." in answer.text
        assert "Meanwhile it became “Food: Fun”" in answer.text
        assert 'value="Wage"' in answer.text
    assert sorted(row.booking.description for row in services.preview(batch=batch).rows) == [
        "CARD 12 TEA", "CARD 13 CAKE", "Salary",
    ]  # fmt: skip
    again = rows_form(answer)
    assert owner_client.post(step("rows", batch), again).status_code == 302
    assert sorted(row.booking.description for row in services.preview(batch=batch).rows) == [
        "CARD 13 CAKE", "Tea", "Wage",
    ]  # fmt: skip
    assert booked(owner) == []


def test_saving_what_was_imported_in_another_tab_says_so(owner: Any, owner_client: Any) -> None:
    batch = staged(owner, make_account(owner), FILE)
    page = look(owner_client, batch)
    services.commit(batch=batch)
    for name in ("rows", "commit"):
        answer = owner_client.post(step(name, batch), rows_form(page, {"PAY": {"description": "Wage"}}), follow=True)
        assert answer.text.count("imported already") == 1
    assert [row[2] for row in booked(owner)] == ["CARD 12 TEA", "CARD 13 CAKE", "PAY"]
    assert edits(owner) == []


# All rows at once.


def test_all_that_are_listed_are_filed_replaced_and_unticked(owner: Any, owner_client: Any) -> None:
    food = make_subcategory(owner)
    batch = staged(owner, make_account(owner), FILE)
    page = look(owner_client, batch, "?text=card")
    assert [shown.checked.row.description for shown in page.context["rows_page"].rows] == [
        "CARD 12 TEA", "CARD 13 CAKE",
    ]  # fmt: skip
    answer = owner_client.post(
        step("rows", batch),
        rows_form(page, {"CARD 13 CAKE": {"is_taken": False}}, act="file", into="Groceries", only_ticked="on"),
        follow=True,
    )
    assert "1 row changed. Nothing is booked yet." in answer.text
    page = look(owner_client, batch, "?text=card")
    owner_client.post(step("rows", batch), rows_form(page, act="replace", find="card 12 ", put=""))
    found = services.preview(batch=batch)
    assert [(row.booking.description, row.is_new, found.filed(row)) for row in found.rows] == [
        ("TEA", True, food.pk), ("CARD 13 CAKE", False, None), ("PAY", True, None),
    ]  # fmt: skip
    page = look(owner_client, batch)
    owner_client.post(step("rows", batch), rows_form(page, act="untick"))
    page = look(owner_client, batch)
    assert (page.context["counts"].new, page.context["left_out"]) == (0, 3)
    owner_client.post(step("rows", batch), rows_form(page, act="tick"))
    services.commit(batch=batch)
    assert [row[2] for row in booked(owner)] == ["TEA", "CARD 13 CAKE", "PAY"]


@pytest.mark.parametrize(
    ("sent", "says"),
    [({"act": "replace", "find": " "}, "Write what is to be replaced"), ({"act": "file", "into": "?"}, "no category")],
)
def test_what_cannot_be_done_with_all_changes_nothing(owner: Any, owner_client: Any, sent: Any, says: str) -> None:
    batch = staged(owner, make_account(owner), FILE)
    answer = save(owner_client, batch, look(owner_client, batch), **sent)
    assert answer.status_code == 422
    assert says in answer.text
    assert edits(owner) == []


def test_words_are_replaced_as_they_stand_and_none_is_left_without(owner: Any) -> None:
    batch = staged(owner, make_account(owner), statement("2026-03-02,A.C,-1.00", "2026-03-02,ABC,-2.00"))
    services.change_all(batch=batch, listed=Listed(), change=Replace("a.c", "", only_ticked=False))
    services.change_all(batch=batch, listed=Listed(), change=Replace("b", r"\1", only_ticked=False))
    assert [row.booking.description for row in services.preview(batch=batch).rows] == ["A.C", r"A\1C"]


def test_what_is_there_cannot_be_ticked(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    imported(owner, account, FILE)
    batch = staged(owner, account, FILE)
    page = look(owner_client, batch)
    assert [shown.form for shown in page.context["rows_page"].rows] == [None] * 3
    assert services.change_all(batch=batch, listed=Listed(), change=Tick(is_taken=True)) == 0
    # Nor by a form that somebody wrote.
    row = services.preview(batch=batch).rows[0]
    shown = RowShown(False, None, account.pk, row.row.booked_on, row.row.description)
    typed = RowShown(True, None, account.pk, row.row.booked_on, row.row.description)
    services.change_rows(batch=batch, rows={row.identity: RowTyped(shown, typed)})
    assert services.commit(batch=batch).new_count == 0
    assert len(booked(owner)) == 3


def test_one_of_two_deleted_rows_comes_back(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    imported(owner, account, FILE)
    for row in Transaction.objects.for_user(owner).exclude(description="PAY"):
        owner_client.post(f"/transactions/{row.pk}/delete/")
    batch = staged(owner, account, FILE)
    page = look(owner_client, batch, "?show=deleted")
    form = rows_form(page, {"CARD 12 TEA": {"is_taken": "on", "description": "Tea"}})
    assert "1 added." in owner_client.post(step("commit", batch), form, follow=True).text
    assert [row[2] for row in booked(owner)] == ["Tea", "PAY"]
    assert len(services.preview(batch=staged(owner, account, FILE)).deleted) == 1


# What rows are filed under.


def test_a_suggestion_is_shown_in_the_row_and_another_choice_counts(owner: Any, owner_client: Any) -> None:
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun")
    for words in ("CARD 12 TEA", "CARD 13 CAKE"):
        make_transaction(owner, description=words, subcategory=food)
    batch = staged(owner, make_account(owner), FILE)
    page = look(owner_client, batch)
    assert page.text.count('value="Food: Groceries"') == 3  # two rows, and the list
    changes = {"CARD 12 TEA": {"subcategory": "Fun"}, "CARD 13 CAKE": {"subcategory": ""}}
    owner_client.post(step("commit", batch), rows_form(page, changes))
    filed = Transaction.objects.for_user(owner).filter(import_batch=batch).order_by("booked_on")
    assert [row.subcategory_id for row in filed] == [fun.pk, None, None]


def test_names_that_differ_by_their_case_alone_stay_apart(owner: Any, owner_client: Any) -> None:
    upper, lower = make_subcategory(owner, "Bar"), make_subcategory(owner, "bar")
    for words, filed in (("CARD 12 TEA", upper), ("CARD 13 CAKE", lower)):
        make_transaction(owner, description=words, subcategory=filed)
    batch = staged(owner, make_account(owner), FILE)
    save(owner_client, batch, look(owner_client, batch))
    assert edits(owner) == []
    save(owner_client, batch, look(owner_client, batch), {"PAY": {"subcategory": "Food: Bar"}})
    found = services.preview(batch=batch)
    assert [found.filed(row) for row in found.rows] == [upper.pk, lower.pk, upper.pk]


def test_a_chosen_category_follows_a_merge_and_asks_before_it_goes(owner: Any) -> None:
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun")
    batch = staged(owner, make_account(owner), FILE)
    services.change_all(batch=batch, listed=Listed(), change=FileUnder(food.pk, only_ticked=False))
    merge_subcategory(user=owner, source=food, target=fun)
    with pytest.raises(Exception, match="3 rows of files that wait"):
        delete_subcategory(user=owner, subcategory_id=fun.pk)
    services.commit(batch=batch)
    assert set(Transaction.objects.for_user(owner).values_list("subcategory_id", flat=True)) == {fun.pk}


# Rows that the bank has not booked.

PENDING = "Date,Description,State,Amount"


def test_a_pending_row_is_left_out_unless_ticked_and_joins_what_is_booked_later(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    rows = ["2026-03-01,Rent,BOOKED,-500.00", "2026-03-02,HOTEL RESERVED,PENDING,-80.00"]
    batch = staged(owner, account, statement(*rows, head=PENDING))
    page = look(owner_client, batch)
    assert (page.context["counts"], page.context["left_out"]) == ((1, 0, 0), 1)
    form = rows_form(page, {"HOTEL RESERVED": {"is_taken": "on", "description": "Hotel"}})
    owner_client.post(step("commit", batch), form)
    before = booked(owner)
    assert [row[2] for row in before] == ["Rent", "Hotel"]
    assert services.preview(batch=staged(owner, account, statement(*rows, head=PENDING))).counts == (0, 2, 0)
    later = statement(rows[0], "2026-03-05,HOTEL BERLIN,BOOKED,-80.00", head=PENDING)
    done = services.commit(batch=staged(owner, account, later))
    assert (done.new_count, done.duplicate_count) == (0, 2)
    assert booked(owner) == before
    assert services.preview(batch=staged(owner, account, later)).counts == (0, 2, 0)
    # Taking the later file back leaves the row as it was, still waiting for its booking.
    services.revert(batch=done)
    assert booked(owner) == before
    assert services.commit(batch=staged(owner, account, later)).duplicate_count == 2


# Whose rows, and both at once.


def test_nobody_else_decides(owner: Any, stranger: Any, owner_client: Any) -> None:
    batch = staged(owner, make_account(owner), FILE)
    staged(stranger, make_account(stranger), FILE)
    form = rows_form(look(owner_client, batch), {"PAY": {"is_taken": False}})
    for somebody in (signed_in(stranger), signed_in(make_user("helper", is_staff=True))):
        assert somebody.post(step("rows", batch), form).status_code == 404
        assert somebody.post(step("rows", batch), form | {"act": "untick"}).status_code == 404
    assert not ImportEdit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_and_the_import_at_once_are_one_after_the_other() -> None:
    owner = make_user("racer")
    batch = staged(owner, make_account(owner), FILE)

    def untick() -> int:
        return services.change_all(batch=batch, listed=Listed("new", "PAY"), change=Tick(is_taken=False))

    changed, done = at_once(untick, lambda: services.commit(batch=batch), refusals=(services.AlreadyDone,))
    assert len(booked(owner)) == done.new_count == (2 if changed == 1 else 3)
    assert done.new_count + done.left_out_count == 3
    assert not ImportEdit.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "[1,2,3,4,5]", '[true,null,0,"2026-03-01","x"]', '[true,null,1,"x","x"]']
)
def test_what_no_page_of_ours_sends_is_no_row(text: str) -> None:
    assert load_shown(text) is None


@COSTLY
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "new", "known", "similar", "deleted"]),
            st.sampled_from(["", "a", "b"]),
            st.sampled_from([Tick(True), Tick(False), Replace("a", "b", False), Replace("b", "", True)]),
        ),
        max_size=5,
    )
)
def test_the_counts_of_the_page_are_those_of_the_commit(owner: Any, decisions: list[Any]) -> None:
    account = make_account(owner, "Any")
    make_transaction(owner, "-3.00", "2026-03-02", "typed", account=account)
    imported(owner, account, statement("2026-03-01,a,-1.00", "2026-03-01,a,-1.00", "2026-03-01,gone,-9.00"))
    file = statement(
        "2026-03-01,a,-1.00", "2026-03-01,a,-1.00", "2026-03-01,a,-1.00", "2026-03-02,ab,-3.00", "2026-03-02,b,x"
    )
    batch = staged(owner, account, file)
    for show, text, change in decisions:
        services.change_all(batch=batch, listed=Listed(show, text), change=change)
    found, before = services.preview(batch=batch), len(booked(owner))
    done = services.commit(batch=batch)
    assert (done.new_count, done.duplicate_count, done.error_count) == found.counts
    assert done.left_out_count == found.left_out
    assert found.counts.new + found.counts.duplicate + found.left_out == 4
    assert len(booked(owner)) == before + found.counts.new
