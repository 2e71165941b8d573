"""The materialized view goes by the stored day. The new one is computed beside the old, with a record of its own."""

from importlib import import_module

from django.db import migrations, transaction

before = import_module("transactions.migrations.0005_phase3_spending_view")

QUERY = """
SELECT user_id, subcategory_id, date_trunc('month', booked_on)::date AS month, sum(abs(amount)) AS total_spent
FROM transaction
WHERE amount < 0 AND transfer_id IS NULL
GROUP BY 1, 2, 3
"""
# As a refresh does it: the view and its checksum are of one snapshot.
STATEMENTS = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
CREATE MATERIALIZED VIEW user_spending_summary_new AS {query};
CREATE UNIQUE INDEX user_spending_summary_new_key ON user_spending_summary_new (user_id, subcategory_id, month);
DROP MATERIALIZED VIEW user_spending_summary;
ALTER MATERIALIZED VIEW user_spending_summary_new RENAME TO user_spending_summary;
ALTER INDEX user_spending_summary_new_key RENAME TO user_spending_summary_key;
INSERT INTO view_refresh (view_name, finished_at, row_count, checksum, error)
SELECT 'user_spending_summary', clock_timestamp(), count(*), coalesce(sum(hashtextextended(
    concat_ws('|', user_id, coalesce(subcategory_id, 0), month, spent::numeric(16, 2)), 0)), 0), ''
FROM spending_summary WHERE spent <> 0
HAVING EXISTS (SELECT FROM view_refresh WHERE checksum IS NOT NULL)
"""


def _replaced(query):
    def replace(apps, schema_editor):
        connection = schema_editor.connection
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for statement in STATEMENTS.format(query=query).split(";"):
                cursor.execute(statement)

    return replace


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0016_anchored_balances"), ("transactions", "0006_phase3_view_refresh")]

    operations = [migrations.RunPython(_replaced(QUERY), _replaced(before.QUERY))]
