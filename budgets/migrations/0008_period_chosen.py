"""Who has periods of several types keeps the one that is active: it was made so by hand, or by opening it last."""

from django.db import migrations

KEEP = """
    UPDATE budget_period p SET chosen_at = now() WHERE p.is_active AND p.chosen_at IS NULL AND EXISTS (
        SELECT 1 FROM budget_period o WHERE o.user_id = p.user_id AND o.period_type <> p.period_type
    )
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0007_period_cycle_checked")]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
