"""Every index that the models declare, as the catalog should show it, with the reason that stands in the model."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models
from django.db.models.expressions import F, OrderBy
from django.db.models.sql import Query
from psycopg.sql import Literal

OURS = ("accounts", "transactions", "budgets", "wealthwise")


@dataclass(frozen=True, slots=True)
class Shape:
    """An index as the catalog shows it: key parts (" DESC" where descending), payload, predicate.

    ``operators`` are the classes of operators that are not the columns' own.
    """

    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    predicate: str = ""
    unique: bool = False
    method: str = "btree"
    nulls_distinct: bool = True
    operators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """An index, unique constraint or key of a model. ``reason`` is "" where nobody gave one."""

    name: str
    table: str
    shape: Shape
    reason: str

    @property
    def is_owner_key(self) -> bool:
        return self.shape == Shape(("user_id", "id"), unique=True)

    @property
    def is_primary_key(self) -> bool:
        return self.name == f"{self.table}_pkey"


@cache
def declared() -> dict[str, Declared]:
    """By name, table by table, the primary key first."""
    found = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]
    return {index.name: index for model in found for index in _of_model(model)}


def _of_model(model: type[models.Model]) -> Iterator[Declared]:
    table = model._meta.db_table
    if model._meta.managed:
        keys = (
            ("id", "user_id")
            if table == "transaction"
            else tuple(str(field.column) for field in model._meta.pk_fields)
        )
        yield Declared(f"{table}_pkey", table, Shape(keys, unique=True), "A row by its key.")
    for field in model._meta.local_concrete_fields:
        if field.unique and not field.primary_key:
            shape = Shape((str(field.column),), unique=True)
            yield Declared(f"{table}_{field.column}_key", table, shape, getattr(field, "reason", ""))
    for index in model._meta.indexes:
        parts = index.expressions or [_ordered(name, order) for name, order in index.fields_orders]
        yield Declared(index.name, table, _shape(model, index, parts), getattr(index, "reason", ""))
    for rule in model._meta.constraints:
        if isinstance(rule, models.UniqueConstraint):
            shape = _shape(model, rule, rule.expressions or map(F, rule.fields), unique=True)
            if rule.nulls_distinct is False:
                shape = Shape(shape.columns, shape.include, shape.predicate, unique=True, nulls_distinct=False)
            yield Declared(rule.name, table, shape, getattr(rule, "reason", ""))
        elif isinstance(rule, ExclusionConstraint):
            columns = tuple(_written(model, expression) for expression, _ in rule.expressions)
            yield Declared(rule.name, table, Shape(columns, method="gist"), getattr(rule, "reason", ""))


def _ordered(name: str, order: str) -> Any:
    return OrderBy(F(name), descending=True) if order else F(name)


def _shape(model: type[models.Model], index: Any, parts: Any, *, unique: bool = False) -> Shape:
    parts = list(parts)
    return Shape(
        columns=tuple(_written(model, _bare(part)) for part in parts),
        include=tuple(str(model._meta.get_field(name).column) for name in index.include),  # type: ignore[union-attr]  # no relation
        predicate=_written(model, index.condition) if index.condition else "",
        unique=unique,
        method="gin" if isinstance(index, GinIndex) else "btree",
        operators=tuple(part.extra["name"] for part in parts if isinstance(part, OpClass)),
    )


def _bare(part: Any) -> Any:
    """A part of an index without its class of operators."""
    return part.get_source_expressions()[0] if isinstance(part, OpClass) else part


def _written(model: type[models.Model], expression: Any) -> str:
    """An expression or condition in SQL, plain as ``plain`` leaves what the catalog has."""
    query = Query(model, alias_cols=False)
    is_condition = isinstance(expression, models.Q)
    resolved = query.build_where(expression) if is_condition else expression.resolve_expression(query)
    sql, values = query.get_compiler(connection=connection).compile(resolved)
    return plain(sql % tuple(Literal(value).as_string() for value in values))


def plain(sql: str) -> str:
    """Without quotes of names, casts and outer brackets, so that two ways of writing one thing are equal."""
    text = re.sub(r"::[a-z ]+(\(\d+\))?|\"", "", sql).replace("LOWER(", "lower(")
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return text.removesuffix(" ASC")
