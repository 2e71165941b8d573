"""The ledger is vacuumed soon after it grew: a page of the list reads an index alone where a vacuum said that it may.

By itself that comes when a fifth of a partition is new, and what is new is what people look at.
"""

from django.db import migrations

from wealthwise.postgres import catalog

LEDGER = {"autovacuum_vacuum_insert_scale_factor": "0.02", "autovacuum_analyze_scale_factor": "0.05"}


def storage(verb, settings):  # type: ignore[no-untyped-def]
    def change(apps, schema_editor):  # type: ignore[no-untyped-def]
        parts = [each.name for each in catalog.partitions_of(schema_editor.connection, "transaction")]
        for table in parts or ["transaction"]:
            schema_editor.execute(f"ALTER TABLE {schema_editor.quote_name(table)} {verb} ({settings})")

    return change


class Migration(migrations.Migration):
    dependencies = [("transactions", "0065_counted_from")]

    operations = [
        migrations.RunPython(
            storage("SET", ", ".join(f"{name} = {value}" for name, value in LEDGER.items())),
            storage("RESET", ", ".join(LEDGER)),
        )
    ]
