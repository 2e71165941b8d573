"""Hash partitioning as migration operations.

Django creates the model; these operations make the same table hash-partitioned by its owner and
build its indexes without blocking writes. ``partitions=0`` everywhere means a plain table, so the
plan's "defer partitioning" is a setting and not another code path.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel, RemoveIndex, RenameIndex
from django.db.migrations.state import ProjectState

from wealthwise.postgres import catalog
from wealthwise.postgres.indexes import AddIndexConcurrently
from wealthwise.postgres.patience import FOR_EVER, waiting


def partition_name(table: str, remainder: int) -> str:
    """The name of one partition: ``transaction_p07``."""
    return f"{table}_p{remainder:02d}"


def create_partitions(schema_editor: BaseDatabaseSchemaEditor, table: str, modulus: int) -> None:
    """Create every partition of ``table``; its parent must exist and be empty."""
    quote = schema_editor.quote_name
    for remainder in range(modulus):
        schema_editor.execute(
            f"CREATE TABLE {quote(partition_name(table, remainder))} PARTITION OF {quote(table)} "
            f"FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})"
        )


class CreatePartitionedModel(CreateModel):
    """CreateModel for a table PARTITIONED BY HASH of its owner column.

    Django's primary key stays ``id``; the database's becomes ``(id, owner)``, since a unique key of a
    partitioned table must contain the partition key. ``id`` leads, so a lookup by id alone is one
    index probe per partition and not a scan.
    """

    def __init__(self, *args: Any, partition_by: str, partitions: int, **kwargs: Any) -> None:
        self.partition_by = partition_by
        self.partitions = partitions
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        return name, list(args), kwargs | {"partition_by": self.partition_by, "partitions": self.partitions}

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        quote = schema_editor.quote_name
        key, owner = model._meta.pk.column, model._meta.get_field(self.partition_by).column
        original = schema_editor.sql_create_table
        definition = f"%(definition)s, PRIMARY KEY ({quote(key)}, {quote(owner)})"
        suffix = f" PARTITION BY HASH ({quote(owner)})" if self.partitions else ""
        schema_editor.sql_create_table = f"CREATE TABLE %(table)s ({definition}){suffix}"
        pk = model._meta.pk
        pk.primary_key = False  # only while the DDL is written: no inline PRIMARY KEY (id)
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            pk.primary_key = True
            schema_editor.sql_create_table = original
        create_partitions(schema_editor, model._meta.db_table, self.partitions)

    def describe(self) -> str:
        how = f"in {self.partitions} hash partitions" if self.partitions else "as a plain table"
        return f"Create model {self.name} {how}"


class AddPartitionedIndexConcurrently(AddIndexConcurrently):
    """AddIndexConcurrently that also works on a partitioned parent.

    PostgreSQL refuses CONCURRENTLY there, so: build ON ONLY the parent (instant, invalid), build
    CONCURRENTLY on each partition, then attach each; the parent's index turns valid with the last.
    Run again after an interruption: what is there and valid is kept, an invalid remnant is rebuilt.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        partitions = catalog.partitions_of(schema_editor.connection, table)
        if not partitions:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        self._ensure_not_in_transaction(schema_editor)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            self._build(schema_editor, model, [partition.name for partition in partitions])

    def _build(self, schema_editor: BaseDatabaseSchemaEditor, model: Any, partitions: list[str]) -> None:
        quote, parent = schema_editor.quote_name, self.index.name
        table = model._meta.db_table
        statement = str(self.index.create_sql(model, schema_editor, concurrently=False))
        lead, body = statement.split(f" ON {quote(table)}", 1)
        verb = lead.rsplit(" ", 1)[0]
        schema_editor.execute(f"{verb} IF NOT EXISTS {quote(parent)} ON ONLY {quote(table)}{body}", params=None)
        for number, partition in enumerate(partitions):
            child = f"{parent[:58]}_p{number:02d}"
            with waiting(schema_editor.connection, FOR_EVER):
                if catalog.index_is_valid(schema_editor.connection, child) is False:
                    schema_editor.execute(f"DROP INDEX CONCURRENTLY {quote(child)}")
                schema_editor.execute(
                    f"{verb} CONCURRENTLY IF NOT EXISTS {quote(child)} ON {quote(partition)}{body}", params=None
                )
            schema_editor.execute(f"ALTER INDEX {quote(parent)} ATTACH PARTITION {quote(child)}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if not catalog.partitions_of(schema_editor.connection, model._meta.db_table):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        elif self.allow_migrate_model(schema_editor.connection.alias, model):
            # PostgreSQL cannot drop a partitioned index CONCURRENTLY; dropping takes a short lock.
            schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(self.index.name)}")

    def describe(self) -> str:
        return f"Concurrently create index {self.index.name} on each partition of {self.model_name}"


class RemovePartitionedIndex(RemoveIndex):
    """RemoveIndex that is reversed by building the index on each partition, without blocking writes."""

    atomic = False

    def __init__(self, model_name: str, index: Any) -> None:
        self.index = index
        super().__init__(model_name, index.name)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "index": self.index}

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._added.database_backwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._added.database_forwards(app_label, schema_editor, from_state, to_state)

    @property
    def _added(self) -> AddPartitionedIndexConcurrently:
        return AddPartitionedIndexConcurrently(self.model_name, self.index)


class RenamePartitionedIndex(RenameIndex):
    """RenameIndex that also renames the indexes of the partitions."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        self._rename_parts(schema_editor, self.old_name or "", self.new_name)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        self._rename_parts(schema_editor, self.new_name, self.old_name or "")

    def _rename_parts(self, schema_editor: Any, before: str, after: str) -> None:
        for part in catalog.parts_of_index(schema_editor.connection, after):
            if part.startswith(f"{before}_p"):
                quote = schema_editor.quote_name
                renamed = quote(after + part.removeprefix(before))
                schema_editor.execute(f"ALTER INDEX {quote(part)} RENAME TO {renamed}")
