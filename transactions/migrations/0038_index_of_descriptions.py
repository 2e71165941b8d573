"""The rows of one description, whatever its capitals, without reading the whole history."""

from django.db import migrations, models
from django.db.models.functions import Lower

from wealthwise.postgres.indexes import Index
from wealthwise.postgres.partitioning import AddPartitionedIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0032_most_rows")]

    operations = [
        AddPartitionedIndexConcurrently(
            "transaction",
            Index(models.F("user"), Lower("description"), name="idx_transaction_user_words"),
        )
    ]
