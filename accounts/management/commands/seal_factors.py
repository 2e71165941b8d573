"""`manage.py seal_factors`: encrypt second factors with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.signin.upkeep import seal_factors


class Command(BaseCommand):
    help = (
        "Encrypts the secrets of second factors that are in the clear or under a key of SECRET_KEY_FALLBACKS. "
        "After it, the old keys can go as soon as no session signed with them matters."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Sealed {seal_factors()} factors with the current key.")
