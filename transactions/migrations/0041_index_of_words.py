"""Words and amounts of a person are found by one index, whatever the length of their ledger."""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models

from wealthwise.postgres.folding import Words
from wealthwise.postgres.indexes import GinIndex
from wealthwise.postgres.partitioning import AddPartitionedIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0040_folded_words")]

    operations = [
        AddPartitionedIndexConcurrently(
            "transaction",
            GinIndex(
                models.F("user"),
                models.F("amount"),
                OpClass(Words("description", "comment"), name="gin_trgm_ops"),
                name="idx_transaction_words",
            ),
        ),
    ]
