"""Accounts that were there have their id as the key, in batches; then every account has one."""

from importlib import import_module

from django.db import migrations, models

KEY = import_module("accounts.migrations.0013_import_key").KEY
ENDS = "SELECT min(id), max(id) FROM account WHERE import_key IS NULL"
FILL = "UPDATE account SET import_key = id::text WHERE import_key IS NULL AND id >= %(first)s AND id < %(beyond)s"
BATCH = 5_000


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ENDS)
        first, last = cursor.fetchone()
        if first is not None:
            for begin in range(first, last + 1, BATCH):
                cursor.execute(FILL, {"first": begin, "beyond": begin + BATCH})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0013_import_key")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("account", "import_key", models.CharField(**KEY)),
    ]
