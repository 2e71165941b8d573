"""Indexes and rules that say what they are for. The reason is no part of the schema: migrations do not know it.

Everything that is told about indexes, in the database plan, the documentation and the console, is made from these.
"""

from typing import Any, Self

from django.contrib.postgres import constraints, indexes, operations
from django.db import models

from wealthwise.postgres import catalog
from wealthwise.postgres.patience import FOR_EVER, waiting


class _Reasoned:
    """``reason`` is a sentence: the statements that the index serves, or the rule that it holds."""

    def __init__(self, *expressions: Any, reason: str = "", **options: Any) -> None:
        super().__init__(*expressions, **options)
        self.reason = reason

    def clone(self) -> Self:
        """Django clones what stands in Meta by what a migration would write."""
        copy: Self = super().clone()  # type: ignore[misc]  # of the class beside
        copy.reason = self.reason
        return copy


class Index(_Reasoned, models.Index):
    """An index whose name may use PostgreSQL's 63 bytes, so that an index of the plan keeps its name."""

    max_name_length = 63


class GinIndex(_Reasoned, indexes.GinIndex):
    """An inverted index, of many keys a row."""

    max_name_length = 63


class UniqueConstraint(_Reasoned, models.UniqueConstraint):
    """A unique constraint, which a migration writes as Django's own."""

    def deconstruct(self) -> Any:
        return "django.db.models.UniqueConstraint", *super().deconstruct()[1:]


def owner_key(table: str, rows: str) -> UniqueConstraint:
    """The key of a table that others point to with the owner, so that no row leads to somebody else's."""
    reason = f"Target of the keys that carry the owner; all {rows} of a person."
    return UniqueConstraint(fields=["user", "id"], name=f"{table}_owner_key", reason=reason)


class ExclusionConstraint(_Reasoned, constraints.ExclusionConstraint):
    """An exclusion constraint, which a migration writes as Django's own."""

    def deconstruct(self) -> Any:
        return "django.contrib.postgres.constraints.ExclusionConstraint", *super().deconstruct()[1:]


def unique[F: models.Field[Any, Any]](field: F, reason: str) -> F:
    """``field``, which is unique by itself, with the reason of its index."""
    field.reason = reason  # type: ignore[attr-defined]  # ours
    return field


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Django's, which can be run again after it was interrupted: it is no part of a transaction.

    An index that is there and valid is kept, an invalid remnant is built anew. It waits as long as it takes:
    for transactions that are older, while nobody waits for it.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        valid = catalog.index_is_valid(schema_editor.connection, self.index.name)
        with waiting(schema_editor.connection, FOR_EVER):
            if valid is False:
                schema_editor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(self.index.name)}")
            if not valid:
                super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        with waiting(schema_editor.connection, FOR_EVER):
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class AddConstraintNotValid(operations.AddConstraintNotValid):
    """Django's, which can be run again after it was interrupted: what is there by that name is made anew."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        quote = schema_editor.quote_name
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(f"ALTER TABLE {quote(table)} DROP CONSTRAINT IF EXISTS {quote(self.constraint.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
