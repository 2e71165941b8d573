"""``manage.py seed --users N --transactions M``: a crowd with its ledger, for measuring; the same at every run."""

import sys
import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from transactions.summaries.upkeep import refresh_spending_view
from wealthwise.core.progress import ProgressBar
from wealthwise.demo import crowd, ledger


class Command(BaseCommand):
    help = "Fill an empty database with many people and their transactions, to measure with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=int, required=True, metavar="N")
        parser.add_argument("--transactions", type=int, required=True, metavar="M")
        parser.add_argument("--until", type=date.fromisoformat, default=timezone.localdate(), help="last day (today)")
        parser.add_argument("--password", default="", help="of everybody; without it nobody can sign in")

    def handle(self, *, users: int, transactions: int, until: date, password: str, **options: Any) -> None:
        there = crowd.people_there()
        if User.objects.count() > there:
            raise CommandError("There are people here already. Seed an empty database: name it in DATABASE_URL.")
        if users < max(there, 1) or transactions < users:
            raise CommandError(f"Say at least {max(there, 1)} users, and no fewer transactions than users.")
        self._people(there, users, password, until)
        self._ledger(ledger.counts(users, transactions), until)
        ledger.finish(transactions)
        refresh_spending_view(concurrently=False)  # nobody reads it yet
        self.stdout.write(
            "Statistics and the materialized view are fresh. `manage.py check_summaries` proves the sums."
        )

    def _people(self, there: int, users: int, password: str, until: date) -> None:
        bar = ProgressBar(sys.stderr, users - there, "People")
        for made in crowd.make_people(there + 1, users, password=make_password(password or None), until=until):
            bar.advance(made)

    def _ledger(self, sizes: list[int], until: date) -> None:
        names = ledger.partitions()
        todo = [number for number, name in enumerate(names or [ledger.TABLE]) if ledger.is_empty(name)]
        begun = time.monotonic()
        bar = ProgressBar(sys.stderr, sum(sizes) * len(todo) // max(len(names), 1), "Ledger")
        for number in todo:
            for rows in ledger.load_partition(number, len(names), sizes, until):
                bar.advance(rows)
        seconds = max(time.monotonic() - begun, 0.001)
        self.stdout.write(
            f"{bar.done:,} rows loaded, indexed and summed up in {seconds:,.0f} s, {bar.done / seconds:,.0f}/s."
        )
