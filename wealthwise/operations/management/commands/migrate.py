"""Django's command, one at a time: two first starts at once, or a start beside an upgrade, take turns."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from wealthwise.postgres.locks import Lock, held


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with held(Lock.MIGRATIONS, on=connections[options["database"]]):
            super().handle(*args, **options)
