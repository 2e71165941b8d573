"""The rows of a user as they leave: section by section, in one snapshot, for JSON or for a spreadsheet."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, models, transaction
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from accounts.models import User
from wealthwise.core.days import zone_of
from wealthwise.core.errors import DomainError
from wealthwise.core.progress import Advance, unwatched
from wealthwise.portability.export.codecs.import_batches import LISTED, SAMPLE, STEP
from wealthwise.portability.export.codecs.values import Cell, Reference, References
from wealthwise.portability.export.sections import BY_KEY, LEDGER, SECTIONS, Section
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.sql import run

BATCH: Final = 2000


class ExportRunning(DomainError):
    """Another export of the same user has not finished."""


@contextmanager
def snapshot(user: User) -> Iterator[None]:
    """Every statement inside sees the same moment. Raises ExportRunning; must not be inside a transaction."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if not locks.take(Lock.EXPORT, user.pk):
            raise ExportRunning("An export is being made already. Try again when it is there.")
        yield


class ExportedRows:
    """Reads the sections of one user, in batches, so that memory does not grow with the ledger.

    ``refs`` maps the primary keys of a named section to what the file calls them: accounts-1, accounts-2, in
    the order of the keys, which an import keeps. ``advance`` is told how many rows of the ledger, which is nearly
    all there is, have gone of how many.
    """

    def __init__(self, user: User, advance: Advance = unwatched) -> None:
        self.user, self.zone, self.advance = user, zone_of(user), advance
        self.refs = {section.key: self._refs(section) for section in SECTIONS if section.is_named}
        self.labels: dict[str, dict[int, tuple[Cell, ...]]] = {key: {} for key in self.refs}

    def _refs(self, section: Section) -> dict[int, str]:
        ids = self._rows(section).order_by("pk").values_list("pk", flat=True)
        return {pk: f"{section.key}-{number}" for number, pk in enumerate(ids, 1)}

    def _rows(self, section: Section) -> models.QuerySet[Any]:
        return section.chosen(section.model._default_manager.filter(user_id=self.user.pk))

    def values(self, section: Section) -> Iterator[Sequence[Any]]:
        """Rows as the database has them: the sort key, then the fields. Each batch continues behind the last.

        The ledger comes by idx_transaction_covering, oldest first; everything else is small.
        """
        names = [*section.order, *(field.name for field in section.fields)]
        ordered = self._rows(section).order_by(*section.order)
        rows, done = ordered, 0
        total = ordered.count() if section.key == LEDGER else 0
        while batch := list(rows.values_list(*names)[:BATCH]):
            yield from batch
            done += len(batch)
            if total:
                self.advance(done, total)
            if len(batch) < BATCH:
                return
            rows = ordered.filter(_beyond(section.order, batch[-1]))

    def records(self, section: Section) -> Iterator[dict[str, Any]]:
        """Rows as the file has them."""
        refs, skipped = self.refs.get(section.key), len(section.order)
        for row in self.values(section):
            record: dict[str, Any] = {} if refs is None else {"ref": refs[row[skipped - 1]]}
            for field, value in zip(section.fields, row[skipped:], strict=True):
                if value is None:
                    record[field.key] = None
                elif isinstance(field.codec, References):
                    record[field.key] = [self.refs[field.codec.section][pk] for pk in value]
                elif isinstance(field.codec, Reference):
                    record[field.key] = self._ref(field.codec, value)
                else:
                    record[field.key] = field.codec.encode(value, self.zone)
            if record.get("kind") == SAMPLE and STEP in record.get("layout", {}):
                record["layout"] = self._sample(record["layout"])
            yield record

    def _ref(self, to: Reference, pk: int) -> str | None:
        refs = self.refs[to.section]
        return refs.get(pk) if to.may_be_gone else refs[pk]

    def _sample(self, layout: dict[str, Any]) -> dict[str, Any]:
        """What was made for the sample and is still there, by its refs."""
        listed = {
            key: [self.refs[section][pk] for pk in layout.get(key, []) if pk in self.refs[section]]
            for key, section in LISTED.items()
        }
        return listed | {STEP: layout[STEP]}

    def cells(self, section: Section) -> Iterator[tuple[Cell, ...]]:
        """Rows for a spreadsheet: names stand where the file has refs. Sections must be read in order."""
        skipped, mine = len(section.order), self.labels.get(section.key)
        for row in self.values(section):
            found: dict[str, tuple[Cell, ...]] = {}
            for field, value in zip(section.fields, row[skipped:], strict=True):
                if isinstance(field.codec, References):
                    found[field.key] = (self._labels(field.codec, value or ()),)
                elif isinstance(field.codec, Reference):
                    found[field.key] = self._label(field.codec, value)
                else:
                    found[field.key] = (None if value is None else field.codec.cell(value),)
            if mine is not None:
                mine[row[skipped - 1]] = tuple(cell for key in section.label for cell in found[key])
            yield tuple(cell for cells in found.values() for cell in cells)

    def _labels(self, to: References, pks: Sequence[int]) -> Cell:
        """The names of all, with commas between them."""
        return ", ".join(str(self.labels[to.section][pk][0]) for pk in pks) or None

    def _label(self, to: Reference, pk: int | None) -> tuple[Cell, ...]:
        labels = self.labels[to.section]
        is_there = pk in labels if to.may_be_gone else pk is not None
        return labels[pk or 0] if is_there else (None,) * len(BY_KEY[to.section].heads)


def _beyond(order: Sequence[str], last: Sequence[Any]) -> Any:
    """The rows behind ``last`` in the order: one comparison of tuples, which one range of the index answers."""
    if len(order) == 1:
        return models.Q(**{f"{order[0]}__gt": last[0]})
    names = Tuple(*(models.F(name) for name in order))
    return TupleGreaterThan(names, tuple(last[: len(order)]))


def heads(section: Section) -> list[str]:
    """The headings of ``ExportedRows.cells``; a second reference to one section says which it is."""
    found: list[str] = []
    for field in section.fields:
        names = BY_KEY[field.codec.section].heads if isinstance(field.codec, Reference) else [field.key]
        found += [f"{field.key} {name}" if name in found else name for name in names]
    return found
