"""`manage.py move_in FILE... --user EMAIL`: what another application exported, into the ledger of one person."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from transactions.importing.packed.unpacking import SentFile
from wealthwise.core import locales
from wealthwise.core.errors import DomainError
from wealthwise.core.progress import ProgressBar
from wealthwise.portability.moving import services


class Command(BaseCommand):
    help = (
        "Moves what another application exported into the ledger of one person, all of it or nothing, and shows both "
        "sides. Run again, it adds nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="what it exported, together")
        parser.add_argument("--user", required=True, metavar="EMAIL", help="whose ledger it goes into")
        parser.add_argument("--dry-run", action="store_true", help="do all of it, show both sides, and keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is nobody with the address {options['user']}.")
        try:
            sent = [SentFile(path.name, path.read_bytes()) for path in options["files"]]
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        with locales.override(user.country, user.currency):
            self._move(user, sent, is_trial=options["dry_run"])

    def _move(self, user: User, sent: list[SentFile], *, is_trial: bool) -> None:
        bars = list[ProgressBar]()

        def advance(done: int, total: int) -> None:
            if not bars:
                bars.append(ProgressBar(sys.stderr, total, "Rows"))
            bars[0].advance(done - bars[0].done)

        try:
            with transaction.atomic():
                if is_trial:
                    report = services.look(user=user, sent=sent, advance=advance)
                else:
                    report, _ = services.move_in(user=user, sent=sent, advance=advance)
        except DomainError as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal
        for line in report.lines():
            self.stdout.write(line)
        if is_trial:
            self.stdout.write("This was a trial: nothing was kept.")
