"""The ledger has every index line of the plan, says truly what each asks for, and forgets no index that exists."""

import re
from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter

from wealthwise.operations.plan.declared import Shape, declared, plain
from wealthwise.operations.plan.facts import gather
from wealthwise.operations.plan.indexes import serves
from wealthwise.operations.plan.ledger import PLAN, beyond_the_plan
from wealthwise.postgres.catalog import IndexFacts
from wealthwise.postgres.indexes import ExclusionConstraint, Index, UniqueConstraint

# Every index and unique constraint of the plan as it writes them, section by section.
LINES = {
    "1.1": """
        idx_transaction_user_id ON transaction(user_id)
        idx_transaction_subcategory_id ON transaction(subcategory_id)
        idx_subcategory_category_id ON subcategory(category_id)
        idx_category_user_id ON category(user_id)
        idx_budget_user_id ON budget(user_id)
        idx_budget_period_id ON budget(period_id)
        idx_budget_period_user_id ON budget_period(user_id)
        idx_budget_allocation_budget_id ON budget_allocation(budget_id)
        idx_budget_allocation_subcategory_id ON budget_allocation(subcategory_id)
        idx_income_source_budget_id ON income_source(budget_id)
        idx_account_user_id ON account(user_id)
        idx_recurring_income_user_id ON recurring_income_source(user_id)
        idx_recurring_allocation_user_id ON recurring_budget_allocation(user_id)
        idx_recurring_allocation_subcategory_id ON recurring_budget_allocation(subcategory_id)
        idx_password_reset_user_id ON password_reset_token(user_id)
        idx_email_verification_user_id ON email_verification(user_id)""",
    "1.2": """
        idx_transaction_user_date ON transaction(user_id, transaction_date DESC)
        idx_transaction_user_subcategory_date ON transaction(user_id, subcategory_id, transaction_date DESC)
        idx_transaction_subcategory_date_range ON transaction(subcategory_id, transaction_date)
        idx_budget_period_user_active ON budget_period(user_id, is_active) WHERE is_active = TRUE
        idx_budget_period_dates ON budget_period(start_date, end_date)
        idx_category_user_template ON category(user_id, is_template)
        idx_subcategory_name_category ON subcategory(name, category_id)
        idx_budget_user_period ON budget(user_id, period_id)
        idx_account_user_active ON account(user_id, is_active) WHERE is_active = TRUE
        idx_recurring_income_user_active ON recurring_income_source(user_id, is_active) WHERE is_active = TRUE
        idx_recurring_allocation_user_active ON recurring_budget_allocation(user_id, is_active) WHERE is_active = TRUE
        idx_recurring_allocation_subcategory_active ON recurring_budget_allocation(subcategory_id, is_active)
 WHERE is_active = TRUE""",
    "1.3": """
        UNIQUE idx_user_username ON user(username)
        UNIQUE idx_user_email ON user(email)
        UNIQUE uq_subcategory_name_category ON subcategory(name, category_id)""",
    "1.4": """
        idx_account_active ON account(user_id) WHERE is_active = TRUE
        idx_recurring_income_active ON recurring_income_source(user_id, is_active) WHERE is_active = TRUE
        idx_recurring_allocation_active ON recurring_budget_allocation(user_id, subcategory_id) WHERE is_active = TRUE
        idx_budget_period_active ON budget_period(user_id) WHERE is_active = TRUE""",
    "5.1": """
        idx_transaction_covering ON transaction(user_id, transaction_date DESC)
 INCLUDE (amount, description, subcategory_id)
        idx_budget_allocation_covering ON budget_allocation(budget_id, subcategory_id)
 INCLUDE (allocated_amount, is_recurring_allocation)""",
}
LINE = re.compile(
    r"(?P<unique>UNIQUE )?(?P<name>\w+) ON (?P<table>\w+)\((?P<columns>[^)]+)\)"
    r"(?:\s+INCLUDE \((?P<include>[^)]+)\))?(?:\s+WHERE (?P<predicate>is_active) = TRUE)?"
)


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(", ")) if text else ()


def _written() -> set[tuple[Any, ...]]:
    return {
        (
            section,
            m["name"],
            m["table"],
            _parts(m["columns"]),
            _parts(m["include"]),
            m["predicate"] or "",
            bool(m["unique"]),
        )
        for section, text in LINES.items()
        for m in LINE.finditer(text)
    }


def test_every_line_of_the_plan_is_there_as_the_plan_has_it() -> None:
    ledger = {
        (p.section, p.name, p.table, p.shape.columns, p.shape.include, p.shape.predicate, p.shape.unique) for p in PLAN
    }
    assert ledger == _written()
    assert len(PLAN) == 37


def test_what_serves_a_line_is_built_itself() -> None:
    built = {line.name for line in PLAN if not line.served_by} | {other.name for other in beyond_the_plan()}
    assert built == set(declared())
    assert [line.name for line in PLAN if line.served_by and line.served_by not in built] == []


def without_reason(found: Any) -> list[str]:
    return [index.name for index in found if not re.fullmatch(r"[A-Z].{10,}\.", index.reason)]


def test_every_index_has_a_reason() -> None:
    assert without_reason(declared().values()) == []


def test_the_check_of_reasons_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    from transactions.models import Transaction

    monkeypatch.setattr(Transaction._meta, "indexes", [Index(fields=["amount"], name="idx_forgotten")])
    declared.cache_clear()
    try:
        assert without_reason(declared().values()) == ["idx_forgotten"]
    finally:
        declared.cache_clear()


def test_a_reason_is_no_part_of_a_migration() -> None:
    """It survives Django's cloning of what stands in Meta, and a migration writes Django's own constraints."""
    expressions = [("period", "=")]
    for made, path in (
        (Index(fields=["name"], name="i", reason="Why."), "wealthwise.postgres.indexes.Index"),
        (UniqueConstraint(fields=["name"], name="u", reason="Why."), "models.UniqueConstraint"),
        (ExclusionConstraint(name="e", expressions=expressions, reason="Why."), "constraints.ExclusionConstraint"),
    ):
        assert made.clone().reason == "Why."
        text, _ = MigrationWriter.serialize(made)
        assert path in text
        assert "Why." not in text
        assert made == type(made)(**made.deconstruct()[2])
    assert UniqueConstraint(fields=["a"], name="u", reason="Why.") == models.UniqueConstraint(fields=["a"], name="u")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(amount < 0::numeric)", '"amount" < 0'),
        ("daterange(a, b, '[]'::text)", """daterange("a", "b", '[]')"""),
        ("(name)::character varying(20)", '"name"'),
    ],
)
def test_two_ways_to_write_one_expression(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.django_db
def test_every_index_in_the_database_is_declared() -> None:
    """Django adds a pattern index to each unique text field; it is the only kind that nobody declared.

    The table of a conversion's state has no model; those of Django and its applications have no reasons here.
    """
    tables = {index.table for index in declared().values()}
    found = {index.name for index in gather(connection).indexes.values() if index.table in tables}
    assert {name for name in found - set(declared()) if not name.endswith("_like")} == set()


@pytest.mark.django_db
def test_a_line_that_is_served_is_not_built_as_well() -> None:
    facts = gather(connection)
    assert [line.name for line in PLAN if line.served_by and line.name in facts.indexes] == []


def found(*columns: str, **rest: Any) -> IndexFacts:
    facts = {
        "name": "some_index",
        "table": "t",
        "parent": "",
        "method": "btree",
        "unique": False,
        "valid": True,
        "partitioned": False,
        "include": (),
        "predicate": "",
        "nulls_distinct": True,
        "operators": (),
        "constraint": "",
        "size": 0,
        "scans": 0,
    }
    return IndexFacts(columns=columns, **(facts | rest))


ASKED = Shape(("a", "b DESC"))


@pytest.mark.parametrize(
    ("index", "shape", "answer"),
    [
        (found("a", "b DESC"), ASKED, True),
        (found("a", "b DESC", "c"), ASKED, True),
        (found("a DESC", "b"), ASKED, True),  # read backwards
        (found("a", "b"), ASKED, False),
        (found("b DESC", "a"), ASKED, False),
        (found("a"), ASKED, False),
        (found("x", "a", "b DESC"), ASKED, False),
        (found("a", "b DESC", valid=False), ASKED, False),
        (found("a", "b DESC", method="gist"), ASKED, False),
        (found("a", "b DESC", operators=("text_pattern_ops",)), ASKED, False),
        (found("a", "b DESC", predicate="c"), ASKED, False),
        (found("a"), Shape(("a",), predicate="c"), True),  # every row, so those of the predicate too
        (found("a", predicate="c"), Shape(("a",), predicate="c"), True),
        (found("a", predicate="d"), Shape(("a",), predicate="c"), False),
        (found("a", "c", include=("b",)), Shape(("a",), include=("b", "c")), True),
        (found("a", include=("b",)), Shape(("a",), include=("b", "c")), False),
        (found("a", unique=True), Shape(("a",), unique=True), True),
        (found("a"), Shape(("a",), unique=True), False),
        (found("a", "b", unique=True), Shape(("a",), unique=True), False),
        (found("a", unique=True, predicate="c"), Shape(("a",), unique=True), False),
    ],
)
def test_what_serves_a_shape(index: IndexFacts, shape: Shape, answer: bool) -> None:
    assert serves(index, shape) is answer
