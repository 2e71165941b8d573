"""What a row that is a part of a split cannot be: the rule counts for new rows at once, for the others after a look."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

from wealthwise.postgres.indexes import AddConstraintNotValid


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0050_split")]

    operations = [
        AddConstraintNotValid(
            "transaction",
            models.CheckConstraint(
                condition=Q(split_id__isnull=True, split_part__isnull=True)
                | Q(Q(split_part=1) | Q(fingerprint__isnull=True), split_id__isnull=False)
                & Q(split_part__gte=1, transfer_id__isnull=True),
                name="transaction_split_part_fits",
            ),
        ),
        ValidateConstraint("transaction", "transaction_split_part_fits"),
    ]
