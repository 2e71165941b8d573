"""Rules over the history: the difference first, then the change, its undo, and what a person chose by hand."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from tests.concurrency import while_waiting
from tests.factories import make_account, make_subcategory, make_transaction
from transactions.bulk.services import NothingToDo, Stale, TooMany, recategorise, undo
from transactions.categories.kinds import TurnsKind
from transactions.categories.services import StillInUse, delete_subcategory, merge_subcategory
from transactions.ledger.services import Booking, update_transaction
from transactions.models import Rule, Transaction
from transactions.rules import services
from transactions.rules.history import difference
from transactions.rules.services import RuleTerms, add_rule, apply_rules
from transactions.transfers.services import make_transfer

pytestmark = pytest.mark.django_db
APPLY = "/transactions/rules/apply/"


def always(user: Any, text: str, subcategory: Any, **said: Any) -> Rule:
    return add_rule(user=user, terms=RuleTerms(text=text, subcategory=subcategory, **said))


def ledger(user: Any) -> list[dict[str, Any]]:
    return list(Transaction.objects.for_user(user).order_by("pk").values())


def filed(user: Any) -> dict[str, str | None]:
    rows = Transaction.objects.for_user(user).select_related("subcategory").order_by("pk")
    return {row.description: row.subcategory and row.subcategory.name for row in rows}


def save(user: Any, row: Transaction, subcategory: Any) -> Any:
    """What a person does in the row's own form."""
    row.refresh_from_db()
    booking = Booking(
        amount=abs(row.amount), is_income=row.amount > 0, description=row.description, day=row.booked_on,
        clock=row.booked_time, account=row.account, subcategory=subcategory, comment="seen",
    )  # fmt: skip
    return update_transaction(user=user, transaction_id=row.pk, booking=booking)


@pytest.fixture
def shops(owner: Any, stranger: Any) -> dict[str, Any]:
    """Rows that rules fit, one of them filed by hand, and the same rows of a stranger."""
    for user in (owner, stranger):
        food, fun = make_subcategory(user), make_subcategory(user, "Fun", "Leisure")
        for description in ("Rewe 1", "REWE 2", "Kino"):
            make_transaction(user, "-10", description=description)
        make_transaction(user, "-10", "2026-03-20", "Rewe by hand", subcategory=fun)
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun", "Leisure")
    return {"food": food, "fun": fun}


def test_the_difference_then_the_change_then_back(owner: Any, stranger: Any, owner_client: Any, shops: Any) -> None:
    rule = always(owner, "rewe", shops["food"])
    before, theirs = ledger(owner), ledger(stranger)
    page = owner_client.get(APPLY)
    found = page.context["found"]
    assert (found.count, found.by_hand, [row.description for row in found.rows]) == (2, 1, ["REWE 2", "Rewe 1"])
    assert page.context["moves"] == [("Uncategorised", "Food: Groceries", 2)]
    assert "1 more fits, and stays where you filed it yourself" in page.text
    assert ledger(owner) == before
    answer = owner_client.post(APPLY, {"seen": 2}, follow=True)
    assert "2 transactions filed by your rules." in answer.text
    assert filed(owner) == {"Rewe 1": "Groceries", "REWE 2": "Groceries", "Kino": None, "Rewe by hand": "Fun"}
    rows = Transaction.objects.for_user(owner).filter(rule_id=rule.pk)
    assert [(row.filed_as_id, row.subcategory_id) for row in rows] == [(shops["food"].pk,) * 2] * 2
    action = owner_client.get("/transactions/").context["listing"].figures.undo_id
    assert undo(user=owner, action_id=action) == "Undone: 2 transactions are back as before."
    assert ledger(owner) == before
    assert ledger(stranger) == theirs


def test_the_row_says_which_rule_filed_it(owner: Any, owner_client: Any, shops: Any) -> None:
    rule = always(owner, "rewe", shops["food"], direction="out")
    apply_rules(user=owner, seen=2)
    row = Transaction.objects.for_user(owner).get(description="Rewe 1")
    said = "Filed by the rule"
    page = owner_client.get(reverse("transactions:edit", args=[row.pk])).text
    assert said in page
    assert "description contains “rewe”, money out" in page
    assert f"/transactions/rules/add/?row={row.pk}" in page
    services.delete_rule(user=owner, rule_id=rule.pk)
    assert "by a rule that you deleted since" in owner_client.get(reverse("transactions:edit", args=[row.pk])).text
    save(owner, row, shops["fun"])
    assert "Filed by" not in owner_client.get(reverse("transactions:edit", args=[row.pk])).text


def test_what_a_person_chose_stays_whatever_way_they_chose_it(owner: Any, shops: Any) -> None:
    food, fun = shops["food"], shops["fun"]
    always(owner, "rewe", food)
    apply_rules(user=owner, seen=2)
    first, second = Transaction.objects.for_user(owner).filter(description__iregex="^rewe [12]$").order_by("pk")
    save(owner, first, fun)  # another one
    mine = Transaction.objects.for_user(owner).filter(pk=second.pk)
    recategorise(user=owner, rows=mine, subcategory_id=fun.pk, seen=1)
    assert (difference(owner).count, difference(owner).by_hand) == (0, 3)
    save(owner, first, None)  # none at all
    assert (difference(owner).count, difference(owner).by_hand) == (0, 3)
    # What the rule had said, chosen by hand: a rule that says something else later has no say.
    save(owner, first, food)
    recategorise(user=owner, rows=mine, subcategory_id=food.pk, seen=1)
    Rule.objects.for_user(owner).update(subcategory=fun)
    assert (difference(owner).count, difference(owner).by_hand) == (0, 2)
    with pytest.raises(NothingToDo):
        apply_rules(user=owner, seen=0)
    assert filed(owner) == {"Rewe 1": "Groceries", "REWE 2": "Groceries", "Kino": None, "Rewe by hand": "Fun"}


def test_saving_a_row_without_another_category_is_no_choice(owner: Any, shops: Any) -> None:
    rule = always(owner, "rewe", shops["food"])
    apply_rules(user=owner, seen=2)
    row = Transaction.objects.for_user(owner).get(description="Rewe 1")
    save(owner, row, shops["food"])
    row.refresh_from_db()
    assert (row.comment, row.filed_as_id, row.rule_id) == ("seen", shops["food"].pk, rule.pk)


@pytest.mark.parametrize("way", ["edit", "bulk"])
def test_undoing_a_choice_makes_it_the_rules_again(owner: Any, shops: Any, way: str) -> None:
    always(owner, "rewe", shops["food"])
    apply_rules(user=owner, seen=2)
    row, before = Transaction.objects.for_user(owner).get(description="Rewe 1"), ledger(owner)
    if way == "edit":
        action = save(owner, row, shops["fun"]).action_id
    else:
        mine = Transaction.objects.for_user(owner).filter(pk=row.pk)
        action = recategorise(user=owner, rows=mine, subcategory_id=shops["fun"].pk, seen=1).action_id
    undo(user=owner, action_id=action)
    assert ledger(owner) == before


def test_the_first_rule_wins_and_the_order_can_change(owner: Any, owner_client: Any, shops: Any) -> None:
    first, second = always(owner, "rewe", shops["food"]), always(owner, "rewe 2", shops["fun"])
    apply_rules(user=owner, seen=2)
    assert difference(owner, rule_id=second.pk).count == 0
    owner_client.post(reverse("transactions:rule_move", args=[second.pk]), {"to": "up"})
    assert [rule.pk for rule in Rule.objects.for_user(owner).in_order()] == [second.pk, first.pk]
    found = difference(owner)
    assert [(row.description, row.before, row.after, row.by) for row in found.rows] == [
        ("REWE 2", shops["food"].pk, shops["fun"].pk, second.pk)
    ]
    apply_rules(user=owner, seen=1, rule_id=second.pk)
    assert filed(owner)["REWE 2"] == "Fun"


def test_transfers_are_left_alone(owner: Any, shops: Any) -> None:
    current, savings = make_account(owner), make_account(owner, "Savings")
    out = make_transaction(owner, "-5", description="Rewe out", account=current)
    into = make_transaction(owner, "5", description="Rewe in", account=savings)
    make_transfer(user=owner, out_id=out.pk, into_id=into.pk)
    always(owner, "rewe", shops["food"])
    assert difference(owner).count == 2


def test_what_changed_since_it_was_looked_at_is_asked_again(owner: Any, owner_client: Any, shops: Any) -> None:
    always(owner, "rewe", shops["food"])
    make_transaction(owner, "-1", description="Rewe 3")
    before = ledger(owner)
    answer = owner_client.post(APPLY, {"seen": 2})
    assert (answer.status_code, "3 transactions would be filed now" in answer.text) == (409, True)
    with pytest.raises(Stale):
        apply_rules(user=owner, seen=2)
    assert ledger(owner) == before


def test_spending_becomes_income_only_when_it_is_agreed(owner: Any, owner_client: Any, shops: Any) -> None:
    pay = make_subcategory(owner, "Salary", "Work", "income")
    rule = always(owner, "rewe", shops["food"])
    apply_rules(user=owner, seen=2)
    Rule.objects.filter(pk=rule.pk).update(subcategory=pay)
    before = ledger(owner)
    with pytest.raises(TurnsKind):
        apply_rules(user=owner, seen=2)
    assert owner_client.post(APPLY, {"seen": 2}).status_code == 409
    assert ledger(owner) == before
    page = owner_client.get(APPLY)
    assert "2 transactions, −$20.00 in all, would count as income and no longer as spending." in page.text
    owner_client.post(APPLY, {"seen": 2, "agreed": "1"})
    assert filed(owner)["Rewe 1"] == "Salary"


def test_too_many_at_once(owner: Any, shops: Any, monkeypatch: Any) -> None:
    always(owner, "rewe", shops["food"])
    monkeypatch.setattr(services, "MOST", 1)
    before = ledger(owner)
    with pytest.raises(TooMany, match="one rule at a time"):
        apply_rules(user=owner, seen=2)
    assert ledger(owner) == before


def test_rules_follow_a_merge_and_are_said_before_a_deletion(owner: Any, shops: Any) -> None:
    food, fun = shops["food"], shops["fun"]
    other = make_subcategory(owner, "Supermarket")
    rule = always(owner, "rewe", food)
    apply_rules(user=owner, seen=2)
    with pytest.raises(StillInUse, match="1 rule"):
        delete_subcategory(user=owner, subcategory_id=food.pk)
    row = Transaction.objects.for_user(owner).get(description="Rewe 1")
    save(owner, row, other)  # by hand where the merge will put what the rule filed
    merge_subcategory(user=owner, source=food, target=other)
    assert Rule.objects.get(pk=rule.pk).subcategory_id == other.pk
    found = {each["description"]: (each["subcategory_id"], each["filed_as_id"]) for each in ledger(owner)}
    assert found["REWE 2"] == (other.pk, other.pk)
    assert found["Rewe 1"][1] != other.pk
    Rule.objects.filter(pk=rule.pk).update(subcategory=fun)
    assert [each.description for each in difference(owner).rows] == ["REWE 2"]


def test_undo_leaves_what_was_changed_since(owner: Any, shops: Any) -> None:
    always(owner, "rewe", shops["food"])
    action = apply_rules(user=owner, seen=2).action_id
    row = Transaction.objects.for_user(owner).get(description="Rewe 1")
    Transaction.objects.for_user(owner).filter(pk=row.pk).update(subcategory=shops["fun"])
    said = undo(user=owner, action_id=action)
    assert said == "Undone: 1 of 2 transactions are back as before. 1 was left as it is, changed since: “Rewe 1”."
    assert filed(owner) == {"Rewe 1": "Fun", "REWE 2": None, "Kino": None, "Rewe by hand": "Fun"}


def test_a_stranger_applies_only_their_own(owner: Any, stranger: Any, stranger_client: Any, shops: Any) -> None:
    rule, before = always(owner, "rewe", shops["food"]), ledger(owner)
    always(stranger, "kino", make_subcategory(stranger))
    page = stranger_client.get(f"{APPLY}?rule={rule.pk}")
    assert [row.description for row in page.context["rows"]] == ["Kino"]
    assert "rewe" not in page.text.lower().replace("rewe by hand", "")
    stranger_client.post(APPLY, {"seen": 1, "rule": rule.pk})
    assert ledger(owner) == before


@pytest.mark.django_db(transaction=True)
def test_a_choice_made_meanwhile_stays(owner: Any) -> None:
    """Whoever chooses while the rules wait for the row is not overwritten, and nothing else is written either."""
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun", "Leisure")
    row = make_transaction(owner, "-10", description="Rewe")
    always(owner, "rewe", food)
    mine = Transaction.objects.for_user(owner).filter(pk=row.pk)
    outcome = while_waiting(lambda: mine.update(subcategory=fun), lambda: apply_rules(user=owner, seen=1))
    assert isinstance(outcome, Stale)
    row.refresh_from_db()
    assert (row.subcategory_id, row.rule_id) == (fun.pk, None)


def test_amounts_accounts_and_pages(owner: Any, owner_client: Any) -> None:
    food, account = make_subcategory(owner), make_account(owner)
    for number in range(60):
        make_transaction(owner, f"-{number + 1}", description=f"Row {number:02}", account=account)
    make_transaction(owner, "-70", description="Elsewhere")
    add_rule(user=owner, terms=RuleTerms(subcategory=food, account=account, amount_from=Decimal(3)))
    page = owner_client.get(f"{APPLY}?page=2")
    assert [len(page.context["rows"]), page.context["found"].count] == [8, 58]
    assert "51 to 58 of 58" in page.text
