"""Two saves of one row that know nothing of each other: nothing is lost, and what both changed is asked."""

import json
import re
from decimal import Decimal
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.concurrency import at_once
from tests.factories import make_account, make_subcategory, make_transaction, make_user, signed_in
from transactions.ledger.merging import ChangedMeanwhile, RowState, load_shown, merge
from transactions.models import Transaction

HTMX = {"HX-Request": "true"}


def edit_url(row, inline=False):
    return f"/transactions/{row.pk}/" + ("inline/" if inline else "")


def form_in(response):
    """What a browser would send from the form as it is shown."""
    form = response.context["form"]
    values = {name: form[name].value() for name in form.fields}
    if not form.is_bound and form["time"].value():
        values["time"] = f"{values['time']:%H:%M}"
    assert f'name="shown" value="{values["shown"]}"' in unescape(response.text)
    return {name: value for name, value in values.items() if value is not None}


def open_tab(client, row, inline=False):
    return form_in(client.get(edit_url(row, inline), headers=HTMX if inline else {}))


def save(client, row, form, inline=False, **changes):
    return client.post(edit_url(row, inline), form | changes, headers=HTMX if inline else {})


@pytest.fixture
def row(owner, stranger):
    """A row with something in each field; the stranger has one like it."""
    make_transaction(stranger, "-12.50", comment="old", account=make_account(stranger))
    return make_transaction(
        owner, "-12.50", comment="old", account=make_account(owner), subcategory=make_subcategory(owner)
    )


@pytest.mark.parametrize("inline", [False, True])
def test_what_only_one_of_them_changed_is_kept(owner, owner_client, row, inline):
    first, second = open_tab(owner_client, row), open_tab(owner_client, row, inline)
    save(owner_client, row, first, comment="new", amount="13")
    answer = save(owner_client, row, second, inline, description="Shop on the corner")
    assert answer.status_code in (200, 302)
    row.refresh_from_db()
    assert (row.amount, row.comment, row.description) == (Decimal(-13), "new", "Shop on the corner")
    said = answer["HX-Trigger"] if inline else owner_client.get("/transactions/").text
    assert "Changed elsewhere meanwhile, and kept: amount, comment." in said


CHANGES = {
    "amount": ("13", "14", "−$13.00", "-14"),
    "description": ("Bakery", "Butcher", "“Bakery”", "Butcher"),
    "comment": ("new", "newer", "“new”", "newer"),
    "date": ("2026-03-16", "2026-03-17", "16 Mar 2026", "2026-03-17"),
    "time": ("08:30", "09:30", "“08:30:00”", "09:30:00"),
}


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("field", CHANGES)
def test_what_both_changed_is_asked_and_then_saved(owner, owner_client, row, field, inline):
    theirs, mine, told, stored = CHANGES[field]
    first, second = open_tab(owner_client, row), open_tab(owner_client, row, inline)
    save(owner_client, row, first, **{field: theirs, "account": ""})
    before = Transaction.objects.for_user(owner).values().get()
    asked = save(owner_client, row, second, inline, **{field: mine})
    assert asked.status_code == 422
    assert "changed elsewhere meanwhile" in asked.text
    assert asked.context["form"].errors[field] == [f"Meanwhile it became {told}. Save again to keep your entry."]
    assert Transaction.objects.for_user(owner).values().get() == before
    again = form_in(asked)
    assert (again[field], again["account"]) == (mine, "")  # what only the other one changed is in the form now
    assert save(owner_client, row, again, inline).status_code in (200, 204, 302)
    row.refresh_from_db()
    column = {"date": "booked_on", "time": "booked_time"}.get(field, field)
    assert str(getattr(row, column)).removesuffix(".00") == stored
    assert row.account_id is None


def test_both_wrote_the_same(owner, owner_client, row):
    first, second = open_tab(owner_client, row), open_tab(owner_client, row)
    for form in (first, second):
        assert save(owner_client, row, form, amount="13").status_code == 302
    row.refresh_from_db()
    assert row.amount == -13


def test_another_direction_and_another_amount_meet(owner, owner_client, row):
    first, second = open_tab(owner_client, row), open_tab(owner_client, row)
    save(owner_client, row, first, direction="income")
    asked = save(owner_client, row, second, amount="14")
    assert asked.context["form"].errors["amount"] == ["Meanwhile it became $12.50. Save again to keep your entry."]
    save(owner_client, row, form_in(asked))
    row.refresh_from_db()
    assert row.amount == -14


def test_a_transfer_in_two_tabs(owner, owner_client):
    accounts = [make_account(owner, name) for name in "ABC"]
    typed = {"amount": "5", "source": accounts[0].pk, "target": accounts[1].pk, "description": "Move"}
    owner_client.post("/transactions/transfer/", typed | {"date": "2026-03-15"})
    out, into = Transaction.objects.for_user(owner).order_by("amount")
    first, second, third = (open_tab(owner_client, leg) for leg in (out, into, out))
    save(owner_client, out, first, target=accounts[2].pk, comment="mine")
    save(owner_client, into, second, amount="6", comment="theirs")
    out.refresh_from_db()
    into.refresh_from_db()
    assert [(leg.amount, leg.account_id, leg.comment) for leg in (out, into)] == [
        (-6, accounts[0].pk, "mine"),
        (6, accounts[2].pk, "theirs"),
    ]
    # The third would now leave both sides in one account.
    refused = save(owner_client, out, third, source=accounts[2].pk)
    assert (refused.status_code, "two different accounts" in refused.text) == (422, True)


def test_a_row_that_became_a_transfer_meanwhile_is_said(owner, owner_client, row):
    other = make_transaction(owner, "12.50", account=make_account(owner, "Savings"))
    form = open_tab(owner_client, row)
    owner_client.post("/transactions/transfers/make/", {"out": row.pk, "into": other.pk})
    before = list(Transaction.objects.for_user(owner).order_by("pk").values())
    refused = save(owner_client, row, form, source=row.account_id, target=other.account_id)
    assert "made a transfer" in refused.text
    assert list(Transaction.objects.for_user(owner).order_by("pk").values()) == before


@pytest.mark.parametrize("shown", ["", "{}", "[1]", "null", "x" * 4000, '{"amount": "1"}'])
def test_a_form_that_does_not_say_what_it_was_shown_with_writes_all(owner, owner_client, row, shown):
    form = open_tab(owner_client, row)
    assert save(owner_client, row, form, shown=shown, amount="13").status_code == 302
    row.refresh_from_db()
    assert row.amount == -13


def test_the_form_says_nothing_of_another_s_row(owner, stranger_client, staff_client, row):
    for client in (stranger_client, staff_client):
        assert client.get(edit_url(row)).status_code == 404
        assert client.post(edit_url(row), {"amount": "1"}).status_code == 404


STATE = st.builds(
    RowState,
    amount=st.sampled_from([Decimal("1.00"), Decimal("-2.50"), Decimal(3)]),
    description=st.sampled_from("ab"),
    day=st.dates(),
    clock=st.none() | st.times(),
    account=st.sampled_from([None, 1, 2]),
    into=st.just(None),
    subcategory=st.sampled_from([None, 1]),
    comment=st.sampled_from(["", "x"]),
)


@given(STATE, STATE, STATE)
def test_each_change_of_one_of_them_survives(base, typed, now):
    shown = load_shown(base.dumped())
    three = {name: {base.shown()[name], typed.shown()[name], now.shown()[name]} for name in base.shown()}
    if both := [name for name, values in three.items() if len(values) == 3]:
        with pytest.raises(ChangedMeanwhile) as refusal:
            merge(shown=shown, typed=typed, now=now)
        assert refusal.value.both == both
        return
    for name, value in merge(shown=shown, typed=typed, now=now).state.shown().items():
        said = {typed.shown()[name], now.shown()[name]} - {base.shown()[name]}
        assert value == (said.pop() if said else base.shown()[name])
        assert not said


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_the_same_moment_are_both_there() -> None:
    user = make_user("owner")
    row = make_transaction(user, comment="old")
    clients = [signed_in(user) for _ in range(2)]
    forms = [open_tab(client, row) for client in clients]
    answers = at_once(
        lambda: save(clients[0], row, forms[0], comment="new").status_code,
        lambda: save(clients[1], row, forms[1], amount="13").status_code,
    )
    assert answers == [302, 302]
    row.refresh_from_db()
    assert (row.comment, row.amount) == ("new", -13)


def test_what_is_shown_is_readable(owner, owner_client, row):
    shown = json.loads(unescape(re.search(r'name="shown" value="([^"]*)"', owner_client.get(edit_url(row)).text)[1]))
    assert (shown["amount"], shown["comment"], shown["into"]) == ("-12.50", "old", None)
