"""`manage.py load FILE`: a dump into an empty database, the embedded one or that of DATABASE_URL."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from transactions.summaries.upkeep import refresh_spending_view
from wealthwise.core.progress import ProgressBar
from wealthwise.devserver.backup import moving
from wealthwise.devserver.backup.tools import BackupError
from wealthwise.devserver.roles import give_rights
from wealthwise.operations.monitoring import MonitoringError, enable_statements
from wealthwise.postgres.sql import run


class Command(BaseCommand):
    help = "Loads a dump into an empty database, all or nothing."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bar = ProgressBar(sys.stderr, moving.data_of(options["file"]), "Loading tables")
            moving.load(connection, options["file"], bar.advance)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. The database is empty as before.") from None
        with contextlib.suppress(MonitoringError):  # slow_queries says what is missing
            enable_statements(connection)
        if not os.environ.get("DATABASE_URL"):
            give_rights(connection.connection)
        run("ANALYZE", on=connection)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Loaded, from an earlier release. Next: manage.py migrate, then refresh_views.")
        else:
            refresh_spending_view(concurrently=False)  # loading has filled the view as of now, which its record says
        self.stdout.write("Loaded. Next: manage.py check_summaries and plan --check; then start the site.")
