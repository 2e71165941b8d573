"""`manage.py dump FILE`: the whole database in one file, for any PostgreSQL from 15 on."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from wealthwise.core.progress import ProgressBar
from wealthwise.devserver.backup import moving
from wealthwise.devserver.backup.tools import BackupError


class Command(BaseCommand):
    help = "Writes the whole database into a file, while people work; `manage.py load` brings it to another server."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if file.exists():
            raise CommandError(f"{file} is there already; nothing was written.")
        bar = ProgressBar(sys.stderr, moving.tables(connection), "Dumping tables")
        try:
            moving.dump(connection, file, bar.advance)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was left.") from None
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:,.1f} MB. The key of the site is not in it.")
