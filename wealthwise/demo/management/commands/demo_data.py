"""`manage.py demo_data`: the demo household, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.models import User
from accounts.people.services import erase_user
from wealthwise.core.days import today_of
from wealthwise.demo import sample_data


class Command(BaseCommand):
    help = "Adds a demo household with a year of transactions up to today, unless it exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="erase the demo household and build it anew")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            self._build(reset=options["reset"])

    def _build(self, *, reset: bool) -> None:
        existing = User.objects.filter(email=settings.DEMO_EMAIL).first()
        if existing and not reset:
            self.stdout.write(f"The demo household {settings.DEMO_EMAIL} exists; --reset builds it anew.")
            return
        if existing:
            erase_user(user=existing)
        user = sample_data.create_demo_user()
        count = sample_data.build(user, today_of(user))
        self.stdout.write(self.style.SUCCESS(f"Demo household {settings.DEMO_EMAIL}: {count:,} transactions."))
