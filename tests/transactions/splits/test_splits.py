"""Splits at the URL: a row in parts, the parts changed, one row again; and what the ledger makes of them."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from tests.concurrency import at_once
from tests.examples import COSTLY
from tests.factories import make_account, make_subcategory, make_transaction
from tests.transactions.bulk.test_bulk_pages import BULK, UNDO, said
from tests.transactions.importing.helpers import imported, staged, statement
from transactions.bulk.services import undo
from transactions.importing import services
from transactions.ledger.services import Booking
from transactions.models import DeletedImport, SpendingSummary, Tag, Transaction
from transactions.splits.services import SplitMeanwhile, SplitPart, join_parts, split, state_of
from wealthwise.core.caching import forget
from wealthwise.core.errors import RefusedAmount
from wealthwise.postgres.sql import rows_of, run

LIST = "/transactions/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(owner, stranger):
    """A row of 84.20 in an account, another one beside it, and a stranger's of the same looks."""
    account = make_account(owner, opening="1000")
    food, home = make_subcategory(owner), make_subcategory(owner, "Cleaning", "Home")
    row = make_transaction(owner, "-84.20", "2026-03-15", "Market", account=account, subcategory=food, comment="card")
    other = make_transaction(owner, "-5.00", "2026-03-15", "Bread", account=account)
    theirs = make_transaction(stranger, "-84.20", "2026-03-15", "Market", account=make_account(stranger))
    forget(owner.pk)
    return SimpleNamespace(account=account, food=food, home=home, row=row, other=other, theirs=theirs)


def sent(world, *parts, **more):
    """The form of a split as a browser sends it; a part is its amount, category, id and what else."""
    said = {"direction": "expense", "amount": "84.20", "description": "Market", "date": "2026-03-15"}
    said |= {"account": world.account.pk, "parts": str(len(parts))}
    for number, part in enumerate(parts):
        said |= {f"part-{number}-{name}": value for name, value in part.items()}
    return said | more


def parts_of(row):
    row = Transaction.objects.get(pk=row.pk)
    mine = Transaction.objects.filter(user_id=row.user_id)
    return list(mine.parts(row.split_id)) if row.split_id else [row]


def everything():
    """Rows as the database has them, with the balances and sums that follow from them."""
    rows = rows_of("SELECT to_jsonb(t) FROM transaction t ORDER BY id")
    sums = SpendingSummary.objects.order_by("user", "month", "subcategory")
    balances = Account.objects.order_by("pk").values_list("current_balance", flat=True)
    return rows, list(sums.values_list("user", "month", "subcategory", "spent", "transaction_count")), list(balances)


def in_two(world, client, **more):
    parts = [
        {"row": world.row.pk, "amount": "60", "subcategory": world.food.pk, "comment": "card"},
        {"amount": "24.20", "subcategory": world.home.pk, "tags": "House"},
    ]
    return client.post(f"{LIST}{world.row.pk}/split/", sent(world, *parts, **more))


def test_a_row_becomes_parts_and_the_sums_stay(owner, owner_client, world):
    page = owner_client.get(f"{LIST}{world.row.pk}/split/")
    assert "$84.20 left to give to a part." in page.text
    answer = in_two(world, owner_client, shown=page.context["form"]["shown"].value())
    assert (answer.status_code, said(answer)) == (302, ["Saved “Market” in 2 parts."])
    first, second = parts_of(world.row)
    assert (first.pk, first.split_part, first.amount, first.comment) == (world.row.pk, 1, Decimal(-60), "card")
    assert (second.split_part, second.amount, second.subcategory_id) == (2, Decimal("-24.20"), world.home.pk)
    assert (second.comment, second.tag_ids) == ("", [Tag.objects.for_user(owner).get(name="House").pk])
    shared = ("description", "account_id", "booked_on", "booked_time", "transaction_date", "import_batch_id")
    assert [getattr(first, name) for name in shared] == [getattr(second, name) for name in shared]
    world.account.refresh_from_db()
    assert world.account.current_balance == Decimal("910.80")
    spent = dict(SpendingSummary.objects.for_user(owner).values_list("subcategory_id", "spent"))
    assert spent == {world.food.pk: 60, world.home.pk: Decimal("24.20"), None: 5}


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([{"amount": "60"}, {"amount": "24.19"}], "$0.01 is left to give to a part."),
        ([{"amount": "60"}, {"amount": "30"}], "The parts have $5.80 too much."),
        ([{"amount": "84.20"}, {}], "A split has 2 to 50 parts"),
        ([{"amount": "60"}, {"comment": "x"}], "Give this part an amount, or take it out."),
        ([{"amount": "90"}, {"amount": "-5.80"}], "The amount must be above zero."),
        ([{"amount": "60"}, {"amount": "24.20", "row": "other"}], "A part of it is no longer there."),
        ([{"amount": "60"}, {"amount": "24.20", "subcategory": "999999"}], "That is not one of yours."),
    ],
)
def test_what_is_no_split_is_told_and_nothing_changes(owner_client, world, parts, sentence):
    before = everything()
    named = [part | ({"row": world.other.pk} if "row" in part else {}) for part in parts]
    answer = owner_client.post(f"{LIST}{world.row.pk}/split/", sent(world, *named))
    assert (answer.status_code, everything()) == (422, before)
    assert sentence in answer.text


def test_whose_rows(stranger_client, staff_client, world):
    before = everything()
    for client in (stranger_client, staff_client):
        assert client.get(f"{LIST}{world.row.pk}/split/").status_code == 404
        assert in_two(world, client).status_code == 404
        assert client.post(f"{LIST}{world.row.pk}/join/").status_code == 404
    parts = [{"row": world.row.pk, "amount": "60"}, {"amount": "24.20"}]
    answer = stranger_client.post(f"{LIST}{world.theirs.pk}/split/", sent(world, *parts) | {"account": ""})
    assert (answer.status_code, everything()) == (422, before)


def test_what_was_changed_elsewhere_is_asked(owner_client, world):
    page = owner_client.get(f"{LIST}{world.row.pk}/split/")
    shown = page.context["form"]["shown"].value()
    Transaction.objects.filter(pk=world.row.pk).update(comment="meanwhile")
    before = everything()
    answer = in_two(world, owner_client, shown=shown)
    assert (answer.status_code, everything()) == (422, before)
    assert "This was changed elsewhere meanwhile." in answer.text
    again = answer.context["form"]["shown"].value()
    assert in_two(world, owner_client, shown=again).status_code == 302


def test_all_of_it_is_changed_on_its_page_and_each_undone(owner, owner_client, world):
    before = everything()
    in_two(world, owner_client)
    split_rows = everything()
    second = parts_of(world.row)[1]
    assert owner_client.get(f"{LIST}{second.pk}/")["Location"] == f"{LIST}{second.pk}/split/?next=%2Ftransactions%2F"
    parts = [
        {"row": world.row.pk, "amount": "60", "is_out": "on"},
        {"row": second.pk, "amount": "24.20", "subcategory": world.home.pk},
        {"amount": "65.80"},
    ]
    owner_client.post(f"{LIST}{second.pk}/split/", sent(world, *parts, amount="90", date="2026-03-14"))
    rows = parts_of(world.row)
    assert [(row.pk, row.amount, row.split_part) for row in rows] == [
        (world.row.pk, Decimal("-24.20"), 1),
        (rows[1].pk, Decimal("-65.80"), 3),
    ]
    assert {str(row.booked_on) for row in rows} == {"2026-03-14"}
    for expected in (split_rows, before):  # the change of the split can be undone, and then nothing before it
        number = owner_client.get(LIST).context["listing"].figures.undo_id
        if number:
            owner_client.post(UNDO, {"action": number})
        assert everything() == (expected if number else split_rows)
    owner_client.post(f"{LIST}{world.row.pk}/join/")
    assert [row[0] for row in everything()[0]] != before
    undo(user=owner, action_id=owner_client.get(LIST).context["listing"].figures.undo_id)
    assert everything() == split_rows
    owner_client.post(f"{LIST}{second.pk}/join/")
    assert everything() == before
    assert said(owner_client.post(f"{LIST}{world.row.pk}/join/"))[-1] == "It is one row already."


def test_an_undo_finds_it_changed_and_leaves_it(owner, owner_client, world):
    in_two(world, owner_client)
    Transaction.objects.filter(pk=world.row.pk).update(comment="later")
    before = everything()
    number = owner_client.get(LIST).context["listing"].figures.undo_id
    answer = owner_client.post(UNDO, {"action": number})
    assert said(answer)[-1] == ("Undone, but nothing came back: “Market” was changed since, and stays as it is.")
    assert everything() == before


def test_one_line_that_opens_and_its_parts_where_they_differ(owner_client, world):
    in_two(world, owner_client)
    page = owner_client.get(LIST)
    lines = [(row.description, row.amount) for day in page.context["listing"].days for row in day.entries]
    assert lines == [("Bread", Decimal(-5)), ("Market", Decimal("-84.20"))]
    assert page.context["listing"].figures.entries == 3
    assert all(text in page.text for text in ("2 parts", "Cleaning", "24.20", "#House"))
    ids = ",".join(str(row.pk) for row in parts_of(world.row))
    assert f'value="{ids}"' in page.text
    account = owner_client.get(LIST, {"account": world.account.pk}).context["listing"]
    assert list(account.balances.values()) == [Decimal("910.80"), Decimal("915.80")]
    for query, amounts in (
        ({"subcategory": world.home.pk}, ["-24.20"]),
        ({"q": "Market"}, ["-24.20", "-60.00"]),
        ({"q": "24.20"}, ["-24.20"]),
    ):
        found = owner_client.get(LIST, query).context["listing"]
        assert [str(row.amount) for day in found.days for row in day.entries] == amounts
        assert found.figures.money_out == sum(map(Decimal, amounts))
    file = owner_client.get(f"{LIST}download/").getvalue().decode("utf-8-sig").splitlines()
    assert [line.split(",")[3] for line in file[1:]] == ["-24.20", "-5.00", "-60.00"]
    assert file[1].split(",")[-1] == file[3].split(",")[-1] != file[2].split(",")[-1] == ""


def test_pages_of_a_list_hold_each_line_once(owner, owner_client, world):
    """Parts of one place in the list, with other rows of the day between them, on both sides of the end of a page."""
    in_two(world, owner_client)
    for number in range(55):
        make_transaction(owner, "-1", "2026-03-15", f"Row {number}", account=world.account)
    for query in ({}, {"account": world.account.pk}):
        lines, balances, address = [], {}, ""
        while address is not None:
            listing = owner_client.get(LIST + address, query if not address else {}).context["listing"]
            lines += [row for day in listing.days for row in day.entries]
            balances |= listing.balances
            address = listing.older or None
        assert len({row.id for row in lines}) == len(lines) == 57
        assert sum(row.amount for row in lines) == Decimal("-144.20")
        if query:
            held = Decimal("1000") - Decimal("144.20")
            for row in lines:
                assert balances[row.id] == held
                held -= row.amount


def test_bulk_changes_say_what_they_took_along(owner, owner_client, world):
    in_two(world, owner_client)
    first, second = parts_of(world.row)
    savings = make_account(owner, "Savings")
    moved = owner_client.post(BULK, {"row": [str(second.pk)], "action": "move", "target": f"s{world.food.pk}"})
    assert said(moved)[-1] == "1 transaction moved to Groceries."
    moved = owner_client.post(BULK, {"row": [str(second.pk)], "action": "move", "target": f"a{savings.pk}"})
    assert said(moved)[-1] == (
        "1 transaction moved to Savings. With them went 1 part of splits that you had not selected."
    )
    assert {row.account_id for row in parts_of(world.row)} == {savings.pk}
    before = everything()
    gone = {"row": [f"{first.pk},{second.pk}"], "action": "delete", "confirmed": "on", "seen": 2}
    assert said(owner_client.post(BULK, gone))[-1] == "2 transactions deleted."
    undo(user=owner, action_id=owner_client.get(LIST).context["listing"].figures.undo_id)
    assert everything() == before
    answer = owner_client.post(f"{LIST}{second.pk}/delete/")
    assert said(answer)[-1] == "Deleted “Market”, with all its parts."
    assert list(Transaction.objects.for_user(owner)) == [world.other]
    undo(user=owner, action_id=owner_client.get(LIST).context["listing"].figures.undo_id)
    assert everything() == before


def test_a_part_is_edited_in_its_line_but_for_its_amount(owner, owner_client, world):
    in_two(world, owner_client)
    second = parts_of(world.row)[1]
    said_now = {"direction": "expense", "description": "Shop", "date": "2026-03-16", "account": world.account.pk}
    address = f"{LIST}{second.pk}/inline/?next=/transactions/%3Fq=Market"
    before = everything()
    answer = owner_client.post(address, said_now | {"amount": "25"}, headers={"HX-Request": "true"})
    assert (answer.status_code, everything()) == (422, before)
    assert "This is one part of a split." in answer.text
    owner_client.post(address, said_now | {"amount": "24.20", "comment": "one"}, headers={"HX-Request": "true"})
    rows = parts_of(world.row)
    assert [(row.description, str(row.booked_on), row.comment) for row in rows] == [
        ("Shop", "2026-03-16", "card"),
        ("Shop", "2026-03-16", "one"),
    ]
    undo(user=owner, action_id=owner_client.get(LIST).context["listing"].figures.undo_id)
    assert everything() == before


def test_no_transfer_is_split_and_no_part_becomes_one(owner, owner_client, world):
    in_two(world, owner_client)
    savings = make_account(owner, "Savings")
    before = everything()
    owner_client.post(f"{LIST}{world.row.pk}/transfer/", {"account": savings.pk})
    second = parts_of(world.row)[1]
    into = make_transaction(owner, "24.20", "2026-03-15", "In", account=savings)
    assert owner_client.get(f"{LIST}transfers/").context["pairs"] == []
    owner_client.post(f"{LIST}transfers/make/", {"out": second.pk, "into": into.pk})
    into.delete()
    assert everything()[0] == before[0]
    leg = {"transfer_id": "5f5b1f0e-0000-4000-8000-000000000001", "account": savings}
    transfer = make_transaction(owner, "-84.20", "2026-03-15", "Moved", **leg)
    assert owner_client.get(f"{LIST}{transfer.pk}/split/").status_code == 302
    with pytest.raises(IntegrityError, match="transaction_split_part_fits"), transaction.atomic():
        Transaction.objects.filter(pk=second.pk).update(transfer_id=leg["transfer_id"])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE transaction SET account_id = NULL WHERE id = %(id)s",
        "UPDATE transaction SET amount = -amount WHERE id = %(id)s",
        "UPDATE transaction SET booked_on = booked_on - 1 WHERE id = %(id)s",
        "UPDATE transaction SET split_part = 2 WHERE id = %(id)s",
        "UPDATE transaction SET split_id = NULL, split_part = NULL WHERE id = %(id)s",
        "DELETE FROM transaction WHERE id = %(id)s",
    ],
)
def test_the_database_holds_that_parts_belong_together(owner_client, world, change):
    in_two(world, owner_client)
    before = everything()
    with pytest.raises(IntegrityError, match="do not belong together"), transaction.atomic():
        run(change, id=world.row.pk)
    assert everything() == before


def test_what_was_imported_stays_known_in_parts_and_deleted(owner, owner_client, world):
    file = statement("2026-03-15,Market,-84.20")
    world.account = card = make_account(owner, "Card")
    batch = imported(owner, card, file)
    world.row = row = Transaction.objects.for_user(owner).get(import_batch=batch)
    in_two(world, owner_client)
    assert [(part.import_batch_id, bool(part.fingerprint)) for part in parts_of(row)] == [
        (batch.pk, True),
        (batch.pk, False),
    ]
    again = imported(owner, card, file)
    assert (again.new_count, again.duplicate_count) == (0, 1)
    owner_client.post(f"{LIST}{row.pk}/delete/")
    assert DeletedImport.objects.for_user(owner).count() == 1
    number = owner_client.get(LIST).context["listing"].figures.undo_id
    imported(owner, card, file)
    undo(user=owner, action_id=number)
    assert len(parts_of(row)) == 2
    services.revert(batch=batch)
    assert not Transaction.objects.for_user(owner).filter(account=card).exists()


def test_a_typed_split_is_the_same_as_the_row_of_its_sum(owner, owner_client, world):
    in_two(world, owner_client)
    before = [(row.amount, row.description) for row in parts_of(world.row)]
    batch = staged(owner, world.account, statement("2026-03-16,CARD MARKET,-84.20", "2026-03-16,OTHER,-24.20"))
    assert [found.match.id for found in services.preview(batch=batch).matched] == [world.row.pk]
    batch = services.commit(batch=batch)
    assert (batch.new_count, batch.duplicate_count) == (1, 1)
    assert [(row.amount, row.description) for row in parts_of(world.row)] == before
    assert [bool(row.fingerprint) for row in parts_of(world.row)] == [True, False]
    services.revert(batch=batch)
    assert [row.fingerprint for row in parts_of(world.row)] == [None, None]


def test_a_reconciled_row_asks_where_the_bank_would_see_a_change(owner, owner_client, world):
    Account.objects.filter(pk=world.account.pk).update(reconciled_to="2026-03-20")
    forget(owner.pk)
    assert in_two(world, owner_client).status_code == 302
    parts = [{"row": row.pk, "amount": str(-row.amount)} for row in parts_of(world.row)]
    parts[1]["amount"] = "30"
    before = everything()
    answer = owner_client.post(f"{LIST}{world.row.pk}/split/", sent(world, *parts, amount="90"))
    assert (answer.status_code, everything()) == (422, before)
    assert "This row is reconciled with your bank" in answer.text
    answer = owner_client.post(f"{LIST}{world.row.pk}/split/", sent(world, *parts, amount="90", agreed="1"))
    assert answer.status_code == 302


def test_one_row_is_not_two_parts(owner, world):
    before = everything()
    booking = Booking(
        amount=Decimal("84.20"), is_income=False, description="Market", day=world.row.booked_on, account=world.account
    )
    twice = [SplitPart(id=world.row.pk, amount=Decimal(amount)) for amount in ("80.00", "4.20")]
    with pytest.raises(SplitMeanwhile):
        split(user=owner, row_id=world.row.pk, booking=booking, parts=twice)
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_splits_at_once_one_asks(owner):
    account = make_account(owner)
    row = make_transaction(owner, "-10", account=account)
    booking = Booking(
        amount=Decimal(10), is_income=False, description="Two", day=row.booked_on, clock=row.booked_time,
        account=account,
    )  # fmt: skip
    shown = state_of(user=owner, row_id=row.pk)

    def one(amount):
        parts = [SplitPart(amount=Decimal(amount)), SplitPart(amount=10 - Decimal(amount))]
        return split(user=owner, row_id=row.pk, booking=booking, parts=parts, shown=shown)

    answers = at_once(lambda: one(1), lambda: one(2), refusals=(SplitMeanwhile,))
    assert sorted(type(answer).__name__ for answer in answers) == ["SplitMeanwhile", "int"]
    assert sum(part.amount for part in parts_of(row)) == -10
    assert len(parts_of(row)) == Transaction.objects.for_user(owner).count() == 2


@COSTLY
@given(cents=st.lists(st.integers(1, 10**6), min_size=2, max_size=8), is_income=st.booleans())
def test_split_then_join_is_as_before_and_sums_stay(owner, cents, is_income):
    account = Account.objects.for_user(owner).first() or make_account(owner)
    total = Decimal(sum(cents)) / 100
    row = make_transaction(owner, str(total if is_income else -total), account=account, comment="kept")
    before = everything()
    booking = Booking(
        amount=total, is_income=is_income, description=row.description, day=row.booked_on, clock=row.booked_time,
        account=account,
    )  # fmt: skip
    parts = [SplitPart(amount=Decimal(one) / 100, comment="kept") for one in cents]
    with pytest.raises(RefusedAmount):
        split(user=owner, row_id=row.pk, booking=booking, parts=[*parts, SplitPart(amount=Decimal("0.01"))])
    split(user=owner, row_id=row.pk, booking=booking, parts=parts)
    rows, sums, balances = everything()
    assert len(rows) == len(cents)
    assert (sums[0][3], balances) == (before[1][0][3], before[2])
    action = split(user=owner, row_id=row.pk, booking=booking, parts=[*parts[:1], *parts[:0:-1]])
    assert parts_of(row)[0].amount == (1 if is_income else -1) * parts[0].amount
    undo(user=owner, action_id=action)
    assert everything() == (rows, sums, balances)
    join_parts(user=owner, row_id=row.pk)
    assert everything() == before
    Transaction.objects.filter(pk=row.pk).delete()
