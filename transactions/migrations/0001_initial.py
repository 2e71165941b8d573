"""Tables, keys and rules of the ledger; `transaction` hash-partitioned by its owner."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints
from wealthwise.postgres.partitioning import CreatePartitionedModel


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UserSpendingSummary",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user_id",
                        "subcategory_id",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField()),
                ("total_spent", models.DecimalField(decimal_places=2, max_digits=16)),
            ],
            options={
                "db_table": "user_spending_summary",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[("expense", "Expense"), ("income", "Income")],
                        default="expense",
                        max_length=7,
                    ),
                ),
                ("is_template", models.BooleanField(default=False, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="categories",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "categories",
                "db_table": "category",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("file_name", models.CharField(max_length=255)),
                ("kind", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Waiting for you"),
                            ("committed", "Imported"),
                            ("reverted", "Reverted"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("content", models.BinaryField(null=True)),
                ("layout", models.JSONField(blank=True, default=dict)),
                ("new_count", models.PositiveIntegerField(default=0)),
                ("duplicate_count", models.PositiveIntegerField(default=0)),
                ("error_count", models.PositiveIntegerField(default=0)),
                ("errors", models.JSONField(blank=True, default=list)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("committed_at", models.DateTimeField(editable=False, null=True)),
                ("reverted_at", models.DateTimeField(editable=False, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="import_batches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "import batches",
                "db_table": "import_batch",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Subcategory",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="subcategories",
                        to="transactions.category",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="subcategories",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "subcategories",
                "db_table": "subcategory",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="SpendingSummary",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("month", models.DateField()),
                ("spent", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                ("received", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                ("transaction_count", models.BigIntegerField(default=0)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subcategory",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="transactions.subcategory",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "spending summaries",
                "db_table": "spending_summary",
            },
        ),
        CreatePartitionedModel(
            partition_by="user",
            partitions=settings.TRANSACTION_PARTITIONS,
            name="Transaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("description", models.CharField(max_length=200)),
                ("comment", models.CharField(blank=True, max_length=500)),
                ("transaction_date", models.DateTimeField()),
                ("transfer_id", models.UUIDField(blank=True, editable=False, null=True)),
                ("fingerprint", models.UUIDField(editable=False, null=True)),
                ("occurrence", models.PositiveSmallIntegerField(editable=False, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "import_batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="transactions.importbatch",
                    ),
                ),
                (
                    "subcategory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="transactions.subcategory",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "transaction",
            },
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(
                fields=("user", "name"),
                name="uq_category_user_name",
                violation_error_message="You already have a category with that name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(fields=("user", "id"), name="category_owner_key"),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="category_name_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["expense", "income"])), name="category_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.UniqueConstraint(fields=("user", "id"), name="import_batch_owner_key"),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "account"),
                name="import_batch_account_owner_fk",
                on_delete="NO ACTION",
                to="accounts.Account",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["uploaded", "committed", "reverted"])),
                name="import_batch_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="subcategory",
            constraint=models.UniqueConstraint(
                fields=("name", "category"),
                name="uq_subcategory_name_category",
                violation_error_message="That category already has a subcategory with that name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subcategory",
            constraint=models.UniqueConstraint(fields=("user", "id"), name="subcategory_owner_key"),
        ),
        migrations.AddConstraint(
            model_name="subcategory",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "category"),
                name="subcategory_category_owner_fk",
                on_delete="NO ACTION",
                to="transactions.Category",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="subcategory",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="subcategory_name_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="spendingsummary",
            constraint=models.UniqueConstraint(
                fields=("user", "month", "subcategory"), name="uq_spending_summary", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("fingerprint__isnull", False)),
                fields=("user", "fingerprint", "occurrence"),
                name="uq_transaction_fingerprint",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(
                models.F("user"),
                models.F("transfer_id"),
                django.db.models.lookups.LessThan(models.F("amount"), models.Value(0)),
                condition=models.Q(("transfer_id__isnull", False)),
                name="uq_transaction_transfer_leg",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "account"),
                name="transaction_account_owner_fk",
                on_delete="NO ACTION",
                to="accounts.Account",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "subcategory"),
                name="transaction_subcategory_owner_fk",
                on_delete="NO ACTION",
                to="transactions.Subcategory",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=wealthwise.postgres.constraints.OwnedForeignKey(
                fields=("user", "import_batch"),
                name="transaction_import_batch_owner_fk",
                on_delete="NO ACTION",
                to="transactions.ImportBatch",
                to_fields=("user", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("description", ""), _negated=True), name="transaction_description_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("transfer_id__isnull", True), ("account__isnull", False), _connector="OR"),
                name="transaction_transfer_has_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("fingerprint__isnull", True), ("occurrence__isnull", True)),
                    models.Q(("fingerprint__isnull", False), ("occurrence__gte", 1)),
                    _connector="OR",
                ),
                name="transaction_fingerprint_pair",
            ),
        ),
    ]
