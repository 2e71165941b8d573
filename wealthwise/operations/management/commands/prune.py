"""`manage.py prune`: delete what is past its time, of every kind that has one."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from wealthwise.operations import retention


class Command(BaseCommand):
    help = (
        "Deletes mailed links, sessions, counts and devices that are over, and records older than the days of their "
        "settings (WEALTHWISE_KEEP_...), in batches. Schedule it daily; it is always safe."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("purge_tokens", stdout=self.stdout)
        try:
            for kind, gone in retention.prune(connection):
                self.stdout.write(f"Deleted: {gone:,} {kind.what}.")
        except retention.RetentionError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped; what is done stays done.") from None
