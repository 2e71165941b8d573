"""``manage.py switch_periods``: make the periods active that contain today, wherever people live."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import User
from budgets.periods.services import settle_in_zone
from wealthwise.core.days import today_of


class Command(BaseCommand):
    help = (
        "Switches people to the period of the new day. Pages do so themselves; schedule it hourly for everybody else."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        zones = User.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct()
        switched = sum(settle_in_zone(zone=zone, today=today_of(User(time_zone=zone))) for zone in zones)
        self.stdout.write(f"{timezone.now():%Y-%m-%d %H:%M} UTC: {switched:,} switched.")
