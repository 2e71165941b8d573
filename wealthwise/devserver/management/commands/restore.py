"""`manage.py restore DIR [--to MOMENT]`: the embedded database as it was, from a backup and the log of writes."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from wealthwise.devserver import server
from wealthwise.devserver.backup import restoring
from wealthwise.devserver.backup.bases import sealed, stamped
from wealthwise.devserver.backup.restoring import RestoredSite
from wealthwise.devserver.backup.tools import BackupError
from wealthwise.devserver.layout import Layout


def moment(text: str) -> datetime:
    """A moment as it is written; without a zone it is UTC."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"{text!r} is no moment: write 2026-11-28T19:40:00+01:00, or '2026-11-28 18:40' for UTC.")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Brings the embedded database back to its last backed up state, or to a moment since. The site must be "
        "stopped; what was there is kept aside."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", default=settings.BACKUPS, help="default: WEALTHWISE_BACKUPS")
        parser.add_argument("--to", metavar="MOMENT", help="2026-11-28T19:40:00+01:00, or in UTC without a zone")

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get("DATABASE_URL"):
            raise CommandError(
                "DATABASE_URL leads to a server of your own, restored where it runs (deploy/pgbackrest.conf). "
                "`manage.py load FILE` brings a dump into an empty database."
            )
        if not options["folder"]:
            raise CommandError("Say where from: manage.py restore DIR.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            found = restoring.restore(
                layout=Layout.of(server.HOME),
                folder=Path(options["folder"]).resolve(),
                moment=moment(options["to"]) if options["to"] else None,
                passphrase=settings.BACKUP_PASSPHRASE,
            )
        except (BackupError, server.ServerError, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. What was there is as it was.") from None
        self._say(found)
        self._bring_keys(found)
        self.stdout.write(
            "Next: manage.py migrate, check_summaries and plan --check; then start the site, and make a backup, as "
            "writes are kept from the next one on."
        )

    def _say(self, found: RestoredSite) -> None:
        last = f"{found.last:%Y-%m-%d %H:%M:%S.%f} UTC" if found.last else "that of the copy itself"
        self.stdout.write(f"Restored from {found.base.folder}. The last transaction in it: {last}.")
        if found.aside:
            self.stdout.write(f"What was there stands in {found.aside}; delete it when all is well.")

    def _bring_keys(self, found: RestoredSite) -> None:
        """The key goes to its file, and what stood there aside. The environment's own goes before that."""
        if found.keys is None:
            why = "without WEALTHWISE_BACKUP_PASSPHRASE they stay sealed" if sealed(found.base) else "it has none"
            self.stdout.write(f"The keys of the site were not taken from the backup: {why}.")
            return
        if found.keys.current == settings.SECRET_KEY:
            return
        path = settings.DATA_DIR / "secret_key"
        if path.exists():
            path.rename(path.with_name(stamped("secret_key")))
        _write_privately(path, found.keys.current)
        self.stdout.write(f"The key of the site stands in {path}; one that was there, beside it.")
        if os.environ.get("SECRET_KEY"):
            self.stdout.write("SECRET_KEY of the environment is another one: set it to what stands in that file.")
        if found.keys.fallbacks:
            earlier = path.with_name("secret_key_fallbacks")
            _write_privately(earlier, ",".join(found.keys.fallbacks))
            self.stdout.write(f"{earlier} has what SECRET_KEY_FALLBACKS was: set it again, and delete the file.")


def _write_privately(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
