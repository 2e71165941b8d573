"""`manage.py purge_tokens`: delete mailed links, sessions, counts of tries and devices whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.signin.upkeep import purge


class Command(BaseCommand):
    help = "Deletes mailed links, sessions and counts of tries that are over. Schedule it daily; it is always safe."

    def handle(self, *args: Any, **options: Any) -> None:
        gone = purge()
        self.stdout.write(
            f"Deleted: {gone.verifications} address verifications, {gone.resets} password resets, "
            f"{gone.sessions} sessions, {gone.listed} entries of ended sessions, {gone.counts} counts of tries, "
            f"{gone.devices} devices."
        )
