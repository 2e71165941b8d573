"""Owner-carrying foreign keys: a row that points at another user's row cannot exist.

A plain foreign key proves that the target exists; this one proves that it also belongs to the same
user, because both sides carry ``user_id``. The target needs a unique constraint on the same columns.
The keys are DEFERRABLE INITIALLY DEFERRED, so erasing a user cascades in any order.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db.backends.ddl_references import Statement
from django.db.models import Model
from django.db.models.constraints import BaseConstraint

_ACTIONS = ("NO ACTION", "CASCADE", "SET NULL")


class OwnedForeignKey(BaseConstraint):
    """Composite foreign key ``fields`` -> ``to (to_fields)``, declared in ``Meta.constraints``.

    ``fields`` and ``to_fields`` are field names, the owner first in both. ``on_delete`` is the
    database's action; SET NULL clears only the columns after the owner (PostgreSQL 15 and later).
    """

    def __init__(
        self,
        *,
        name: str,
        fields: Sequence[str],
        to: str,
        to_fields: Sequence[str] = ("user", "id"),
        on_delete: str = "NO ACTION",
    ) -> None:
        if on_delete not in _ACTIONS:
            raise ValueError(f"on_delete must be one of {_ACTIONS}")
        if len(fields) != len(to_fields) or len(fields) < 2:
            raise ValueError("fields and to_fields must pair up, the owner first")
        super().__init__(name=name)
        self.fields = tuple(fields)
        self.to = to
        self.to_fields = tuple(to_fields)
        self.on_delete = on_delete

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Never inline: the statement is deferred, since the target may be created later."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        quote = schema_editor.quote_name
        target = self._target(model)
        columns = [model._meta.get_field(field).column for field in self.fields]
        to_columns = [target._meta.get_field(field).column for field in self.to_fields]
        action = self.on_delete
        if action == "SET NULL":
            action += f" ({', '.join(quote(column) for column in columns[1:])})"
        return Statement(
            "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(columns)s) "
            "REFERENCES %(to)s (%(to_columns)s) ON DELETE %(action)s DEFERRABLE INITIALLY DEFERRED",
            table=quote(model._meta.db_table),
            name=quote(self.name),
            columns=", ".join(quote(column) for column in columns),
            to=quote(target._meta.db_table),
            to_columns=", ".join(quote(column) for column in to_columns),
            action=action,
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        quote = schema_editor.quote_name
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=quote(model._meta.db_table),
            name=quote(self.name),
        )

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Left to the database: forms offer only the owner's rows, so there is nothing to say kindly."""

    def _target(self, model: type[Model]) -> Any:
        # During a migration the historical model's own registry knows the target's historical state.
        registry = model._meta.apps or apps
        return registry.get_model(self.to)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnedForeignKey) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        kwargs |= {
            "fields": self.fields,
            "to": self.to,
            "to_fields": self.to_fields,
            "on_delete": self.on_delete,
        }
        return path, args, kwargs
