"""A saved query can be that of a report. A column with a constant, which rewrites nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0053_undo_of_splits")]

    operations = [
        migrations.AddField(
            "savedfilter",
            "report",
            models.CharField(blank=True, db_default="", default="", editable=False, max_length=20),
        ),
    ]
