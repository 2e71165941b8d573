"""The ledger of indexes held against the catalog: each line is built as declared or proven to be served."""

from collections.abc import Iterator

from wealthwise.operations.plan.declared import Declared, Shape, declared, plain
from wealthwise.operations.plan.facts import VIEW_TABLE, Facts, Row
from wealthwise.operations.plan.ledger import PLAN, PlanIndex, beyond_the_plan
from wealthwise.postgres.catalog import IndexFacts

SECTIONS = {
    "1.1": "1.1 Foreign key indexes",
    "1.2": "1.2 Composite indexes",
    "1.3": "1.3 Unique indexes",
    "1.4": "1.4 Partial indexes",
    "5.1": "5.1 Covering indexes",
}
BEYOND = "1 Indexes beyond the plan"
VIEW = "5.2 Materialized view"


def rows_of(section: str, facts: Facts) -> list[Row]:
    """The plan's lines of one section (``1.1`` to ``1.4``, ``5.1``) with their state."""
    return [_plan_row(line, facts) for line in PLAN if line.section == section]


def rows_beyond(facts: Facts) -> list[Row]:
    """Keys and indexes that the plan does not name; dropping one breaks its row as well."""
    return [_built_row(BEYOND, index, facts) for index in beyond_the_plan() if index.table != VIEW_TABLE]


def rows_of_view(facts: Facts) -> list[Row]:
    return [_built_row(VIEW, index, facts) for index in beyond_the_plan() if index.table == VIEW_TABLE]


def _plan_row(line: PlanIndex, facts: Facts) -> Row:
    if not line.served_by:
        return _built_row(SECTIONS[line.section], declared()[line.name], facts, asked=line.shape)
    problems = list(unserved(line.shape, line.served_by, line.table, facts))
    state = f"served by {line.served_by} {written(facts.indexes.get(line.served_by))}"
    return Row(SECTIONS[line.section], line.name, not problems, "; ".join(problems) or state.rstrip())


def _built_row(section: str, index: Declared, facts: Facts, *, asked: Shape | None = None) -> Row:
    """An index that is there as its model declares it, and answers whatever one of the shape ``asked`` would."""
    problems = list(differences(index.name, index.table, index.shape, facts))
    if asked and not problems:
        problems = list(unserved(asked, index.name, index.table, facts))
    told = "; ".join(problems) or f"built {written(facts.indexes.get(index.name))}. {index.reason}"
    return Row(section, index.name, not problems, told, facts.size(index.name), facts.scans(index.name))


def differences(name: str, table: str, shape: Shape, facts: Facts) -> Iterator[str]:
    """What keeps index ``name`` from being valid and of ``shape``, on the table and on each partition."""
    found = facts.indexes.get(name)
    if found is None or found.table != table:
        yield f"{name} is missing on {table}"
        return
    yield from _unlike(found, shape)
    attached = {child.table: child for child in facts.children.get(name, [])}
    for partition in facts.partition_names(table):
        if partition in attached:
            yield from _unlike(attached[partition], shape)
        else:
            yield f"{name} is missing on {partition}"


def _unlike(found: IndexFacts, shape: Shape) -> Iterator[str]:
    if not found.valid:
        yield f"{found.name} is invalid"
    if found.operators != shape.operators:
        yield f"{found.name} uses another operator class than its columns' own"
    pairs = {
        "columns": (tuple(map(plain, found.columns)), shape.columns),
        "payload": (found.include, shape.include),
        "predicate": (plain(found.predicate), shape.predicate),
        "uniqueness": (found.unique, shape.unique),
        "access method": (found.method, shape.method),
        "treatment of nulls": (found.nulls_distinct, shape.nulls_distinct),
    }
    for what, (is_now, should_be) in pairs.items():
        if is_now != should_be:
            yield f"{found.name}: {what} {_said(is_now)} instead of {_said(should_be)}"


def _said(value: object) -> str:
    return f"({', '.join(value)})" if isinstance(value, tuple) else str(value) or "none"


def unserved(shape: Shape, server: str, table: str, facts: Facts) -> Iterator[str]:
    """Why index ``server`` does not do what one of ``shape`` would, judged by the catalog on every partition."""
    found = facts.indexes.get(server)
    if found is None or found.table != table:
        yield f"{server}, which serves it, is missing on {table}"
        return
    children = {child.table: child for child in facts.children.get(server, [])}
    for partition in facts.partition_names(table):
        if partition not in children:
            yield f"{server}, which serves it, is missing on {partition}"
    for part in (found, *children.values()):
        if not serves(part, shape):
            yield f"{part.name} {written(part)} does not lead with ({', '.join(shape.columns)})"


def serves(found: IndexFacts, shape: Shape) -> bool:
    """True when ``found`` answers whatever an index of ``shape`` could.

    It leads with the same columns in the same direction, or all of them turned (btrees are read either
    way), covers every row of the predicate, carries the payload, and is unique on no more columns where
    uniqueness is asked for.
    """
    lead = found.columns[: len(shape.columns)]
    carried = {*found.include, *(_bare(column) for column in found.columns)}
    return (
        found.valid
        and found.operators == shape.operators
        and found.method == shape.method
        and lead in (shape.columns, tuple(_turned(column) for column in shape.columns))
        and found.predicate in ("", shape.predicate)
        and carried.issuperset(shape.include)
        and (not shape.unique or (found.unique and found.columns == lead and found.predicate == shape.predicate))
    )


def _bare(column: str) -> str:
    return column.removesuffix(" DESC")


def _turned(column: str) -> str:
    return _bare(column) if column.endswith(" DESC") else f"{column} DESC"


def written(found: IndexFacts | Shape | None) -> str:
    """The index in a few words: ``(user_id, id) INCLUDE (amount) WHERE is_active``."""
    if found is None:
        return ""
    include = f" INCLUDE ({', '.join(found.include)})" if found.include else ""
    predicate = f" WHERE {found.predicate}" if found.predicate else ""
    unique = "unique " if found.unique else ""
    return f"{unique}({', '.join(found.columns)}){include}{predicate}"
