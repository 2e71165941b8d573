"""What came of a form that was sent, for a program that asks again."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_most_api_tokens")]

    operations = [
        migrations.AddField(
            "formreceipt",
            "made",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), editable=False, null=True, size=None
            ),
        ),
    ]
