"""`manage.py export_person EMAIL FILE`: everything that one person has, as their own export would be."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from transactions.jobs.files import pieces
from wealthwise.core import locales
from wealthwise.core.errors import DomainError
from wealthwise.portability.export import jobs


class Command(BaseCommand):
    help = "Writes everything that one person has into a file, whatever its size. It is not encrypted: keep it safe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose data it is")
        parser.add_argument("file", type=Path, help="where it goes; never over a file that is there")
        parser.add_argument("--format", choices=sorted(jobs.FORMATS), default="gz", help="what it is written as (gz)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"There is nobody with the address {options['email']}.")
        path: Path = options["file"]
        try:
            target = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        try:
            with target, locales.override(user.country, user.currency):
                made, _ = jobs.written(user, options["format"])
                with made:
                    target.writelines(pieces(made))
        except DomainError as refusal:
            path.unlink()
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{path.stat().st_size:,} bytes in {path}.")
