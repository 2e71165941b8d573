"""When a conversion began the counters of a table anew, which outlasts the conversion."""

from django.db import migrations

GROW = """
ALTER TABLE partition_conversion ALTER COLUMN target DROP NOT NULL, ADD COLUMN IF NOT EXISTS counted_from timestamptz
"""
SHRINK = """
DELETE FROM partition_conversion WHERE target IS NULL;
ALTER TABLE partition_conversion ALTER COLUMN target SET NOT NULL, DROP COLUMN counted_from
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0054_saved_report")]

    operations = [migrations.RunSQL(GROW, SHRINK)]
