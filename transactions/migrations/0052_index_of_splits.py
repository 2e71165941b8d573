"""The rows that are parts of a split, which are few: all others have no entry."""

from django.db import migrations
from django.db.models import Q

from wealthwise.postgres.indexes import Index
from wealthwise.postgres.partitioning import AddPartitionedIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0051_part_of_a_split")]

    operations = [
        AddPartitionedIndexConcurrently(
            "transaction",
            Index(
                fields=["user", "split_id", "split_part"],
                include=["id", "amount"],
                condition=Q(split_id__isnull=False),
                name="idx_transaction_split",
            ),
        ),
    ]
