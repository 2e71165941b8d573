"""The ledger has every index line of the plan, says truly what each asks for, and forgets no index that exists."""

import re
from typing import Any

import pytest
from django.db import connection, models

from wealthwise.operations.plan.facts import gather
from wealthwise.operations.plan.indexes import serves
from wealthwise.operations.plan.ledger import OTHERS, PLAN, VIEW_INDEX, Built, ServedBy, Shape
from wealthwise.operations.plan.schema import domain_models
from wealthwise.postgres.catalog import IndexFacts

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
    built = {line.name for line in PLAN if isinstance(line.how, Built)} | {other.name for other in OTHERS}
    assert [line.name for line in PLAN if isinstance(line.how, ServedBy) and line.how.name not in built] == []


def test_every_name_is_used_once() -> None:
    names = [line.name for line in PLAN] + [other.name for other in OTHERS]
    assert len(names) == len(set(names))


def test_every_declared_index_is_in_the_ledger() -> None:
    known = {line.name for line in PLAN} | {other.name for other in OTHERS}
    declared = {index.name for model in domain_models() for index in model._meta.indexes}
    declared |= {
        constraint.name
        for model in domain_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) or "no_overlap" in constraint.name
    }
    assert declared - known == set()


@pytest.mark.django_db
def test_every_index_in_the_database_is_in_the_ledger() -> None:
    """Django adds a pattern index to each unique text field; it is the only kind that nobody declared."""
    tables = {model._meta.db_table for model in domain_models()} | {VIEW_INDEX.table}
    facts = gather(connection)
    found = {index.name for index in facts.indexes.values() if index.table in tables}
    known = {line.name for line in PLAN} | {other.name for other in OTHERS}
    assert {name for name in found - known if not name.endswith("_like")} == set()


@pytest.mark.django_db
def test_a_line_that_is_served_is_not_built_as_well() -> None:
    facts = gather(connection)
    assert [line.name for line in PLAN if isinstance(line.how, ServedBy) and line.name in facts.indexes] == []


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
        "default_operators": True,
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
        (found("a", "b DESC", default_operators=False), ASKED, False),
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
