"""What to do about indexes: each finding names one and says in a sentence what would be better.

Findings are judged on what monitoring.py reads. None is certain: counters forget, estimates are estimates, and a
planner may see more than a comparison of definitions does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from wealthwise.operations import gains, monitoring
from wealthwise.operations.conversion import counters_began
from wealthwise.operations.monitoring import ForeignKey, IndexUse

YOUNG = timedelta(days=7)  # counters younger than this have not seen a month's work
BLOATED_SHARE, BLOATED_BYTES = 0.5, 1024 * 1024  # a rebuild that wins less is not worth the work
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


def index_report(connection: Any, *, kept: Collection[str] = (), with_missing: bool = True) -> IndexReport:
    """All indexes of the project and what to do about them; reads no table.

    ``kept`` are names of indexes that the migrations make: what a model, the plan or a library has is never told to be
    dropped. ``with_missing`` plans the statements that took most time; else it is some ten queries of the catalog.
    """
    indexes = monitoring.index_uses(connection)
    keys = monitoring.foreign_keys(connection)
    since, now = monitoring.counters_since(connection), datetime.now(UTC)
    began = {table: moment for table, moment in counters_began(connection).items() if since is None or moment > since}
    young = {table for table, moment in began.items() if now - moment < YOUNG}
    findings = (
        *_invalid(indexes),
        *(each for each in _unused(indexes, keys) if each.index not in kept and each.table not in young),
        *(each for each in redundant(indexes) if each.index not in kept),
        *_unsupported(indexes, keys),
        *(_missing(connection, indexes) if with_missing else ()),
        *_bloated(indexes),
    )
    told = [warning(since, now), *(_converted(table, began[table]) for table in sorted(began))]
    told += [gains.why_not(connection)] if with_missing else []
    return IndexReport(since, " ".join(filter(None, told)), tuple(indexes), findings)


def _converted(table: str, moment: datetime) -> str:
    return f"The counters of {table} began anew on {moment:%Y-%m-%d %H:%M} UTC, when its partitions were converted."


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
    leads: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for index in indexes:
        if index.valid and not index.predicate:
            leads[index.table].add(index.columns)
    for gain in gains.gains(connection, leads):
        advice = (
            f"All of {gain.table} ({gain.rows:,} rows) is read by a statement that keeps {gain.returned:,} rows, sent "
            f"{gain.calls:,} times and {gain.mean_ms:,.1f} ms long: {gain.query} - an index on "
            f"({', '.join(gain.columns)}) would find them: add it to the model's Meta.indexes. {gain.proof}"
        )
        yield Finding("missing", gain.table, "", 0, advice)


def _bloated(indexes: Iterable[IndexUse]) -> Iterator[Finding]:
    for index in indexes:
        bloat = index.estimated_bloat or 0
        if index.valid and bloat >= BLOATED_BYTES and bloat > BLOATED_SHARE * index.size:
            advice = (
                f"About {bloat / index.size:.0%} of {index.name} is empty (an estimate): "
                f"run `manage.py maintain reindex --table {index.table}`."
            )
            yield Finding("bloated", index.table, index.name, bloat, advice)
