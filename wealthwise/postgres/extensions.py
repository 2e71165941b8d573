"""A migration operation for an extension that is useful and not needed."""

import sys
from typing import Any

from django.db import DatabaseError, transaction
from django.db.migrations.operations.base import Operation, OperationCategory


class OptionalExtension(Operation):
    """Create the extension ``name`` where this role may and the server has it; otherwise say what to do and go on.

    Going backwards leaves it: others may use it, and dropping takes the rights that creating took.
    """

    category = OperationCategory.ADDITION
    reversible = True

    def __init__(self, name: str, *, otherwise: str) -> None:
        self.name, self.otherwise = name, otherwise

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that models know of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                schema_editor.execute(f'CREATE EXTENSION IF NOT EXISTS "{self.name}"')
        except DatabaseError as error:
            reason = str(error).partition("\n")[0]
            sys.stderr.write(f"\n  {self.name} was not created ({reason}). {self.otherwise}\n")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """See the class."""

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name], {"otherwise": self.otherwise}

    def describe(self) -> str:
        return f"Create extension {self.name} where that is allowed"
