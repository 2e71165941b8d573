"""What rules did to the history can be undone too: the last change of a person may be that."""

from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("recategorise", "Moved to a subcategory"),
    ("move", "Moved to an account"),
    ("delete", "Deleted"),
    ("edit", "Edited"),
    ("file", "Filed by rules"),
]


class Migration(migrations.Migration):
    dependencies = [("transactions", "0027_filed_by_rule")]

    operations = [
        migrations.AlterField("bulkaction", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.RemoveConstraint("bulkaction", "bulk_action_kind_known"),
        migrations.RemoveConstraint("bulkaction", "bulk_action_target_fits_kind"),
        # On the way back, what rules did can no longer be undone.
        migrations.RunSQL("", "DELETE FROM bulk_action WHERE kind = 'file'"),
        migrations.AddConstraint(
            "bulkaction",
            models.CheckConstraint(
                condition=Q(kind__in=["recategorise", "move", "delete", "edit", "file"]),
                name="bulk_action_kind_known",
            ),
        ),
        migrations.AddConstraint(
            "bulkaction",
            models.CheckConstraint(
                condition=Q(kind__in=["delete", "edit", "file"], target_id__isnull=True)
                | Q(kind__in=["recategorise", "move"], target_id__isnull=False),
                name="bulk_action_target_fits_kind",
            ),
        ),
    ]
