"""The rows that have a tag, which are few: all others have no entry."""

from django.db import migrations, models
from django.db.models import Q

from wealthwise.postgres.indexes import GinIndex
from wealthwise.postgres.partitioning import AddPartitionedIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0043_number_of_tags")]

    operations = [
        AddPartitionedIndexConcurrently(
            "transaction",
            GinIndex(
                models.F("user"),
                models.F("tag_ids"),
                condition=Q(tag_ids__isnull=False),
                name="idx_transaction_tags",
            ),
        ),
    ]
