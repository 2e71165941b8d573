"""`manage.py backup [DIR]`: a verified copy of the embedded database, the log of writes after it, and the keys."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from wealthwise.core.progress import ProgressBar
from wealthwise.devserver import server
from wealthwise.devserver.backup import bases, taking
from wealthwise.devserver.backup.keys import Keys
from wealthwise.devserver.backup.tools import BackupError
from wealthwise.devserver.layout import Layout

OWN_SERVER = (
    "DATABASE_URL leads to a server of your own, which is backed up where it runs: deploy/pgbackrest.conf has what "
    "that takes. `manage.py dump FILE` writes the database into one file from anywhere."
)


class Command(BaseCommand):
    help = (
        "Copies the embedded database while people work, verifies the copy, and has every write kept from then on, "
        "so that `manage.py restore` can go back to any moment. Ctrl-C is safe."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", default=settings.BACKUPS, help="default: WEALTHWISE_BACKUPS")
        parser.add_argument("--keep", type=int, default=settings.BACKUPS_KEPT, help="copies, older ones are deleted")
        parser.add_argument("--list", action="store_true", help="only say what there is")
        parser.add_argument("--end-log", action="store_true", help="make no copy, and keep no more writes")

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get("DATABASE_URL"):
            raise CommandError(OWN_SERVER)
        if options["end_log"]:
            taking.end_log(Layout.of(server.HOME))
            self.stdout.write("Writes are kept no more, until the next backup. The copies that were made stay.")
            return
        if not options["folder"]:
            raise CommandError("Say where to: manage.py backup DIR, or set WEALTHWISE_BACKUPS.")
        if options["keep"] < 1:
            raise CommandError("--keep takes 1 or more.")
        folder = Path(options["folder"]).resolve()
        try:
            if options["list"]:
                self._list(folder)
            else:
                self._take(folder, options["keep"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. No backup was made; those that were there are as they were.") from None

    def _take(self, folder: Path, keep: int) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        bar: list[ProgressBar] = []

        def told(done: int, total: int) -> None:
            if not bar:
                bar.append(ProgressBar(sys.stderr, total, "Copying (kB)"))
            bar[0].total = max(total, 1)
            bar[0].advance(done - bar[0].done)

        passphrase = settings.BACKUP_PASSPHRASE
        made = taking.take(
            layout=Layout.of(server.HOME),
            folder=folder,
            keep=keep,
            secrets=Keys(settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS),
            passphrase=passphrase,
            told=told,
        )
        self.stdout.write(f"{made.folder}: {made.facts.bytes / 1e6:,.1f} MB, verified.")
        self.stdout.write(f"Writes go to {made.wal} from now on.")
        if settings.BACKUPS and folder != Path(settings.BACKUPS).resolve():
            self.stdout.write(
                f"So the log of the copies in {settings.BACKUPS} ends here, and the way back with it, until "
                "the next backup goes there: run `manage.py backup` now, unless that is meant."
            )
        if not passphrase:
            self.stdout.write(
                "Missing in it: the key of the site (SECRET_KEY, or .data/secret_key), without which second factors "
                "cannot be read. Set WEALTHWISE_BACKUP_PASSPHRASE to have it sealed into backups, or keep it yourself."
            )

    def _list(self, folder: Path) -> None:
        found = bases.in_folder(folder)
        for base in found:
            keys = "keys sealed" if bases.sealed(base) else "without keys"
            self.stdout.write(
                f"{base.folder.name}  finished {base.finished_at:%Y-%m-%d %H:%M:%S} UTC, "
                f"{base.facts.bytes / 1e6:,.1f} MB, PostgreSQL {base.facts.version}, {keys}"
            )
        if not found:
            self.stdout.write(f"There is no backup in {folder}.")
