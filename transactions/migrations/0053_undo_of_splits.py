"""A split, a change of one, and joining its parts can be undone too."""

from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("recategorise", "Moved to a subcategory"),
    ("move", "Moved to an account"),
    ("delete", "Deleted"),
    ("edit", "Edited"),
    ("file", "Filed by rules"),
    ("tag", "Tagged"),
    ("untag", "Tag taken off"),
    ("split", "Split or joined"),
]
WITH_TARGET = ["recategorise", "move", "tag", "untag"]


class Migration(migrations.Migration):
    dependencies = [("transactions", "0052_index_of_splits")]

    operations = [
        migrations.AlterField("bulkaction", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.RemoveConstraint("bulkaction", "bulk_action_kind_known"),
        migrations.RemoveConstraint("bulkaction", "bulk_action_target_fits_kind"),
        # On the way back, a split can no longer be undone.
        migrations.RunSQL("", "DELETE FROM bulk_action WHERE kind = 'split'"),
        migrations.AddConstraint(
            "bulkaction",
            models.CheckConstraint(
                condition=Q(kind__in=["recategorise", "move", "delete", "edit", "file", "tag", "untag", "split"]),
                name="bulk_action_kind_known",
            ),
        ),
        migrations.AddConstraint(
            "bulkaction",
            models.CheckConstraint(
                condition=Q(kind__in=["delete", "edit", "file", "split"], target_id__isnull=True)
                | Q(kind__in=WITH_TARGET, target_id__isnull=False),
                name="bulk_action_target_fits_kind",
            ),
        ),
    ]
