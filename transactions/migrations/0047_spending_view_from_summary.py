"""The materialized view is filled from the summary that the triggers keep, a group of rows for each of its rows."""

from importlib import import_module

from django.db import migrations

before = import_module("transactions.migrations.0017_spending_view_by_day")

QUERY = """
SELECT user_id, subcategory_id, month, spent AS total_spent
FROM spending_summary
WHERE spent <> 0
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0046_archived")]

    operations = [migrations.RunPython(before._replaced(QUERY), before._replaced(before.QUERY))]
