"""`manage.py purge_tokens`: delete mailed links and sessions whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.signin.upkeep import purge


class Command(BaseCommand):
    help = "Deletes mailed links and sessions that are over. Schedule it daily; it is safe at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        gone = purge()
        self.stdout.write(
            f"Deleted: {gone.verifications} address verifications, {gone.resets} password resets, "
            f"{gone.sessions} sessions, {gone.listed} entries of ended sessions."
        )
