"""The checks that a file made, found by the file."""

from django.db import migrations, models

from wealthwise.postgres.indexes import AddIndexConcurrently, Index


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0021_undo_of_edits")]

    operations = [
        AddIndexConcurrently(
            "balancecheck",
            Index(
                condition=models.Q(("import_batch__isnull", False)),
                fields=["user", "import_batch"],
                name="idx_balance_check_import_batch",
            ),
        )
    ]
