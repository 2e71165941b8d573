"""What is due again and again has an end too: as many as a person can have, with those that were turned down."""

from importlib import import_module

from django.db import migrations

most = import_module("transactions.migrations.0032_most_rows")
MOST = {"schedule": (300, "user_id", "schedules")}


class Migration(migrations.Migration):
    dependencies = [("budgets", "0012_schedule"), ("transactions", "0032_most_rows")]

    operations = [most.trigger(*each) for each in MOST.items()]
