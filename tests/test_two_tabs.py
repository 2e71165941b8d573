"""Two tabs on one row, at every page that changes one: nothing that a person typed goes in silence."""

import json
import re
from functools import partial
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, User
from budgets.models import IncomeSource
from tests.concurrency import at_once
from tests.factories import make_account, make_period, make_user, signed_in
from tests.test_form_pages import PAGES, another
from transactions.categories.forms import CategoryForm

# Entries of the ledger have tests of their own, and of a saved filter or a tag a name is all that can be changed.
OTHERS = {"transactions:edit", "transactions:inline", "budgets:brought_forward"}
OTHERS |= {"transactions:filter_edit", "transactions:tag_edit"}
TOLD = "Save again to keep your entry."


def page_of(client: Client, address: str) -> tuple[Any, dict[str, Any]]:
    """The form of a page, and what a browser would send from it untouched."""
    response = client.get(address)
    form, text = response.context["form"], unescape(response.content.decode())
    found = re.search(r'name="shown" value="([^>]*)">', text)
    assert found, "The form does not say what it was shown with."
    sent = {bound.html_name: as_sent(bound) for bound in form if not bound.is_hidden}
    return form, {**sent, "shown": found[1]}


def as_sent(bound: Any) -> Any:
    value = bound.field.widget.format_value(bound.field.prepare_value(bound.value()))
    return (value[0] if isinstance(value, list) else value) or ""


def stored(client: Client, address: str) -> dict[str, Any]:
    form = client.get(address).context["form"]
    return {bound.name: as_sent(bound) for bound in form if not bound.is_hidden}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted({*PAGES, "accounts:settings"} - OTHERS))
def test_what_one_tab_changed_is_kept_and_what_both_changed_is_asked(
    name: str, owner: User, owner_client: Client
) -> None:
    address = reverse(name, args=[PAGES[name](owner)] if name in PAGES else [])
    form, sent = page_of(owner_client, address)
    mine, theirs = [bound for bound in form if not bound.is_hidden][:2]
    if name == "transactions:rule_edit":
        mine, theirs = form["text"], form["subcategory"]
    typed = another(theirs.field, theirs.value())
    assert owner_client.post(address, sent | {theirs.html_name: typed}).status_code == 302
    elsewhere = stored(owner_client, address)

    entry = another(mine.field, mine.value())
    assert owner_client.post(address, sent | {mine.html_name: entry}).status_code == 302
    now = stored(owner_client, address)
    assert now == elsewhere | {mine.name: entry} != elsewhere

    _, later = page_of(owner_client, address)
    asked = owner_client.post(address, sent | {mine.html_name: "Third" if mine.html_name != "how" else "pattern"})
    if "Third" in unescape(asked.content.decode()) or asked.status_code == 422:
        assert TOLD in unescape(asked.content.decode())
    assert stored(owner_client, address) == now == {key: later[key] for key in now}


@pytest.mark.django_db
def test_the_entry_that_both_changed_is_kept_in_the_form_and_saved_the_second_time(
    owner: User, owner_client: Client
) -> None:
    account = make_account(owner, "Current", bank_name="Old bank")
    address = reverse("accounts:edit", args=[account.pk])
    _, sent = page_of(owner_client, address)
    owner_client.post(address, sent | {"name": "Daily", "bank_name": "New bank"})
    asked = owner_client.post(address, sent | {"name": "Household"})
    text = unescape(asked.content.decode())
    assert (asked.status_code, "Meanwhile it became “Daily”." in text) == (422, True)
    assert ('value="Household"' in text, 'value="New bank"' in text) == (True, True)
    account.refresh_from_db()
    assert (account.name, account.bank_name) == ("Daily", "New bank")
    again = re.search(r'name="shown" value="([^>]*)">', text)
    assert again
    owner_client.post(address, sent | {"name": "Household", "bank_name": "New bank", "shown": again[1]})
    account.refresh_from_db()
    assert (account.name, account.bank_name) == ("Household", "New bank")


@pytest.mark.django_db
def test_it_says_what_was_kept(owner: User, owner_client: Client) -> None:
    account = make_account(owner, "Current")
    address = reverse("accounts:edit", args=[account.pk])
    _, sent = page_of(owner_client, address)
    owner_client.post(address, sent | {"bank_name": "New bank"})
    said = owner_client.post(address, sent | {"name": "Daily"}, follow=True).content.decode()
    assert "Daily was saved. Changed elsewhere meanwhile, and kept: bank." in said


@pytest.mark.django_db
@pytest.mark.parametrize("shown", ["", "{}", "[1]", "null", "{", "x" * 30_000, '{"name": {"a": 1}, "nobody": "x"}'])
def test_a_form_that_does_not_say_what_it_was_shown_with_writes_all(
    owner: User, owner_client: Client, shown: str
) -> None:
    account = make_account(owner, "Current")
    address = reverse("accounts:edit", args=[account.pk])
    _, sent = page_of(owner_client, address)
    assert owner_client.post(address, sent | {"bank_name": "Bank", "shown": shown}).status_code == 302
    account.refresh_from_db()
    assert account.bank_name == "Bank"


@pytest.mark.django_db
def test_the_income_of_a_budget_where_it_stands(owner: User, owner_client: Client) -> None:
    """A save of one field answers with both fields and what they are shown with, out of band."""
    budget = make_period(owner).budget
    source = IncomeSource.objects.create(user=owner, budget=budget, name="Pay", amount=5)
    address, htmx = reverse("budgets:income_edit", args=[source.pk]), {"HX-Request": "true"}
    page = unescape(owner_client.get(reverse("budgets:budget_period", args=[budget.period_id])).content.decode())
    found = re.search(rf'id="income-shown-{source.pk}" name="shown" value="([^>]*)">', page)
    assert found
    shown = json.loads(found[1])
    assert shown.keys() == {"name", "amount"}
    owner_client.post(address, {"name": "Salary", "amount": shown["amount"], "shown": found[1]}, headers=htmx)
    kept = owner_client.post(address, {"name": "Pay", "amount": "7", "shown": found[1]}, headers=htmx)
    source.refresh_from_db()
    assert (source.name, source.amount) == ("Salary", 7)
    assert 'value="Salary"' in kept.content.decode()
    asked = owner_client.post(address, {"name": "Pay", "amount": "9", "shown": found[1]}, headers=htmx)
    source.refresh_from_db()
    assert (source.name, source.amount) == ("Salary", 7)
    text = unescape(asked.content.decode())
    assert TOLD in text
    again = re.search(r'name="shown" value="([^>]*)" hx-swap-oob', text)
    assert again
    owner_client.post(address, {"name": "Pay", "amount": "9", "shown": again[1]}, headers=htmx)
    source.refresh_from_db()
    assert (source.name, source.amount) == ("Salary", 9)


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_the_same_moment() -> None:
    """They take turns from the reading of the row on, so that neither overwrites what it has not seen."""
    person = make_user("twice")
    account = make_account(person, "Current")
    address = reverse("accounts:edit", args=[account.pk])
    first, second = signed_in(person), signed_in(person)
    for round_ in range(3):
        _, sent = page_of(first, address)
        names = {"name": f"Name {round_}", "bank_name": f"Bank {round_}"}
        named, banked = (sent | {field: value} for field, value in names.items())
        at_once(partial(first.post, address, named), partial(second.post, address, banked))
        account = Account.objects.get(pk=account.pk)
        assert {"name": account.name, "bank_name": account.bank_name} == names


WORDS = st.text("ab", max_size=2)


@given(shown=WORDS, typed=WORDS, now=WORDS)
def test_a_field_is_merged_as_three_ways_say(shown: str, typed: str, now: str) -> None:
    sent = {"name": typed, "kind": "expense", "shown": json.dumps({"name": shown, "kind": "expense"})}
    form = CategoryForm(sent, of_row=True, initial={"name": now, "kind": "expense"})
    is_asked = len({shown, typed, now}) == 3
    assert (TOLD in str(form.errors.get("name"))) == is_asked
    if not is_asked:
        said = {typed, now} - {shown}
        assert form["name"].data == (said.pop() if said else shown)
    assert (form.theirs == ["name"]) == (typed == shown != now)


@pytest.mark.django_db
def test_grouped_digits_are_no_change(owner: User, owner_client: Client) -> None:
    income = IncomeSource.objects.get(pk=PAGES["budgets:income_edit"](owner))
    IncomeSource.objects.filter(pk=income.pk).update(amount=1000)
    sent = {"name": income.name, "amount": "900+50", "shown": json.dumps({"name": income.name, "amount": "1,000.00"})}
    assert owner_client.post(reverse("budgets:income_edit", args=[income.pk]), sent).status_code == 302
    income.refresh_from_db()
    assert income.amount == 950
