"""Where a conversion of the ledger's partitions stands. Databases on which one was run have the table already."""

from django.db import migrations

MAKE = """
CREATE TABLE IF NOT EXISTS partition_conversion (
    table_name text PRIMARY KEY, target integer NOT NULL, copied_to bigint NOT NULL DEFAULT 0,
    copy_until bigint, swapped_at timestamptz
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0010_transfer_refusals"),
    ]

    operations = [
        migrations.RunSQL(MAKE, "DROP TABLE IF EXISTS partition_conversion"),
    ]
