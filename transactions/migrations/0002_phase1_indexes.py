"""Phase 1: foreign key, composite and partial indexes, built without blocking writes."""

from django.db import migrations, models

from wealthwise.postgres.indexes import AddIndexConcurrently, Index
from wealthwise.postgres.partitioning import AddPartitionedIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="category",
            index=Index(fields=["user", "is_template"], name="idx_category_user_template"),
        ),
        AddIndexConcurrently(
            model_name="importbatch",
            index=Index(fields=["user", "account", "-id"], name="idx_import_batch_account"),
        ),
        AddIndexConcurrently(
            model_name="subcategory",
            index=Index(fields=["category"], name="idx_subcategory_category_id"),
        ),
        AddPartitionedIndexConcurrently(
            model_name="transaction",
            index=Index(
                fields=["user", "subcategory", "-transaction_date"],
                name="idx_transaction_user_subcategory_date",
            ),
        ),
        AddPartitionedIndexConcurrently(
            model_name="transaction",
            index=Index(fields=["subcategory", "transaction_date"], name="idx_transaction_subcategory_date_range"),
        ),
        AddPartitionedIndexConcurrently(
            model_name="transaction",
            index=Index(fields=["user", "account", "-transaction_date"], name="idx_transaction_user_account_date"),
        ),
        AddPartitionedIndexConcurrently(
            model_name="transaction",
            index=Index(
                condition=models.Q(("import_batch__isnull", False)),
                fields=["user", "import_batch"],
                name="idx_transaction_import_batch",
            ),
        ),
    ]
