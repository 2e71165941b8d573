"""``manage.py check_summaries``: prove that summaries, balances and the view equal the ledger."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from transactions.summaries import upkeep
from wealthwise.core.progress import ProgressBar


class Command(BaseCommand):
    help = "Compare every derived number with the ledger; exits with 1 when one differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="recompute what differs")
        parser.add_argument(
            "--view", action="store_true", help="refresh the view and prove it by the plan's statement over the ledger"
        )
        parser.add_argument("--sample", type=int, metavar="N", help="check N people drawn at random")

    def handle(self, *args: Any, **options: Any) -> None:
        sample = options["sample"]
        total = min(sample, User.objects.count()) if sample else User.objects.count()
        found: list[upkeep.Drift] = []
        bar = ProgressBar(sys.stderr, total, "Checking")
        for batch in upkeep.people(sample=sample):
            found += upkeep.drift_of(batch)
            bar.advance(len(batch))
        for drift in found:
            self.stdout.write(f"user {drift.user_id}: {drift.what}")
        if options["view"] and upkeep.refresh_spending_view(proven=True) is None:
            raise CommandError(f"{upkeep.VIEW}: another refresh is going on; run again after it.")
        view_differs = upkeep.view_differs()
        if view_differs:
            self.stdout.write(f"{upkeep.VIEW}: differs from the ledger as of its last refresh")
        if options["repair"]:
            self._repair(found, view_differs=bool(view_differs))
        elif found or view_differs:
            raise CommandError("Derived numbers differ from the ledger. Run again with --repair.")
        self.stdout.write(f"{total:,} people checked: {len(found)} differences.")

    def _repair(self, found: list[upkeep.Drift], *, view_differs: bool) -> None:
        for user_id in sorted({drift.user_id for drift in found}):
            upkeep.repair(user_id=user_id)
            self.stdout.write(f"user {user_id}: repaired")
        if (found or view_differs) and upkeep.refresh_spending_view():
            self.stdout.write(f"{upkeep.VIEW}: refreshed")
