"""A single edit can be undone too: the last change of a person may be one."""

from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("recategorise", "Moved to a subcategory"),
    ("move", "Moved to an account"),
    ("delete", "Deleted"),
    ("edit", "Edited"),
]


class Migration(migrations.Migration):
    dependencies = [("transactions", "0020_deleted_import")]

    operations = [
        migrations.AlterField("bulkaction", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.RemoveConstraint("bulkaction", "bulk_action_kind_known"),
        migrations.RemoveConstraint("bulkaction", "bulk_action_target_fits_kind"),
        # On the way back, an edit that can still be undone is forgotten.
        migrations.RunSQL("", "DELETE FROM bulk_action WHERE kind = 'edit'"),
        migrations.AddConstraint(
            "bulkaction",
            models.CheckConstraint(
                condition=Q(kind__in=["recategorise", "move", "delete", "edit"]), name="bulk_action_kind_known"
            ),
        ),
        migrations.AddConstraint(
            "bulkaction",
            models.CheckConstraint(
                condition=Q(kind__in=["delete", "edit"], target_id__isnull=True)
                | Q(kind__in=["recategorise", "move"], target_id__isnull=False),
                name="bulk_action_target_fits_kind",
            ),
        ),
    ]
