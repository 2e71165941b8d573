"""When a rule holds: the database's answer against one written in Python, and the bounds of patterns."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from tests.examples import COSTLY
from tests.factories import make_account, make_subcategory
from transactions.models import Rule
from transactions.rules.suggestions import Wanted, suggest

pytestmark = pytest.mark.django_db

LETTERS = "aAbB%_\\*?. é"
TEXTS = st.text(LETTERS, max_size=8)


def holds(rule: Rule, wanted: Wanted) -> bool:
    """What the conditions mean."""
    words, text, size = wanted.description.lower(), rule.text.lower(), abs(wanted.amount or Decimal(0))
    parts = [{"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in text]
    is_like = re.fullmatch("".join(parts), words, re.DOTALL) is not None
    by_text = {"contains": text in words, "equals": words == text, "pattern": is_like}[rule.how] or not text
    return (
        by_text
        and (not rule.direction or (rule.direction == "out") == wanted.is_out)
        and (rule.amount_from is None or size >= rule.amount_from)
        and (rule.amount_to is None or size <= rule.amount_to)
        and rule.account_id in (None, wanted.account_id)
    )


def rule(user: Any, position: int, **said: Any) -> Rule:
    under = make_subcategory(user, f"Sub {position}")
    return Rule.objects.create(user=user, position=position, subcategory=under, **said)


RULES = st.fixed_dictionaries(
    {
        "how": st.sampled_from(["contains", "equals", "pattern"]),
        "text": TEXTS.filter(lambda text: text.count("*") <= 5),
        "direction": st.sampled_from(["", "in", "out"]),
        "amount_from": st.none() | st.integers(1, 3).map(Decimal),
        "amount_to": st.none() | st.integers(3, 5).map(Decimal),
        "in_account": st.booleans(),
    }
).filter(lambda said: bool(said["text"] or said["amount_from"] or said["amount_to"] or said["in_account"]))
ROWS = st.tuples(TEXTS.map(str.strip), st.integers(-5, 5).filter(bool).map(Decimal), st.booleans())


@COSTLY
@given(st.lists(RULES, max_size=4), st.lists(ROWS, min_size=1, max_size=8))
@example([{"how": "pattern", "text": "*a*b*", "direction": "", "amount_from": None, "amount_to": None,
           "in_account": False}], [("xAxxBx", Decimal(-1), True), ("ba", Decimal(1), False)])  # fmt: skip
def test_the_first_rule_that_holds_answers(owner: Any, stranger: Any, said: list[Any], rows: list[Any]) -> None:
    with transaction.atomic():
        account = make_account(owner)
        rule(stranger, 1, text="a")
        rules = [
            rule(owner, 2 * place + 1, account=account if terms.pop("in_account") else None, **terms)
            for place, terms in enumerate([dict(each) for each in said])
        ]
        wanted = [Wanted(text, amount, account.pk if here else None, amount < 0) for text, amount, here in rows]
        expected = {each: next((one.pk for one in rules if holds(one, each)), None) for each in wanted}
        found = suggest(owner, wanted)
        transaction.set_rollback(True)
    assert {each: found[each].rule_id if each in found else None for each in wanted} == expected


def test_what_is_not_known_yet_fits_no_condition_about_it(owner: Any) -> None:
    account = make_account(owner)
    first = rule(owner, 1, text="cafe", amount_to=Decimal(5))
    rule(owner, 2, text="cafe", direction="out")
    rule(owner, 3, text="cafe", account=account)
    last = rule(owner, 4, text="cafe")
    typed, known = Wanted("Cafe"), Wanted("Cafe", Decimal(4), account.pk, False)
    found = suggest(owner, [typed, known])
    assert (found[typed].rule_id, found[known].rule_id) == (last.pk, first.pk)


def test_many_texts_are_looked_up_in_a_hash(owner: Any) -> None:
    """Whatever the planner believes of their number: no list is joined to the history."""
    asked: list[tuple[str, Any]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        suggest(owner, [Wanted(f"Shop {number}") for number in range(300)])
    ((sql, params),) = asked
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "hashed SubPlan" in plan
    assert plan.count("Nested Loop") <= 2  # rows against rules, one row at a time


BAD: dict[str, dict[str, Any]] = {
    "rule_has_condition": {"direction": "out"},
    "rule_amounts_in_order": {"amount_from": Decimal(5), "amount_to": Decimal(4)},
    "rule_pattern_bounded": {"how": "pattern", "text": "a*b*c*d*e*f*g"},
    "rule_how_known": {"how": "regex", "text": "a"},
    "rule_direction_known": {"direction": "up", "text": "a"},
}


@pytest.mark.parametrize("name", BAD)
def test_the_database_refuses(owner: Any, name: str) -> None:
    with pytest.raises(DatabaseError, match=name), transaction.atomic():
        rule(owner, 1, **BAD[name])
    assert not Rule.objects.filter(user=owner).exists()


def test_a_rule_leads_to_nothing_of_somebody_else(owner: Any, stranger: Any) -> None:
    mine = {"user": owner, "position": 1, "text": "a", "subcategory": make_subcategory(owner)}
    for theirs in ({"account": make_account(stranger)}, {"subcategory": make_subcategory(stranger)}):
        with pytest.raises(DatabaseError, match="owner_fk"), transaction.atomic():
            Rule.objects.create(**mine | theirs)
            connection.check_constraints()
    assert not Rule.objects.filter(user=owner).exists()
