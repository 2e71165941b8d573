"""The balances that stood in an imported file, kept with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0017_spending_view_by_day")]

    operations = [migrations.AddField("importbatch", "balances", models.JSONField(blank=True, default=list))]
