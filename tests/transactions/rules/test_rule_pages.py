"""Rules at their pages: written, refused, ordered, and the same answer in entry and import."""

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.urls import reverse

from tests.concurrency import at_once
from tests.factories import make_account, make_subcategory, make_transaction
from tests.transactions.importing.helpers import staged, statement, step
from transactions.models import Rule, Transaction
from transactions.rules import services
from transactions.rules.services import RefusedRule, RuleTerms, add_rule
from wealthwise.core.errors import NotFound

pytestmark = pytest.mark.django_db
ADD, HOME = "/transactions/rules/add/", "/transactions/rules/"


def said(rule: Rule) -> tuple[Any, ...]:
    return (
        rule.how,
        rule.text,
        rule.direction,
        rule.amount_from,
        rule.amount_to,
        rule.account_id,
        rule.subcategory_id,
    )


def rules(user: Any) -> list[tuple[Any, ...]]:
    return [said(rule) for rule in Rule.objects.for_user(user).in_order()]


def named(user: Any, *texts: str) -> list[Rule]:
    return [add_rule(user=user, terms=RuleTerms(text=text, subcategory=make_subcategory(user))) for text in texts]


def test_always_file_this_under(owner: Any, owner_client: Any) -> None:
    """From a row to its rule, to what that changes, and back to where one came from."""
    food, back = make_subcategory(owner), "/transactions/?q=rewe"
    row = make_transaction(owner, "-10", description="Rewe Berlin", subcategory=food)
    make_transaction(owner, "-11", description="Rewe Berlin")
    form = owner_client.get(f"{ADD}?row={row.pk}").context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    assert (sent["text"], sent["direction"], sent["subcategory"]) == ("Rewe Berlin", "out", food.pk)
    answer = owner_client.post(ADD, {**sent, "how": "contains", "text": "  Rewe \t B ", "next": back})
    rule = Rule.objects.get(user=owner)
    assert said(rule) == ("contains", "Rewe B", "out", None, None, None, food.pk)
    page = owner_client.get(answer.url)
    assert (page.context["found"].count, page.context["back"]) == (1, back)
    assert owner_client.post(page.request["PATH_INFO"], {"seen": 1, "rule": rule.pk, "next": back}).url == back
    assert not Transaction.objects.for_user(owner).filter(subcategory=None).exists()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({"direction": "out"}, "Say when the rule holds"),
    "stars alone": ({"how": "pattern", "text": "*?*"}, "every row would fit"),
    "many stars": ({"how": "pattern", "text": "*a*b*c*d*e*"}, "at most 5 times"),
    "long": ({"text": "x" * 101}, "at most 100 characters"),
    "amounts": ({"amount_from": "5", "amount_to": "4"}, "at least the amount"),
    "below zero": ({"amount_from": "-5"}, "above zero"),
    "a null": ({"text": "a\0b"}, "Null characters are not allowed"),
}


@pytest.mark.parametrize("what", WRONG)
def test_refused(owner: Any, owner_client: Any, what: str) -> None:
    mistake, sentence = WRONG[what]
    answer = owner_client.post(ADD, {"how": "contains", "subcategory": make_subcategory(owner).pk} | mistake)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert rules(owner) == []


def test_nothing_of_a_stranger_can_be_named(owner: Any, stranger: Any, owner_client: Any) -> None:
    row = make_transaction(stranger, description="Theirs", subcategory=make_subcategory(stranger))
    assert "Theirs" not in owner_client.get(f"{ADD}?row={row.pk}").text
    for theirs in ({"subcategory": row.subcategory_id}, {"account": make_account(stranger).pk}):
        sent = {"how": "contains", "text": "a", "subcategory": make_subcategory(owner).pk} | theirs
        assert owner_client.post(ADD, sent).status_code == 422
    assert rules(owner) == []


def test_the_account_of_a_stranger_is_refused_by_the_service_too(owner: Any, stranger: Any) -> None:
    terms = RuleTerms(text="shop", subcategory=make_subcategory(owner))
    rule, theirs = add_rule(user=owner, terms=terms), make_account(stranger)
    before = said(rule)
    for write in (partial(add_rule, user=owner), partial(services.update_rule, user=owner, rule_id=rule.pk)):
        with pytest.raises(NotFound, match="not one of yours"):
            write(terms=replace(terms, account=theirs))
    rule.refresh_from_db()
    assert (said(rule), Rule.objects.for_user(owner).count()) == (before, 1)


def test_edited_deleted_and_only_by_their_owner(owner: Any, owner_client: Any, stranger_client: Any) -> None:
    (rule,) = named(owner, "rewe")
    row = make_transaction(owner, description="Rewe")
    services.apply_rules(user=owner, seen=1)
    edit, gone = reverse("transactions:rule_edit", args=[rule.pk]), reverse("transactions:rule_delete", args=[rule.pk])
    sent = {"how": "equals", "text": "Rewe", "amount_to": "20", "subcategory": make_subcategory(owner, "Other").pk}
    before = rules(owner)
    for address in (edit, gone, reverse("transactions:rule_move", args=[rule.pk])):
        assert stranger_client.post(address, sent | {"to": "last"}).status_code == 404
    assert stranger_client.get(edit).status_code == 404
    assert "“rewe”" not in stranger_client.get(HOME).text
    assert rules(owner) == before
    assert owner_client.post(edit, sent).status_code == 302
    assert rules(owner)[0][:5] == ("equals", "Rewe", "", None, Decimal(20))
    assert "description is exactly “Rewe”, of at most $20.00" in owner_client.get(HOME).text
    owner_client.post(gone)
    row.refresh_from_db()
    assert (rules(owner), row.subcategory_id) == ([], make_subcategory(owner).pk)


def test_the_order(owner: Any, stranger: Any, owner_client: Any) -> None:
    mine, theirs = named(owner, "a", "b", "c", "d"), named(stranger, "a", "b")

    def order_after(rule: Rule, to: str) -> str:
        assert owner_client.post(reverse("transactions:rule_move", args=[rule.pk]), {"to": to}).status_code == 302
        return "".join(each.text for each in Rule.objects.for_user(owner).in_order())

    assert order_after(mine[2], "up") == "acbd"
    assert order_after(mine[0], "up") == "acbd"
    assert order_after(mine[0], "last") == "cbda"
    assert order_after(mine[3], "first") == "dcba"
    assert order_after(mine[3], "down") == "cdba"
    assert order_after(mine[0], "nowhere") == "cdba"
    assert [rule.pk for rule in Rule.objects.for_user(stranger).in_order()] == [rule.pk for rule in theirs]


def test_a_form_that_is_sent_twice_adds_one(owner: Any, owner_client: Any) -> None:
    page = owner_client.get(ADD).text
    key = page.split('name="once" value="')[1].split('"')[0]
    sent = {"how": "contains", "text": "a", "subcategory": make_subcategory(owner).pk, "once": key}
    for _ in range(2):
        assert owner_client.post(ADD, sent).status_code == 302
    assert len(rules(owner)) == 1


def test_there_is_a_most(owner: Any, owner_client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(services, "MOST_RULES", 2)
    named(owner, "a", "b")
    answer = owner_client.post(ADD, {"how": "contains", "text": "c", "subcategory": make_subcategory(owner).pk})
    assert "You have 2 rules, which is the most." in answer.text
    assert len(rules(owner)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_counted_and_placed_in_turn(owner: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(services, "MOST_RULES", 3)
    named(owner, "a")
    terms = RuleTerms(text="b", subcategory=make_subcategory(owner))
    answers = at_once(*[lambda: add_rule(user=owner, terms=terms)] * 3, refusals=(RefusedRule,))
    assert sum(isinstance(answer, RefusedRule) for answer in answers) == 1
    assert list(Rule.objects.for_user(owner).in_order().values_list("position", flat=True)) == [1, 2, 3]


# The same answer everywhere.


def suggested(client: Any, **typed: Any) -> dict[str, Any]:
    return client.get("/transactions/suggest/", typed).json()


def test_entry_and_import_give_one_answer(owner: Any, stranger: Any, owner_client: Any) -> None:
    food, fun, gifts = (make_subcategory(owner, name) for name in ("Groceries", "Fun", "Gifts"))
    account = make_account(owner)
    for day, under in enumerate((fun, fun, food, food, food), 1):
        make_transaction(owner, "-1", f"2026-01-0{day}", "Kino", subcategory=under)
    make_transaction(owner, "5", "2026-01-09", "Kino", subcategory=fun)  # as often, and later
    add_rule(user=owner, terms=RuleTerms(text="rewe", subcategory=gifts, direction="out", amount_from=Decimal(50)))
    named(stranger, "kino", "rewe")
    make_transaction(owner, "-1", "2026-01-02", "Rewe", subcategory=food)
    typed = {
        "Kino": suggested(owner_client, description="kino", amount="7", direction="expense"),
        "Rewe": suggested(owner_client, description="Rewe", amount="7", direction="expense"),
        "Rewe dear": suggested(owner_client, description="Rewe dear", amount="70", direction="expense"),
        "New": suggested(owner_client, description="New"),
    }
    assert {name: each["subcategory"] for name, each in typed.items()} == {
        "Kino": fun.pk, "Rewe": food.pk, "Rewe dear": gifts.pk, "New": None,
    }  # fmt: skip
    assert typed["Kino"]["reason"] == "as in 3 of your 6 “kino” before"
    assert typed["Rewe dear"]["reason"] == "by your rule “description contains “rewe”, money out, of $50.00 or more”"
    rows = ["2026-03-01,kino,-7", "2026-03-01,Rewe,-7", "2026-03-02,Rewe dear,-70", "2026-03-03,New,-1"]
    batch = staged(owner, account, statement(*rows))
    check = owner_client.get(step("check", batch)).text
    assert "Gifts" in check
    assert check.count("by your rule") == check.count(f"/transactions/rules/{Rule.objects.get(user=owner).pk}/") == 1
    owner_client.post(step("commit", batch), {"categorise": "on"})
    loaded = Transaction.objects.for_user(owner).filter(import_batch=batch).order_by("pk")
    assert [row.subcategory_id for row in loaded] == [each["subcategory"] for each in typed.values()]
    rule = Rule.objects.get(user=owner)
    assert [(row.filed_as_id, row.rule_id) for row in loaded] == [
        (fun.pk, None), (food.pk, None), (gifts.pk, rule.pk), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("typed", [{"description": "a\0"}, {"description": "a", "amount": "x", "account": "9" * 30}])
def test_what_cannot_be_read_is_not_known(owner: Any, owner_client: Any, typed: dict[str, str]) -> None:
    named(owner, "a")
    assert suggested(owner_client, **typed)["subcategory"] == make_subcategory(owner).pk


def test_an_account_of_somebody_else_fits_nothing(owner: Any, stranger: Any, owner_client: Any) -> None:
    account = make_account(owner)
    add_rule(user=owner, terms=RuleTerms(account=account, subcategory=make_subcategory(owner)))
    assert suggested(owner_client, description="a", account=account.pk)["subcategory"] == make_subcategory(owner).pk
    assert suggested(owner_client, description="a", account=make_account(stranger).pk)["subcategory"] is None
