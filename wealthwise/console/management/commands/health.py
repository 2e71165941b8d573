"""``manage.py health``: what the console's front page calls out, for those who look by schedule or by script."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from wealthwise.console.front import alarms
from wealthwise.console.front.attention import notices
from wealthwise.console.health import samples
from wealthwise.console.health.panels import BAD, WARN


class Command(BaseCommand):
    help = "Says what the console calls out. With --record it also keeps the numbers of now for the console's history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="exit with 2 when one must act, 1 when one should look"
        )
        parser.add_argument("--record", action="store_true", help="keep a sample for the history; every five minutes")
        parser.add_argument("--mail", action="store_true", help="mail what is new to WEALTHWISE_HEALTH_MAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["record"]:
            self.stdout.write(f"{samples.take():,} numbers recorded.")
        found = notices()
        over = alarms.keep(found) if options["record"] or options["mail"] else []
        if options["mail"] and alarms.tell(over):
            self.stdout.write("A mail was sent.")
        for notice in found:
            self.stdout.write(f"{notice.verdict}: {notice.text} {notice.todo}.")
        if not found:
            self.stdout.write("Nothing to look at.")
        tones = {notice.tone for notice in found}
        if options["check"] and tones & {BAD, WARN}:
            sys.exit(2 if BAD in tones else 1)
