"""What to do about indexes: each finding names one and says in a sentence what would be better.

Findings are judged on what monitoring.py reads. None is certain: counters forget, estimates are estimates, and a
planner may see more than a comparison of definitions does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from wealthwise.operations import monitoring
from wealthwise.operations.monitoring import ForeignKey, IndexUse, TableReads

YOUNG = timedelta(days=7)  # counters younger than this have not seen a month's work
BLOATED_SHARE, BLOATED_BYTES = 0.5, 1024 * 1024  # a rebuild that wins less is not worth the work
MANY_ROWS, MANY_READS = 1_000, 10  # an index pays from this many rows, read in full this often
ROWS_PER_SCAN = 10  # reading so many rows in sequence takes about as long as one index scan
SUGGESTED = 3  # columns named for a missing index
REMOVAL = "drop it with a migration of its model (Meta.indexes, db_index)."
_BACKWARDS = 3  # both bits of indoption, direction and place of nulls: how a scan reads from the end


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to do: ``kind`` is invalid, unused, redundant, missing, bloated or foreign key.

    ``index`` is "" where one is missing; ``size`` the bytes in question.
    """

    kind: str
    table: str
    index: str
    size: int
    advice: str


@dataclass(frozen=True, slots=True)
class IndexReport:
    """``since`` is when the counters were last reset, None when that is unknown; ``warning`` may be ""."""

    since: datetime | None
    warning: str
    indexes: tuple[IndexUse, ...]
    findings: tuple[Finding, ...]


def index_report(connection: Any) -> IndexReport:
    """All indexes of the project and what to do about them. Some ten catalog queries; reads no table."""
    indexes = monitoring.index_uses(connection)
    keys = monitoring.foreign_keys(connection)
    since = monitoring.counters_since(connection)
    findings = (
        *_invalid(indexes),
        *_unused(indexes, keys),
        *redundant(indexes),
        *_unsupported(indexes, keys),
        *_missing(connection, indexes),
        *_bloated(indexes),
    )
    return IndexReport(since, warning(since, datetime.now(UTC)), tuple(indexes), findings)


def warning(since: datetime | None, now: datetime) -> str:
    """Why "unused" and "missing" may mean nothing yet; "" once the counters have seen enough."""
    if since is None:
        return (
            "No reset of the counters is recorded; a new database and a crash begin at zero too. Unused means "
            "something only after the application has been used for some weeks."
        )
    if now - since < YOUNG:
        return (
            f"The counters were reset only {_age(now - since)} ago: what looks unused may just not have been needed "
            "since. Wait until a month's work has been done."
        )
    return ""


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours" if hours >= 2 else "minutes"


def _invalid(indexes: Iterable[IndexUse]) -> Iterator[Finding]:
    for index in indexes:
        if not index.valid:
            advice = (
                f"{index.name} was never finished, costs writes and serves nothing: run `manage.py maintain reindex "
                f"--table {index.table}`, which finishes it or drops what an interrupted rebuild left."
            )
            yield Finding("invalid", index.table, index.name, index.size, advice)


def _unused(indexes: Iterable[IndexUse], keys: list[ForeignKey]) -> Iterator[Finding]:
    """Indexes that were never scanned and that no rule needs."""
    for index in indexes:
        if index.valid and not (index.scans or index.unique or index.constraint):
            served = sorted({key.target for key in keys if supports(index, key)})
            advice = f"No query has used {index.name} since the counters were reset: "
            if served:
                advice += f"keep it if rows of {' or '.join(served)} are ever deleted, otherwise "
            yield Finding("unused", index.table, index.name, index.size, advice + REMOVAL)


def redundant(indexes: list[IndexUse]) -> Iterator[Finding]:
    """Indexes whose every query another valid index can serve; of two equal ones, the later by name."""
    for index in indexes:
        servers = [other for other in indexes if other is not index and serves(other, index)]
        servers = [other for other in servers if not serves(index, other) or _rank(other) < _rank(index)]
        if servers and index.valid and not index.constraint:
            best = min(servers, key=lambda other: (other.size, other.name))
            advice = f"{best.name} ({', '.join(best.columns)}) serves every query of {index.name}: {REMOVAL}"
            yield Finding("redundant", index.table, index.name, index.size, advice)


def _rank(index: IndexUse) -> tuple[bool, bool, str]:
    """Which of two equal indexes stays: the lowest."""
    return not index.constraint, not index.unique, index.name


def serves(one: IndexUse, other: IndexUse) -> bool:
    """Whether ``one`` can stand in for ``other``: the same rule, rows, order and columns at the front, and more.

    Only a B-tree serves by a prefix. A unique index stands for its rule, so only a unique one on exactly
    its columns replaces it.
    """
    if not one.valid or (one.table, one.method) != (other.table, other.method):
        return False
    same_length = len(one.columns) == len(other.columns)
    if (other.unique or one.method != "btree") and not same_length:
        return False
    return (
        (not other.unique or _enforces(one, other))
        and _leads(one, other)
        and implies(other.predicate, one.predicate)
        and {*other.include} <= {*one.columns, *one.include}
    )


def _enforces(one: IndexUse, other: IndexUse) -> bool:
    """Whether ``one``, on the same columns, refuses every row that the unique ``other`` refuses."""
    return one.unique and one.predicate == other.predicate and one.nulls_distinct <= other.nulls_distinct


def _leads(one: IndexUse, other: IndexUse) -> bool:
    """The keys of ``other`` are the first of ``one``, in the same order or wholly in the opposite one."""
    length = len(other.columns)
    if one.columns[:length] != other.columns or one.kinds[:length] != other.kinds:
        return False
    backwards = tuple(order ^ _BACKWARDS for order in other.orders)
    return one.orders[:length] in (other.orders, backwards)


def implies(narrow: str, wide: str) -> bool:
    """Whether each row of predicate ``narrow`` surely meets ``wide``: equal, none, or some of its AND-ed parts."""
    if wide in ("", narrow):
        return True
    if " OR " in narrow or " OR " in wide:
        return False
    return set(wide.split(" AND ")) <= set(narrow.split(" AND "))


def supports(index: IndexUse, key: ForeignKey) -> bool:
    """Whether the index finds the rows of one parent.

    It begins with columns of the key, all of them or at least the last, which alone names the parent (an owner
    before it only proves ownership). A partial index may leave out the rows without a parent.
    """
    if index.table != key.table:
        return False
    lead = set()
    for column in index.columns:
        if column not in key.columns:
            break
        lead.add(column)
    whole = index.predicate in ("", *(f"{column} IS NOT NULL" for column in key.columns))
    return key.columns[-1] in lead and whole and index.valid and index.method in ("btree", "hash")


def _unsupported(indexes: list[IndexUse], keys: list[ForeignKey]) -> Iterator[Finding]:
    for key in keys:
        if not any(supports(index, key) for index in indexes):
            columns = ", ".join(key.columns)
            advice = (
                f"{key.name} has no index: each delete in {key.target} reads all of {key.table}; "
                f"add an index on ({columns}) to the model's Meta.indexes."
            )
            yield Finding("foreign key", key.table, "", 0, advice)


def _missing(connection: Any, indexes: list[IndexUse]) -> Iterator[Finding]:
    for reads in monitoring.table_reads(connection):
        if is_read_too_much(reads):
            first = {index.columns[0] for index in indexes if index.table == reads.table and index.valid}
            yield Finding("missing", reads.table, "", 0, _suggestion(connection, reads, first))


def is_read_too_much(reads: TableReads) -> bool:
    """A table of some size that is often read in full, which takes more time than its index scans do."""
    often = reads.sequential_rows >= MANY_READS * reads.rows and reads.sequential_scans >= MANY_READS
    return reads.rows >= MANY_ROWS and often and reads.sequential_rows > ROWS_PER_SCAN * reads.index_scans


def _suggestion(connection: Any, reads: TableReads, first: set[str]) -> str:
    told = (
        f"{reads.table} was read in full {reads.sequential_scans:,} times ({reads.sequential_rows:,} rows) against "
        f"{reads.index_scans:,} index scans: "
    )
    columns = [column for column in monitoring.column_spreads(connection, reads.table) if column.name not in first]
    if not columns:
        return told + f"run `manage.py maintain analyze --table {reads.table}` and look again for columns."
    named = ", ".join(
        f"{column.name} ({column.distinct:,} values, correlation {column.correlation:.2f})"
        for column in columns[:SUGGESTED]
    )
    return told + f"see in `manage.py slow_queries` which columns are filtered by; no index begins with {named}."


def _bloated(indexes: Iterable[IndexUse]) -> Iterator[Finding]:
    for index in indexes:
        bloat = index.estimated_bloat or 0
        if index.valid and bloat >= BLOATED_BYTES and bloat > BLOATED_SHARE * index.size:
            advice = (
                f"About {bloat / index.size:.0%} of {index.name} is empty (an estimate): "
                f"run `manage.py maintain reindex --table {index.table}`."
            )
            yield Finding("bloated", index.table, index.name, bloat, advice)
