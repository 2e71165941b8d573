"""Importing into the ledger: what is added, what never is, and taking it back."""

import csv
import io
from datetime import date
from decimal import Decimal
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tests.concurrency import at_once
from tests.examples import COSTLY
from tests.factories import make_account, make_subcategory, make_transaction, make_user
from tests.transactions.importing.helpers import COFFEES, booked, fixture, imported, staged, statement
from transactions.bulk import services as bulk
from transactions.importing import services
from transactions.importing.changes import Tick
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.draft.edits import Listed
from transactions.importing.formats.rows import StatementError
from transactions.importing.preview import Counts
from transactions.ledger import services as ledger
from transactions.models import ImportBatch, SpendingSummary, Transaction

D = Decimal
LAYOUT = CsvLayout(description_columns=(1,), amount_column=2)


def counts_of(batch: ImportBatch) -> Counts:
    return Counts(batch.new_count, batch.duplicate_count, batch.error_count)


def balance(account: Any) -> Decimal:
    account.refresh_from_db()
    return account.current_balance


def summary(user: Any) -> list[tuple[str, Decimal, Decimal, int]]:
    rows = SpendingSummary.objects.for_user(user).order_by("month")
    return [(f"{row.month:%Y-%m}", row.spent, row.received, row.transaction_count) for row in rows]


def test_rows_are_booked_at_noon_of_the_owner_and_the_balance_follows(db):
    user = make_user("thandi", time_zone="Africa/Johannesburg", currency="ZAR")
    account = make_account(user, opening="100")
    batch = imported(user, account)
    assert booked(user) == [
        ("2026-03-02 10:00", "-3.20", "Coffee"),
        ("2026-03-02 10:00", "-3.20", "Coffee"),
        ("2026-03-14 10:00", "2500.00", "Salary"),
    ]
    assert counts_of(batch) == (3, 0, 0)
    assert balance(account) == D("2593.60")
    assert summary(user) == [("2026-03", D("6.40"), D("2500.00"), 3)]


def test_bad_rows_are_listed_and_do_not_stop_the_good_ones(owner):
    account = make_account(owner)
    batch = imported(owner, account, fixture("current.csv"))
    batch.refresh_from_db()
    assert counts_of(batch) == (4, 0, 2)
    assert [error["line"] for error in batch.errors] == [5, 7]
    assert balance(account) == D("2408.85")
    comments = Transaction.objects.for_user(owner).values_list("comment", flat=True)
    assert set(comments) == {"Kaffee", "Gehalt März", "Abschlag"}


def test_a_million_errors_are_not_kept(owner):
    rows = [f"2026-03-{day % 28 + 1:02},Shop,abc" for day in range(600)]
    batch = imported(owner, make_account(owner), statement(*rows, "2026-03-02,Shop,-1"))
    assert (batch.error_count, len(batch.errors), batch.new_count) == (600, 500, 1)


@pytest.mark.parametrize("name", ["card.ofx", "savings.xml.ofx", "current.csv"])
def test_a_second_import_of_the_same_file_adds_nothing(owner, name):
    account = make_account(owner)
    first = imported(owner, account, fixture(name), name)
    before, rows = balance(account), booked(owner)
    second = imported(owner, account, fixture(name), name)
    assert first.new_count > 0
    assert counts_of(second) == (0, first.new_count, first.error_count)
    assert (balance(account), booked(owner)) == (before, rows)


def test_a_longer_file_adds_only_what_it_has_more(owner):
    account = make_account(owner)
    imported(owner, account, statement("2026-03-02,Coffee,-3.20"))
    longer = statement("2026-03-03,Tea,-2.00", "2026-03-02,COFFEE ,-3.20", "2026-03-02,Coffee,-3.20")
    assert counts_of(imported(owner, account, longer)) == (2, 1, 0)
    assert balance(account) == D("-8.40")


def test_equal_rows_of_another_account_or_person_are_others(owner, stranger):
    imported(owner, make_account(owner, "One"))
    assert counts_of(imported(owner, make_account(owner, "Two"))) == (3, 0, 0)
    assert counts_of(imported(stranger, make_account(stranger))) == (3, 0, 0)


def test_neither_an_edited_nor_a_deleted_row_comes_back(owner):
    account = make_account(owner)
    imported(owner, account)
    salary = Transaction.objects.for_user(owner).get(description="Salary")
    booking = ledger.Booking(amount=D("9"), is_income=True, description="Wage", day=salary.booked_on)
    ledger.update_transaction(user=owner, transaction_id=salary.pk, booking=booking)
    assert imported(owner, account).new_count == 0
    bulk.delete_one(user=owner, row=salary)
    assert counts_of(imported(owner, account)) == (0, 3, 0)
    batch = staged(owner, account)
    assert services.change_all(batch=batch, listed=Listed("deleted"), change=Tick(is_taken=True)) == 1
    assert counts_of(services.commit(batch=batch)) == (1, 2, 0)
    assert counts_of(imported(owner, account)) == (0, 3, 0)


def test_the_preview_changes_nothing_and_counts_as_the_commit_does(owner):
    account = make_account(owner)
    imported(owner, account, statement("2026-03-14,Salary,2500.00"))
    rows = booked(owner)
    batch = staged(owner, account)
    assert services.preview(batch=batch).counts == (2, 1, 0)
    assert booked(owner) == rows
    assert counts_of(services.commit(batch=batch)) == (2, 1, 0)


def test_the_file_is_kept_until_it_is_confirmed(owner):
    batch = staged(owner, make_account(owner))
    assert bytes(ImportBatch.objects.get(pk=batch.pk).content) == COFFEES
    services.commit(batch=batch)
    batch.refresh_from_db()
    assert (batch.content, batch.state) == (None, "committed")
    assert batch.committed_at


def test_a_second_confirmation_adds_nothing(owner):
    batch = staged(owner, make_account(owner))
    services.commit(batch=batch)
    with pytest.raises(services.AlreadyDone, match="imported already"):
        services.commit(batch=batch)
    assert len(booked(owner)) == 3


def test_rows_are_filed_as_most_of_the_description_were_when_wanted(owner):
    account, food, old = make_account(owner), make_subcategory(owner), make_subcategory(owner, "Old")
    make_transaction(owner, "-1", "2026-01-02", "COFFEE", subcategory=food)
    make_transaction(owner, "1", "2026-02-02", "COFFEE", subcategory=food)
    make_transaction(owner, "-1", "2026-02-03", "coffee", subcategory=old)
    batch = staged(owner, account)
    assert {wanted.description for wanted in services.preview(batch=batch).suggestions.found} == {"Coffee"}
    services.commit(batch=batch, categorise=True)
    filed = Transaction.objects.for_user(owner).exclude(import_batch=None)
    assert [row.subcategory_id for row in filed.order_by("id")] == [food.pk, food.pk, None]
    assert [(row.filed_as_id, row.rule_id) for row in filed.order_by("id")] == [(food.pk, None)] * 2 + [(None, None)]


def test_nothing_is_filed_unasked_nor_by_the_history_of_somebody_else(owner, stranger):
    make_transaction(stranger, "-1", description="Coffee", subcategory=make_subcategory(stranger))
    batch = staged(owner, make_account(owner))
    assert services.preview(batch=batch).suggestions.found == {}
    make_transaction(owner, "-1", description="Coffee", subcategory=make_subcategory(owner))
    services.commit(batch=batch)
    assert not Transaction.objects.for_user(owner).exclude(import_batch=None).exclude(subcategory=None).exists()


# Taking it back.


def test_a_revert_removes_exactly_its_rows_and_the_balance_returns(owner):
    account = make_account(owner, opening="50")
    make_transaction(owner, "-3.30", "2026-03-02", "Coffee", account=account)
    other = imported(owner, account, statement("2026-02-01,Rent,-900"))
    rows, before, sums = booked(owner), balance(account), summary(owner)
    batch = imported(owner, account)
    found = services.revert(batch=batch)
    assert (found.rows, found.changed, found.transfers) == (3, 0, 0)
    assert (booked(owner), balance(account), summary(owner)) == (rows, before, sums)
    batch.refresh_from_db()
    other.refresh_from_db()
    assert (batch.state, other.state) == ("reverted", "committed")
    assert batch.reverted_at


def test_reverting_twice_is_harmless_and_a_new_import_brings_the_rows_back(owner):
    account = make_account(owner)
    batch = imported(owner, account)
    services.revert(batch=batch)
    with pytest.raises(services.AlreadyDone, match="reverted already"):
        services.revert(batch=batch)
    assert booked(owner) == []
    assert counts_of(imported(owner, account)) == (3, 0, 0)
    assert balance(account) == D("2493.60")


def test_a_revert_says_how_many_rows_were_changed_by_hand(owner):
    account = make_account(owner)
    batch = imported(owner, account)
    first, second, _ = Transaction.objects.for_user(owner).order_by("id")
    Transaction.objects.for_user(owner).filter(pk=first.pk).update(subcategory=make_subcategory(owner))
    bulk.delete_one(user=owner, row=second)
    assert services.handwork(batch=batch) == services.Handwork(rows=2, changed=1, transfers=0)
    assert services.revert(batch=batch).changed == 1
    assert booked(owner) == []


def test_rows_that_were_rewritten_by_a_restore_are_not_called_changed(owner):
    batch = imported(owner, make_account(owner))
    batch.layout["written"][0] = "another cluster:1"
    assert services.handwork(batch=batch).changed == 0


def test_a_leg_of_a_transfer_stops_the_revert(owner):
    account = make_account(owner)
    batch = imported(owner, account)
    rows = Transaction.objects.for_user(owner)
    rows.filter(pk=rows.get(amount__gt=0).pk).update(transfer_id="0b8f8d3e-52a2-4c0e-9f0b-3f6a3a1f2c11")
    with pytest.raises(services.ImportRefused, match=r"transfer: 1\. Delete those transfers first"):
        services.revert(batch=batch)
    batch.refresh_from_db()
    assert (batch.state, len(booked(owner))) == ("committed", 3)


def test_a_leg_that_is_made_while_it_is_reverted_stops_it_too(owner, monkeypatch):
    """Somebody makes a row one side of a transfer after the look for such rows and before the deletion."""
    batch = imported(owner, make_account(owner))
    rows = Transaction.objects.for_user(owner)
    look = services.handwork

    def look_too_early(**given: Any) -> services.Handwork:
        found = look(**given)
        rows.filter(amount__gt=0).update(transfer_id="0b8f8d3e-52a2-4c0e-9f0b-3f6a3a1f2c11")
        return found

    monkeypatch.setattr(services, "handwork", look_too_early)
    with pytest.raises(services.ImportRefused, match="just now"):
        services.revert(batch=batch)
    batch.refresh_from_db()
    assert (batch.state, len(booked(owner))) == ("committed", 3)


def test_what_waits_cannot_be_reverted_and_what_is_imported_cannot_be_discarded(owner):
    batch = staged(owner, make_account(owner))
    with pytest.raises(services.ImportRefused, match="not imported yet"):
        services.revert(batch=batch)
    services.commit(batch=batch)
    with pytest.raises(services.AlreadyDone):
        services.discard(batch=batch)
    assert len(booked(owner)) == 3


def test_a_discarded_file_is_gone(owner):
    batch = staged(owner, make_account(owner))
    services.discard(batch=batch)
    assert not ImportBatch.objects.exists()
    with pytest.raises(services.AlreadyDone, match="discarded"):
        services.commit(batch=batch)


# Layouts.


def test_the_layout_of_the_last_import_is_proposed_where_the_columns_fit(owner):
    account = make_account(owner)
    first = staged(owner, account)
    layout = CsvLayout.from_dict(first.layout)
    changed = CsvLayout.from_dict(layout.to_dict() | {"invert": True})
    services.configure(batch=first, layout=changed)
    services.commit(batch=first)
    assert balance(account) == D("-2493.60")
    again = staged(owner, account, statement("2026-04-01,Lunch,12.00"))
    assert again.layout["invert"] is again.layout["is_remembered"] is True
    other = staged(owner, account, statement("2026-04-01,12.00,Lunch", head="Booked,Sum,Text"))
    assert other.layout["invert"] is other.layout["is_remembered"] is False
    assert staged(owner, make_account(owner, "Other")).layout["invert"] is False


def test_a_layout_of_a_reverted_or_waiting_import_is_not_proposed(owner):
    account = make_account(owner)
    first = staged(owner, account)
    layout = CsvLayout.from_dict(first.layout | {"invert": True})
    services.configure(batch=first, layout=layout)
    assert staged(owner, account).layout["invert"] is False
    services.commit(batch=first)
    services.revert(batch=first)
    assert staged(owner, account).layout["invert"] is False


def test_an_ofx_file_has_no_columns(owner):
    batch = staged(owner, make_account(owner), fixture("card.ofx"), "card.ofx")
    with pytest.raises(services.ImportRefused):
        services.configure(batch=batch, layout=LAYOUT)


# What is refused.


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.qif", b"!Type:Bank\n^\n", "no transaction"),
        ("x.pdf", b"%PDF-1.7 x", "PDF"),
        ("x.xlsx", b"PK\x03\x04xxxx", "Spreadsheets"),
        ("x.csv", b" \n", "empty"),
        ("x.bin", b"\x00\x01\x02\x03", "not a statement file"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_kept(owner, name, data, says):
    with pytest.raises(StatementError, match=says):
        staged(owner, make_account(owner), data, name)
    assert not ImportBatch.objects.exists()


def test_the_account_of_somebody_else_is_refused(owner, stranger):
    with pytest.raises(services.ImportRefused):
        staged(owner, make_account(stranger))
    assert not ImportBatch.objects.exists()


def test_files_do_not_pile_up(owner):
    account = make_account(owner)
    for _ in range(services.MOST_WAITING):
        staged(owner, account)
    with pytest.raises(services.ImportRefused, match="waiting"):
        staged(owner, account)


@pytest.mark.django_db(transaction=True)
def test_two_files_at_once_are_counted_one_after_the_other():
    owner = make_user("owner")
    account = make_account(owner)
    for _ in range(services.MOST_WAITING - 1):
        staged(owner, account)
    works = [lambda: staged(owner, account)] * 3
    outcomes = at_once(*works, refusals=(services.ImportRefused,))
    assert sum(isinstance(outcome, ImportBatch) for outcome in outcomes) == 1
    assert ImportBatch.objects.for_user(owner).count() == services.MOST_WAITING


def test_names_of_files_are_cleaned(owner):
    assert staged(owner, make_account(owner), name="\x00a\nb.csv" + "x" * 300).file_name.startswith("a b.csv")
    assert staged(owner, make_account(owner, "Two"), name="\x00").file_name == "statement"


def test_doubts_about_account_and_currency_are_told(owner):
    account = make_account(owner, number_last4="0000")
    notes = services.preview(batch=staged(owner, account, fixture("savings.xml.ofx"), "s.ofx")).notes
    text = " ".join(note.text for note in notes)
    assert "ending in" in text
    assert "your currency is USD" in text


# Any file, and everything at once.

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
_ROWS = st.lists(
    st.tuples(
        st.dates(date(2026, 1, 1), date(2026, 1, 4)).map(str) | _TEXT,
        st.sampled_from(["Coffee", "coffee ", 'He said "no"', "a,b"]) | _TEXT,
        st.sampled_from(["-3.20", "3.2", "1,000.00"]) | st.decimals(-10, 10, places=3).map(str) | _TEXT,
    ),
    max_size=12,
)


@COSTLY
@given(rows=_ROWS)
def test_importing_twice_is_importing_once(owner, rows):
    text = io.StringIO()
    csv.writer(text).writerows([("Date", "Description", "Amount"), *rows])
    data = text.getvalue().encode()
    account = make_account(owner, "Account")
    batches = [
        ImportBatch.objects.create(
            user=owner, account=account, file_name="x.csv", kind="csv", content=data, layout=LAYOUT.to_dict()
        )
        for _ in range(2)
    ]
    seen = services.preview(batch=batches[0]).counts
    first = services.commit(batch=batches[0])
    assert counts_of(first) == seen
    stored = list(Transaction.objects.for_user(owner).filter(account=account).values_list("amount", flat=True))
    assert len(stored) == seen.new
    assert balance(account) == sum(stored)
    second = services.preview(batch=batches[1]).counts
    assert second == (0, seen.new, seen.error)
    assert counts_of(services.commit(batch=batches[1])) == second
    assert Transaction.objects.for_user(owner).filter(account=account).count() == seen.new


def _at_once(*batches: ImportBatch) -> list[str]:
    """Confirm each in its own connection at one timestamp; the outcome of each."""
    answers = at_once(*[partial(services.commit, batch=batch) for batch in batches], refusals=(services.AlreadyDone,))
    return sorted(
        "already done" if isinstance(one, services.AlreadyDone) else f"{one.new_count} new" for one in answers
    )


@pytest.mark.django_db(transaction=True)
def test_one_batch_confirmed_by_two_tabs_is_imported_once():
    user = make_user("racer")
    account = make_account(user)
    batch = staged(user, account)
    assert _at_once(batch, batch) == ["3 new", "already done"]
    assert balance(account) == D("2493.60")


@pytest.mark.django_db(transaction=True)
def test_one_file_in_two_batches_is_imported_once():
    user = make_user("racer")
    account = make_account(user)
    data = statement(*(f"2026-03-{n % 28 + 1:02},Shop {n},-{n + 1}" for n in range(300)))
    batches = [staged(user, account, data), staged(user, account, data)]
    assert _at_once(*batches) == ["0 new", "300 new"]
    assert Transaction.objects.for_user(user).count() == 300
    assert balance(account) == -sum(range(1, 301))


@pytest.mark.django_db(transaction=True)
def test_a_revert_and_a_new_import_of_the_file_at_once_leave_a_true_balance():
    user = make_user("racer")
    account = make_account(user)
    data = statement(*(f"2026-03-{n % 28 + 1:02},Shop {n},-1" for n in range(200)))
    first, again = imported(user, account, data), staged(user, account, data)

    def take_back() -> None:
        services.revert(batch=first)
        connection.close()

    thread = Thread(target=take_back)
    thread.start()
    added = services.commit(batch=again).new_count
    thread.join(30)
    assert not thread.is_alive()
    assert added in {0, 200}
    assert Transaction.objects.for_user(user).count() == added
    assert balance(account) == -added


@pytest.mark.django_db(transaction=True)
def test_changes_by_hand_are_told_without_an_enclosing_transaction():
    user = make_user("racer")
    batch = imported(user, make_account(user))
    assert services.handwork(batch=batch).changed == 0
    Transaction.objects.for_user(user).filter(description="Coffee").update(comment="x")
    assert services.handwork(batch=batch).changed == 2
