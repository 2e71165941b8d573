"""Tokens of programs have an end too, as all that a person makes by hand."""

from importlib import import_module

from django.db import migrations

most = import_module("transactions.migrations.0032_most_rows")
MOST = {"api_token": (50, "user_id", "tokens")}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_api_token"), ("transactions", "0032_most_rows")]

    operations = [most.trigger(*each) for each in MOST.items()]
