"""A row has some tags or none, each once: the rule counts for new rows at once, and for the others after a look."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

from wealthwise.postgres.indexes import AddConstraintNotValid


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0042_tag")]

    operations = [
        AddConstraintNotValid(
            "transaction",
            models.CheckConstraint(
                condition=Q(tag_ids__isnull=True) | Q(tag_ids__len__gte=1, tag_ids__len__lte=20),
                name="transaction_tags_counted",
            ),
        ),
        ValidateConstraint("transaction", "transaction_tags_counted"),
    ]
