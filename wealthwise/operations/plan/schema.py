"""Rows of the plan about keys, partitions, types, the view and phases: what the database itself shows."""

import pkgutil
import re
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from wealthwise.operations.plan.facts import LEDGER, VIEW_TABLE, Facts, Row
from wealthwise.operations.plan.indexes import VIEW, rows_of_view

APPS = ("accounts", "transactions", "budgets")
KEYS, PARTITIONS, TYPES, PHASES = "2 Keys and uuid", "3 Partitioning", "4 Data types", "8 Phases"
RULES = "2 Rules that the database holds"
# Sums over many rows need more digits than one amount.
SUMS = {("spending_summary", "spent"), ("spending_summary", "received")}
TRIGGERS = (
    (LEDGER, "transaction_after_insert"),
    (LEDGER, "transaction_after_update"),
    (LEDGER, "transaction_after_delete"),
    (LEDGER, "transaction_tags_insert"),
    (LEDGER, "transaction_tags_update"),
    (LEDGER, "transaction_split_insert"),
    (LEDGER, "transaction_split_update"),
    (LEDGER, "transaction_split_delete"),
    ("tag", "tag_after_delete"),
    ("account", "account_before_write"),
)
VIEW_COLUMNS = ("user_id", "subcategory_id", "month", "total_spent")


def domain_models() -> list[type[models.Model]]:
    """Every model of the three apps that has a table."""
    found = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    return [model for model in found if model._meta.managed]


def _fields(model: type[models.Model]) -> list[tuple[str, Any]]:
    """Each column of the model's table with the field that declares it."""
    return [(field.column, field) for field in model._meta.local_concrete_fields if field.column]


def key_rows(facts: Facts) -> list[Row]:
    """Section 2: integers join tables; a user's uuid is what leaves the system."""
    return [*(_key_row(model, facts) for model in domain_models()), _uuid_row(facts)]


def _key_row(model: type[models.Model], facts: Facts) -> Row:
    table = model._meta.db_table
    wanted = ("id", "user_id") if table == LEDGER else ("id",)
    keys = [found.columns for found in facts.constraints.get(table, []) if found.kind == "p" and found.holds]
    column = facts.columns.get(table, {}).get("id")
    kind = column.type if column else "missing"
    holds = keys == [wanted] and kind in ("integer", "bigint")
    state = (
        f"primary key ({', '.join(wanted)}), id {kind}" if keys == [wanted] else f"primary key is {keys or 'missing'}"
    )
    return Row(KEYS, f"key of {table}", holds, state)


def _uuid_row(facts: Facts) -> Row:
    column = facts.columns.get("user", {}).get("uuid")
    unique = any(
        found.table == "user" and found.columns == ("uuid",) and found.unique and found.valid
        for found in facts.indexes.values()
    )
    holds = bool(column and column.type == "uuid" and column.not_null and unique)
    shape = f"{column.type}, {'not null' if column.not_null else 'nullable'}" if column else "missing"
    return Row(KEYS, "user.uuid", holds, f"{shape}, {'unique' if unique else 'not unique'}")


def rule_rows(facts: Facts) -> list[Row]:
    """Every constraint that the models declare, table by table, found in the catalog and enforced."""
    return [_rule_row(model, facts) for model in domain_models()]


def _rule_row(model: type[models.Model], facts: Facts) -> Row:
    table = model._meta.db_table
    found = facts.constraints.get(table, [])
    names = {constraint.name for constraint in found if constraint.holds}
    names |= {index.name for index in facts.indexes.values() if index.table == table and index.unique and index.valid}
    wanted = [constraint.name for constraint in model._meta.constraints]
    missing = [name for name in wanted if name not in names]
    missing += [f"{table}.{column} -> {target}" for column, target in _unheld_keys(model, facts)]
    missing += [f"{table}.{column} >= 0" for column in _unheld_signs(model, facts)]
    state = f"not there or not enforced: {', '.join(missing)}" if missing else f"{len(wanted)} declared, all enforced"
    return Row(RULES, f"rules of {table}", not missing, state)


def _unheld_keys(model: type[models.Model], facts: Facts) -> Iterator[tuple[str, str]]:
    """Plain foreign keys without a constraint; Django names those with a hash, so they are matched by columns."""
    held = {
        (constraint.columns, constraint.target)
        for constraint in facts.constraints.get(model._meta.db_table, [])
        if constraint.kind == "f" and constraint.holds
    }
    for name, field in _fields(model):
        if field.is_relation and field.db_constraint:
            target = field.remote_field.model._meta.db_table
            if ((name,), target) not in held:
                yield name, target


def _unheld_signs(model: type[models.Model], facts: Facts) -> Iterator[str]:
    checked = {
        constraint.columns
        for constraint in facts.constraints.get(model._meta.db_table, [])
        if constraint.kind == "c" and constraint.holds
    }
    kinds = (models.PositiveIntegerField, models.PositiveSmallIntegerField, models.PositiveBigIntegerField)
    for name, field in _fields(model):
        if isinstance(field, kinds) and (name,) not in checked:
            yield name


def partition_rows(facts: Facts) -> list[Row]:
    """Section 3: hash by owner in as many partitions as the setting says, or a plain table when it says 0."""
    wanted, count = settings.TRANSACTION_PARTITIONS, len(facts.partitions)
    key = "HASH (user_id)" if wanted else ""
    size = sum(partition.total_bytes for partition in facts.partitions) or None
    return [
        Row(PARTITIONS, "partition key", facts.partition_key == key, facts.partition_key or "plain table"),
        Row(PARTITIONS, "partitions", count == wanted, f"{count}; the setting says {wanted}", size),
        _bounds_row(facts),
    ]


def _bounds_row(facts: Facts) -> Row:
    """PostgreSQL keeps hash bounds from overlapping, so they are complete when their shares add up to one."""
    if not facts.partition_key:
        return Row(PARTITIONS, "bounds", settings.TRANSACTION_PARTITIONS == 0, "plain table: none needed")
    pattern = re.compile(r"modulus (\d+), remainder (\d+)")
    bounds = {(int(m), int(r)) for p in facts.partitions for m, r in pattern.findall(p.bound)}
    if sum(Fraction(1, modulus) for modulus, _ in bounds) == 1:
        return Row(PARTITIONS, "bounds", holds=True, state="every user has a partition")
    largest = max((modulus for modulus, _ in bounds), default=settings.TRANSACTION_PARTITIONS)
    gone = [n for n in range(largest) if not any(n % modulus == rest for modulus, rest in bounds)]
    return Row(PARTITIONS, "bounds", holds=False, state=f"no partition for modulus {largest}, remainder {gone}")


def type_rows(facts: Facts) -> list[Row]:
    """Section 4: NUMERIC money, BOOLEAN flags, TIMESTAMPTZ timestamps, and no column unlike its model."""
    rows = [_money_row(*place, facts) for place in _money()]
    columns = [column for model in domain_models() for column in facts.columns.get(model._meta.db_table, {}).values()]
    exact = [f"{c.table}.{c.name}" for c in columns if c.type in ("real", "double precision", "money")]
    rows.append(_list_row("no floating point", exact, "every amount is exact"))
    rows.append(_list_row("booleans", list(_unlike(models.BooleanField, "boolean", facts)), "all BOOLEAN"))
    timestamps = list(_unlike(models.DateTimeField, "timestamp with time zone", facts))
    timestamps += [f"{c.table}.{c.name}" for c in columns if c.type.startswith("timestamp without")]
    rows.append(_list_row("timestamps", timestamps, "all TIMESTAMPTZ"))
    rows.append(_list_row("columns as declared", list(_unlike_model(facts)), "types and nulls match the models"))
    return rows


def _money() -> list[tuple[str, str]]:
    """Decimals with cents; one without decimals counts or proves something and is no money."""
    return [
        (model._meta.db_table, name)
        for model in domain_models()
        for name, field in _fields(model)
        if isinstance(field, models.DecimalField) and field.decimal_places
    ]


def _money_row(table: str, name: str, facts: Facts) -> Row:
    column = facts.columns.get(table, {}).get(name)
    wanted = "numeric(16,2)" if (table, name) in SUMS else "numeric(12,2)"
    kind = column.type if column else "missing"
    return Row(TYPES, f"{table}.{name}", kind == wanted, kind if kind == wanted else f"{kind} instead of {wanted}")


def _list_row(name: str, wrong: list[str], right: str) -> Row:
    return Row(TYPES, name, not wrong, f"wrong: {', '.join(wrong)}" if wrong else right)


def _unlike(kind: type[Any], wanted: str, facts: Facts) -> Iterator[str]:
    for model in domain_models():
        columns = facts.columns.get(model._meta.db_table, {})
        for name, field in _fields(model):
            if isinstance(field, kind) and (name not in columns or columns[name].type != wanted):
                yield f"{model._meta.db_table}.{name}"


# How the catalog writes what Django calls by a shorter name.
_LONG = {"varchar": "character varying", "time": "time without time zone", ", ": ","}
_WRITTEN_OUT = re.compile(r"varchar|^time$|, ")


def _unlike_model(facts: Facts) -> Iterator[str]:
    for model in domain_models():
        columns = facts.columns.get(model._meta.db_table, {})
        for name, field in _fields(model):
            declared = _WRITTEN_OUT.sub(lambda short: _LONG[short[0]], str(field.db_type(connection)))
            column = columns.get(name)
            if column is None:
                yield f"{model._meta.db_table}.{name} is missing"
            elif column.type != declared or column.not_null != (not field.null and not field.generated):
                yield f"{column.table}.{name} is {column.type}{' not null' if column.not_null else ''}"


def view_rows(facts: Facts) -> list[Row]:
    """Section 5.2: the plan's view with its unique index, and the triggers that keep the live summary."""
    view = facts.views.get(VIEW_TABLE)
    columns = tuple(facts.columns.get(VIEW_TABLE, {}))
    holds = view is not None and set(VIEW_COLUMNS) <= set(columns)
    state = f"({', '.join(columns)})" if view else "missing"
    filled = view is not None and view.populated
    said = (
        "filled; its numbers are those of its last refresh"
        if filled
        else "not filled yet: run manage.py refresh_views"
    )
    return [
        Row(VIEW, VIEW_TABLE, holds, state, view.size if view else None),
        Row(VIEW, "view is filled", filled, said if view else "missing"),
        *rows_of_view(facts),
        *(_trigger_row(table, name, facts) for table, name in TRIGGERS),
    ]


def _trigger_row(table: str, name: str, facts: Facts) -> Row:
    found = facts.triggers.get((table, name))
    state = "missing" if found is None else f"on {table}" if found.enabled else f"switched off on {table}"
    return Row(VIEW, f"trigger {name}", found is not None and found.enabled, state)


def phase_rows(facts: Facts) -> list[Row]:
    """Section 8: the migrations that carry each phase in their name, and whether they are applied."""
    names = sorted((app, name) for app in APPS for name in _migration_names(app))
    return [_phase_row(number, [n for n in names if f"_phase{number}_" in n[1]], facts) for number in (1, 2, 3)]


def _migration_names(app: str) -> list[str]:
    package = import_module(f"{app}.migrations")
    return [module.name for module in pkgutil.iter_modules(package.__path__) if module.name[:1].isdigit()]


def _phase_row(number: int, names: list[tuple[str, str]], facts: Facts) -> Row:
    open_ones = [f"{app}.{name}" for app, name in names if (app, name) not in facts.applied]
    state = (
        f"not applied: {', '.join(open_ones)}"
        if open_ones
        else f"applied: {', '.join(f'{app}.{name[:4]}' for app, name in names)}"
    )
    return Row(PHASES, f"phase {number}", bool(names) and not open_ones, state)
