"""Phase 3: the materialized spending view, with months in the owner's time zone and transfers left out."""

from django.db import migrations

from wealthwise.postgres.matviews import CreateMaterializedView

QUERY = """
SELECT t.user_id, t.subcategory_id,
       date_trunc('month', t.transaction_date AT TIME ZONE u.time_zone)::date AS month,
       sum(abs(t.amount)) AS total_spent
FROM transaction t JOIN "user" u ON u.id = t.user_id
WHERE t.amount < 0 AND t.transfer_id IS NULL
GROUP BY 1, 2, 3
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0004_phase3_summary_triggers")]

    operations = [
        CreateMaterializedView("user_spending_summary", query=QUERY, unique=["user_id", "subcategory_id", "month"]),
    ]
