"""The covering index holds the day too, so that lists and sums by day stay index-only.

The wider one is built beside it without blocking writes, and then takes its name.
"""

from django.db import migrations, models

from wealthwise.postgres.indexes import Index
from wealthwise.postgres.partitioning import (
    AddPartitionedIndexConcurrently,
    RemovePartitionedIndex,
    RenamePartitionedIndex,
)

BEFORE = ("amount", "description", "subcategory", "account", "transfer_id")


def covering(name: str, include: tuple[str, ...]) -> Index:
    newest = [models.OrderBy(models.F(column), descending=True) for column in ("transaction_date", "id")]
    return Index(models.F("user"), *newest, include=include, name=name)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0014_booked_on_required")]

    operations = [
        AddPartitionedIndexConcurrently(
            "transaction", covering("idx_transaction_covering_day", (*BEFORE, "booked_on"))
        ),
        RemovePartitionedIndex("transaction", covering("idx_transaction_covering", BEFORE)),
        RenamePartitionedIndex(
            "transaction", old_name="idx_transaction_covering_day", new_name="idx_transaction_covering"
        ),
    ]
