"""Bulk changes and undo at the service: exact counts, what is left alone, and undo as the identity."""

import threading
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from tests.concurrency import while_waiting
from tests.examples import COSTLY
from tests.factories import at, booked_at, make_account, make_subcategory, make_transaction, make_user
from transactions.bulk import services
from transactions.categories.services import delete_subcategory
from transactions.models import ImportBatch, SpendingSummary, Transaction
from transactions.models.bulk_actions import BulkAction
from transactions.transfers.services import make_transfer
from wealthwise.core.caching import forget
from wealthwise.core.errors import BalanceTooLarge, NotFound

pytestmark = pytest.mark.django_db


def mine(user):
    return Transaction.objects.for_user(user)


def ledger(user):
    return list(mine(user).order_by("pk").values())


def state(user):
    """Everything that a bulk change can reach."""
    return (
        ledger(user),
        list(Account.objects.for_user(user).order_by("pk").values_list("pk", "current_balance")),
        list(
            SpendingSummary.objects.for_user(user)
            .order_by("month", "subcategory_id")
            .values_list("month", "subcategory_id", "spent", "received", "transaction_count")
        ),
    )


def transfer(user, source, target, amount="50", day="2026-03-10"):
    key = uuid.uuid4()
    return [
        make_transaction(user, f"{sign}{amount}", day, "Transfer", account=account, transfer_id=key)
        for sign, account in (("-", source), ("", target))
    ]


@pytest.fixture
def household(owner):
    """Two accounts, two subcategories, three bookings and a transfer."""
    current, savings = make_account(owner, opening="100"), make_account(owner, "Savings")
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun", "Leisure")
    make_transaction(owner, "-10", "2026-03-01", "Bread", account=current, subcategory=food)
    make_transaction(owner, "-20", "2026-03-02", "Cinema", account=current, subcategory=fun)
    make_transaction(owner, "5", "2026-04-02", "Refund", account=savings)
    transfer(owner, current, savings)
    return {"current": current, "savings": savings, "food": food, "fun": fun}


def recategorise(user, target, seen=None, **chosen):
    rows = mine(user).filter(**chosen)
    return services.recategorise(
        user=user, rows=rows, subcategory_id=target.pk, seen=rows.count() if seen is None else seen
    )


def move(user, target, **chosen):
    rows = mine(user).filter(**chosen)
    return services.move_account(user=user, rows=rows, account_id=target.pk, seen=rows.count())


def delete(user, **chosen):
    rows = mine(user).filter(**chosen)
    return services.delete(user=user, rows=rows, seen=rows.count())


def undo(user, outcome):
    return services.undo(user=user, action_id=outcome.action_id)


def test_recategorising_says_what_it_did_and_what_it_left(owner, household):
    before = state(owner)
    outcome = recategorise(owner, household["fun"])
    assert outcome.sentence == (
        "2 transactions moved to Fun. 1 was there already. Left alone: 2 sides of transfers, which have no category."
    )
    assert set(mine(owner).without_transfers().values_list("subcategory_id", flat=True)) == {household["fun"].pk}
    assert set(mine(owner).exclude(transfer_id=None).values_list("subcategory_id", flat=True)) == {None}
    assert undo(owner, outcome) == "Undone: 2 transactions are back as before."
    assert state(owner) == before


def test_moving_to_an_account_leaves_transfers_together(owner, household):
    before = state(owner)
    outcome = move(owner, household["savings"])
    assert outcome.sentence == (
        "2 transactions moved to Savings. 1 was there already. "
        "Left alone: 2 sides of transfers, whose accounts belong together."
    )
    assert [account.current_balance for account in Account.objects.for_user(owner).order_by("pk")] == [50, 25]
    undo(owner, outcome)
    assert state(owner) == before


def test_deleting_one_side_of_a_transfer_deletes_the_other(owner, household):
    before = state(owner)
    outcome = delete(owner, amount__lt=0)
    assert outcome.sentence == "3 transactions deleted, and the other side of a transfer."
    assert [row["description"] for row in ledger(owner)] == ["Refund"]
    assert undo(owner, outcome) == "Undone: 4 transactions are back as before."
    assert state(owner) == before


def test_both_sides_in_the_selection_are_two_transactions(owner, household):
    assert delete(owner).sentence == "5 transactions deleted."
    assert ledger(owner) == []


def test_a_change_is_one_statement_on_the_ledger(owner, household, django_assert_max_num_queries):
    rows = mine(owner)
    with django_assert_max_num_queries(8) as captured:  # savepoints, lock, target, rows, change, record, sentence
        services.recategorise(user=owner, rows=rows, subcategory_id=household["fun"].pk, seen=5)
    assert len([query for query in captured if "UPDATE transaction" in query["sql"]]) == 1


@pytest.mark.parametrize("seen", [0, 4, 6])
def test_another_number_than_was_seen_changes_nothing(owner, household, seen):
    before = state(owner)
    for change in (
        lambda: recategorise(owner, household["fun"], seen=seen),
        lambda: services.delete(user=owner, rows=mine(owner), seen=seen),
        lambda: services.move_account(user=owner, rows=mine(owner), account_id=household["savings"].pk, seen=seen),
    ):
        with pytest.raises(services.Stale, match=f"5 transactions match now, and not {seen} as when you looked"):
            change()
    assert state(owner) == before
    assert not BulkAction.objects.exists()


def test_nothing_to_do_keeps_the_undo_of_the_change_before(owner, household):
    first = recategorise(owner, household["fun"])
    with pytest.raises(services.NothingToDo, match=r"Nothing moved to Fun\. 3 were there already"):
        recategorise(owner, household["fun"], transfer_id=None)
    with pytest.raises(services.NothingToDo, match="Nothing deleted"):
        delete(owner, pk=0)
    assert undo(owner, first).startswith("Undone: 2")


def test_no_more_than_the_limit(owner, household, monkeypatch):
    monkeypatch.setattr(services, "MOST", 4)
    before = state(owner)
    with pytest.raises(services.TooMany, match="At most 4"):
        delete(owner)
    assert state(owner) == before


def test_targets_are_the_persons_own_and_open(owner, stranger, household):
    before = state(owner)
    closed = make_account(owner, "Closed", is_active=False)
    for target in (closed, make_account(stranger)):
        with pytest.raises(NotFound):
            move(owner, target)
    with pytest.raises(NotFound):
        recategorise(owner, make_subcategory(stranger))
    assert ledger(owner) == before[0]


def test_only_the_last_change_can_be_undone_and_once(owner, household):
    first = recategorise(owner, household["fun"])
    second = recategorise(owner, household["food"], description="Bread")
    assert BulkAction.objects.for_user(owner).count() == 1
    for outcome in (first, second, second):
        if outcome is second and BulkAction.objects.for_user(owner).open().exists():
            undo(owner, outcome)
            continue
        with pytest.raises(services.NoLongerLast):
            undo(owner, outcome)
    kept = BulkAction.objects.get(user=owner)
    assert (kept.rows, kept.undone_at is None) == ([], False)  # what was deleted is not kept longer than needed


def test_an_undo_is_only_for_the_one_who_changed(owner, stranger, household):
    outcome = delete(owner)
    with pytest.raises(services.NoLongerLast):
        undo(stranger, outcome)
    assert ledger(owner) == []
    undo(owner, outcome)
    assert len(ledger(owner)) == 5


def test_rows_changed_since_are_left_and_counted(owner, household):
    outcome = recategorise(owner, household["fun"])
    mine(owner).filter(description="Bread").update(subcategory=None)
    mine(owner).filter(description="Refund").update(amount=Decimal(6))  # another column: still ours to restore
    assert (
        undo(owner, outcome) == "Undone: 1 of 2 transactions are back as before. "
        "1 was left as it is, changed since: “Bread”."
    )
    rows = {row["description"]: row for row in ledger(owner)}
    assert (rows["Refund"]["subcategory_id"], rows["Refund"]["amount"]) == (None, 6)
    assert rows["Bread"]["subcategory_id"] is None


def test_deleted_rows_stay_deleted_and_a_gone_subcategory_stays_gone(owner, household):
    outcome = recategorise(owner, household["fun"])
    delete_subcategory(user=owner, subcategory_id=household["food"].pk)
    mine(owner).filter(description="Refund").delete()
    assert undo(owner, outcome) == (
        "Undone, but nothing came back. 1 was left as it is, changed since: “Bread”. 1 was deleted since."
    )
    assert mine(owner).get(description="Bread").subcategory_id == household["fun"].pk


def test_what_returns_from_a_deletion_is_uncategorised_when_its_subcategory_is_gone(owner, household):
    outcome = delete(owner)
    delete_subcategory(user=owner, subcategory_id=household["food"].pk)
    assert undo(owner, outcome) == (
        "Undone: 5 transactions are back as before. 1 is uncategorised now, since the subcategory is gone."
    )
    assert mine(owner).get(description="Bread").subcategory_id is None


def imported(user, account, state="committed"):
    batch = ImportBatch.objects.create(user=user, account=account, file_name="a.csv", kind="csv", state=state)
    key = uuid.uuid4()
    rows = [
        make_transaction(
            user, "-1", description=f"Row {n}", account=account, import_batch=batch, fingerprint=key, occurrence=n
        )
        for n in (1, 2)
    ]
    return batch, rows, key


def test_what_was_imported_again_since_is_not_doubled(owner, household):
    _, _, key = imported(owner, household["current"])
    outcome = delete(owner, fingerprint=key)
    make_transaction(owner, "-1", description="Again", fingerprint=key, occurrence=1)
    assert undo(owner, outcome) == (
        "Undone: 1 of 2 transactions are back as before. "
        "1 stayed away: “Row 1”. The import was reverted or repeated since."
    )
    assert sorted(mine(owner).filter(fingerprint=key).values_list("description", flat=True)) == ["Again", "Row 2"]


def test_rows_of_a_reverted_import_stay_away_with_the_other_side_of_their_transfer(owner, household):
    batch, rows, _ = imported(owner, household["current"])
    key = uuid.uuid4()
    mine(owner).filter(pk=rows[0].pk).update(transfer_id=key)
    make_transaction(owner, "1", account=household["savings"], transfer_id=key, description="Other side")
    outcome = delete(owner)
    ImportBatch.objects.filter(pk=batch.pk).update(state="reverted")
    assert undo(owner, outcome).startswith("Undone: 5 of 8")
    assert not mine(owner).filter(transfer_id=key).exists()


def test_rows_of_an_account_that_is_gone_stay_away(owner, household):
    outcome = delete(owner)
    Account.objects.for_user(owner).filter(name="Savings").delete()
    forget(owner.pk)
    assert undo(owner, outcome).startswith("Undone: 2 of 5")
    assert sorted(mine(owner).values_list("description", flat=True)) == ["Bread", "Cinema"]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_erasing_a_person_erases_what_could_be_undone(owner, stranger, household):
    delete(owner)
    make_transaction(stranger)
    delete(stranger)
    owner.delete()
    assert list(BulkAction.objects.values_list("user_id", flat=True)) == [stranger.pk]


def test_a_balance_that_does_not_fit_is_told(owner):
    here, there = make_account(owner, "Here"), make_account(owner, "There", "9999999999.00")
    make_transaction(owner, "5", account=here)
    before = state(owner)
    with pytest.raises(BalanceTooLarge):
        move(owner, there)
    assert state(owner) == before


ROW = st.tuples(
    st.integers(0, 2),  # account, 0 for none
    st.integers(0, 2),  # subcategory, 0 for none
    st.decimals("-500", "500", places=2).filter(bool),
    st.integers(0, 100),  # days
    st.booleans(),  # a transfer instead
)
CHANGE = st.tuples(st.sampled_from(["recategorise", "move", "delete"]), st.integers(1, 2), st.sets(st.integers(0, 9)))


@given(rows=st.lists(ROW, min_size=1, max_size=10), change=CHANGE)
@COSTLY
def test_a_bulk_change_and_its_undo_are_the_identity(owner, rows, change):
    mine(owner).delete()
    Account.objects.for_user(owner).delete()
    accounts = [None, make_account(owner, "A", "10"), make_account(owner, "B")]
    subcategories = [None, make_subcategory(owner, "X"), make_subcategory(owner, "Y")]
    for account, subcategory, amount, days, is_transfer in rows:
        timestamp = at(owner, "2026-01-01") + timedelta(days=days, microseconds=days)
        if is_transfer:
            transfer(owner, accounts[1], accounts[2], str(abs(amount)))
            continue
        make_transaction(
            owner,
            str(amount),
            transaction_date=timestamp,
            account=accounts[account],
            subcategory=subcategories[subcategory],
            comment="“quoted” \\ {line}\n%s",
        )
    kind, target, picked = change
    ids = [pk for place, pk in enumerate(mine(owner).order_by("pk").values_list("pk", flat=True)) if place in picked]
    before = state(owner)
    try:
        if kind == "delete":
            outcome = delete(owner, pk__in=ids)
        elif kind == "move":
            outcome = move(owner, accounts[target], pk__in=ids)
        else:
            outcome = recategorise(owner, subcategories[target], pk__in=ids)
    except services.NothingToDo:
        assert state(owner) == before
        return
    assert state(owner) != before
    assert " of " not in undo(owner, outcome)
    assert state(owner) == before


def test_an_undo_leaves_a_row_that_became_a_side_of_a_transfer(owner, household):
    """Moved back, both sides would be in one account."""
    into = make_transaction(owner, "20", "2026-03-03", "Cash", account=household["current"])
    out = mine(owner).get(description="Cinema")
    moved = move(owner, household["savings"], pk=out.pk)
    make_transfer(user=owner, out_id=out.pk, into_id=into.pk)
    assert undo(owner, moved) == "Undone, but nothing came back. 1 was left as it is, changed since: “Cinema”."
    accounts = mine(owner).filter(pk__in=[out.pk, into.pk]).order_by("pk").values_list("account", flat=True)
    assert set(accounts) == {household["current"].pk, household["savings"].pk}


@pytest.mark.django_db(transaction=True)
def test_a_deletion_while_a_row_becomes_a_side_of_a_transfer_takes_both_or_neither() -> None:
    user = make_user("owner")
    out = make_transaction(user, "-5", "2026-03-01", "Out", account=make_account(user, "A"))
    into = make_transaction(user, "5", "2026-03-01", "In", account=make_account(user, "B"))
    while_waiting(
        lambda: make_transfer(user=user, out_id=out.pk, into_id=into.pk),
        lambda: services.delete(user=user, rows=mine(user).filter(pk=out.pk), seen=1),
    )
    assert ledger(user) == []


@pytest.mark.django_db(transaction=True)
def test_two_bulk_changes_at_once_follow_each_other() -> None:
    """Both saw all 40 rows; the second is told of the first one's rows and the last one can be undone."""
    user = make_user("owner")
    food, fun = make_subcategory(user), make_subcategory(user, "Fun", "Leisure")
    Transaction.objects.bulk_create(
        Transaction(user=user, amount=-1, description=f"Row {n}", **booked_at(user, at(user, "2026-03-01")))
        for n in range(40)
    )
    answers: list[Any] = []
    barrier = threading.Barrier(2)

    def run(target: Any) -> None:
        try:
            rows = Transaction.objects.for_user(user).filter(subcategory=None)
            barrier.wait()
            answers.append(services.recategorise(user=user, rows=rows, subcategory_id=target.pk, seen=40))
        except services.Stale as refusal:
            answers.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[target]) for target in (food, fun)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [answer for answer in answers if isinstance(answer, services.Outcome)]
    stale = [answer for answer in answers if isinstance(answer, services.Stale)]
    assert (len(done), [str(refusal)[:30] for refusal in stale]) == (1, ["0 transactions match now, and "])
    assert Transaction.objects.for_user(user).values("subcategory").distinct().count() == 1
    undo(user, done[0])
    assert not Transaction.objects.for_user(user).exclude(subcategory=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_changed_while_the_bulk_change_waits_is_kept_as_it_then_was() -> None:
    """The bulk change waits for the edit's lock and must record the edited subcategory, not the one before."""
    user = make_user("owner")
    food, fun, rent = (make_subcategory(user, name) for name in ("Food", "Fun", "Rent"))
    row = make_transaction(user, subcategory=food)
    outcome = while_waiting(
        lambda: mine(user).filter(pk=row.pk).update(subcategory=fun),
        lambda: services.recategorise(user=user, rows=mine(user), subcategory_id=rent.pk, seen=1),
    )
    undo(user, outcome)
    row.refresh_from_db()
    assert row.subcategory == fun
