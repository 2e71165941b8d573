"""``manage.py partitions``: look at the ledger's hash partitions, change their number online, verify them."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from transactions.models import Transaction
from transactions.summaries.upkeep import refresh_spending_view
from wealthwise.core.progress import ProgressBar
from wealthwise.operations.conversion import Conversion, ConversionError
from wealthwise.postgres import catalog, locks
from wealthwise.postgres.locks import Lock

TABLE = Transaction._meta.db_table
MEGABYTE = 1024 * 1024


class Command(BaseCommand):
    help = "Show, convert or verify the hash partitions of the ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)
        commands.add_parser("status", help="rows, bytes, skew and bounds of each partition")
        convert = commands.add_parser("convert", help="change the number of partitions while people write")
        convert.add_argument("--to", type=int, metavar="N", help="0 for a plain table")
        convert.add_argument("--drop-old", action="store_true", help="drop the table of a finished conversion")
        convert.add_argument("--abort", action="store_true", help="forget an unfinished conversion")
        convert.add_argument("--plan", action="store_true", help="only print what would be done")
        commands.add_parser("verify", help="every row once, in the right partition, equal to its copy")

    def handle(self, *args: Any, **options: Any) -> None:
        self.conversion = Conversion(connection, TABLE, say=self.stdout.write)
        try:
            getattr(self, options["action"])(**options)
        except ConversionError as error:
            raise CommandError(str(error)) from error

    def status(self, **options: Any) -> None:
        partitions = catalog.partitions_of(connection, TABLE)
        if not partitions:
            self.stdout.write(f"{TABLE}: a plain table.")
        average = sum(p.estimated_rows for p in partitions) / max(len(partitions), 1)
        for partition in partitions:
            skew = partition.estimated_rows / average if average else 1
            self.stdout.write(
                f"{partition.name}  {partition.estimated_rows:>12,} rows  {partition.total_bytes / MEGABYTE:>9,.1f} MB"
                f"  {skew:5.2f} of the average  {partition.bound}"
            )
        state = self.conversion.state()
        if state and state.swapped:
            self.stdout.write(
                f"{self.conversion.old} is kept from the last conversion: convert --drop-old removes it."
            )
        elif state:
            done = f"copied to id {state.copied_to:,} of {state.copy_until or 0:,}"
            self.stdout.write(f"Conversion to {state.target} under way: {done}.")

    def convert(self, **options: Any) -> None:
        with locks.alone(Lock.CONVERSION) as alone:
            if not alone:
                raise CommandError("Another conversion is at work right now; `partitions status` says how far it is.")
            self._convert_alone(**options)

    def _convert_alone(self, *, to: int | None, drop_old: bool, abort: bool, plan: bool, **options: Any) -> None:
        if abort:
            self.conversion.abort()
            self.stdout.write("Aborted. The table was not changed.")
            return
        if drop_old and self.conversion.state() and to is None:
            self._drop_old()
            return
        if to is None or not 0 <= to <= 256:
            raise CommandError("Say --to N with N from 0 (a plain table) to 256.")
        self._convert(to, plan_only=plan)
        if drop_old and not plan:
            self._drop_old()

    def _drop_old(self) -> None:
        self.conversion.drop_old()
        self.stdout.write(f"{self.conversion.old} dropped.")

    def _convert(self, to: int, *, plan_only: bool) -> None:
        conversion, now = self.conversion, self.conversion.modulus()
        if now == to and ((going := conversion.state()) is None or going.swapped):
            self.stdout.write(f"{TABLE} has {to or 'no'} partitions already.")
            return
        self._print_plan(now, to)
        conversion.check()
        if plan_only:
            return
        state = conversion.prepare(to)
        bar = ProgressBar(sys.stderr, (state.copy_until or 0) - state.copied_to, "Copying")
        for rows in conversion.copy(state):
            bar.advance(rows)
        self._compare()
        lock = conversion.swap()
        refresh_spending_view()
        self.stdout.write(
            f"{TABLE} now has {to or 'no'} partitions; it was locked for {lock:,.0f} ms. {conversion.old} is kept "
            f"until `convert --drop-old`. Set WEALTHWISE_TRANSACTION_PARTITIONS={to}."
        )

    def _print_plan(self, now: int, to: int) -> None:
        rows = sum(p.estimated_rows for p in catalog.partitions_of(connection, TABLE))
        self.stdout.write(
            f"{TABLE}: from {now or 'no'} to {to or 'no'} partitions, about {rows:,} rows.\n"
            "  1. make the new table with its keys and indexes, and triggers that repeat every write in it\n"
            "  2. copy the rows in batches; people go on writing\n"
            "  3. compare both tables row for row\n"
            "  4. swap the names under one short lock; keep the old table"
        )

    def _compare(self) -> None:
        different = [difference for _, difference in self.conversion.compare() if difference]
        if different:
            first = different[0]
            raise CommandError(
                f"The copy differs between ids {first.first_id:,} and {first.last_id:,} ({first.rows} rows against "
                f"{first.shadow_rows}). Nothing was swapped. Run `partitions convert --abort` and begin again."
            )
        self.stdout.write("Both tables are equal, row for row.")

    def verify(self, **options: Any) -> None:
        state = self.conversion.state()
        if state and not state.swapped and state.copied:
            self._compare()
        wrong = catalog.rows_in_wrong_partition(connection, TABLE, "user_id")
        if wrong:
            raise CommandError(f"{wrong:,} rows lie in a partition that is not theirs. Restore from a backup.")
        rows = Transaction.objects.count()
        self.stdout.write(f"{rows:,} rows, each in the partition of its owner.")
