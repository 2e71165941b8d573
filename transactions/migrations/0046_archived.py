"""Categories and subcategories that nobody files under any more, and whose history stays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0045_undo_of_tags")]

    operations = [
        migrations.AddField(
            "category", "is_archived", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.AddField(
            "subcategory", "is_archived", models.BooleanField(db_default=False, default=False, editable=False)
        ),
    ]
