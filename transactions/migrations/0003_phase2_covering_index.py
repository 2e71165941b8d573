"""Phase 2: the covering index of the transaction list."""

from django.db import migrations, models

from wealthwise.postgres.indexes import Index
from wealthwise.postgres.partitioning import AddPartitionedIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0002_phase1_indexes")]

    operations = [
        AddPartitionedIndexConcurrently(
            model_name="transaction",
            index=Index(
                models.F("user"),
                models.OrderBy(models.F("transaction_date"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                include=("amount", "description", "subcategory", "account", "transfer_id"),
                name="idx_transaction_covering",
            ),
        ),
    ]
