"""Phase 1: foreign key, composite and partial indexes, built without blocking writes."""

from django.db import migrations, models

from wealthwise.postgres.indexes import AddIndexConcurrently, Index


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="account",
            index=Index(
                condition=models.Q(("is_active", True)),
                fields=["user", "is_active"],
                name="idx_account_user_active",
            ),
        ),
        AddIndexConcurrently(
            model_name="emailverification",
            index=Index(fields=["user"], name="idx_email_verification_user_id"),
        ),
        AddIndexConcurrently(
            model_name="passwordresettoken",
            index=Index(fields=["user"], name="idx_password_reset_user_id"),
        ),
    ]
