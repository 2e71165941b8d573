"""``manage.py console_job ID``: do a job that the console wrote down. The console starts this itself."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wealthwise.console.jobs import runner


class Command(BaseCommand):
    help = "Does the console's job ID in this process."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # an orderly end: the job is closed as interrupted
        job = runner.run(options["job"])
        if job is None:
            raise CommandError("There is no such job, or it was begun already.")
        self.stdout.write(f"{job}: {job.outcome}. {job.note}")
        if job.outcome != job.Outcome.DONE:
            raise CommandError("The job failed.")
