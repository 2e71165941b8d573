"""Passwords of the old application are found without reading everybody's; the index is empty in the end."""

from django.db import migrations, models

from wealthwise.postgres.indexes import AddIndexConcurrently, Index


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0011_guarding")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=Index(
                condition=models.Q(("password__regex", "^flask[$]")),
                fields=["password"],
                name="idx_user_legacy_password",
            ),
        ),
    ]
