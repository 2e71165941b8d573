"""Phase 3: the statements that take long, counted by the server."""

from django.db import migrations

from wealthwise.postgres.extensions import OptionalExtension


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0006_phase3_view_refresh"),
    ]

    operations = [
        OptionalExtension(
            "pg_stat_statements",
            otherwise="Everything works without; `manage.py slow_queries` says how to have it.",
        ),
    ]
