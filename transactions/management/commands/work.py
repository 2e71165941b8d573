"""``manage.py work``: do the long work that waits. The site starts it by itself; scheduled, it also clears up."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from transactions.jobs import worker


class Command(BaseCommand):
    help = "Does exports, restores and imports that wait, and deletes results that are past their time."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # an orderly end: the job says that it was stopped
        worker.be_nice()
        self.stdout.write(f"Jobs done: {worker.work_off()}.")
