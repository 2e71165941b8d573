"""Django's command, one at a time: two first starts at once, or a start beside an upgrade, take turns.

Its migrations wait for locks as ``wealthwise/postgres/patience.py`` says, so that people can write meanwhile.
"""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from wealthwise.postgres.locks import Lock, held
from wealthwise.postgres.patience import PatientExecutor

migrate.MigrationExecutor = PatientExecutor  # type: ignore[attr-defined]  # Django has no setting for it


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with held(Lock.MIGRATIONS, on=connections[options["database"]]):
            super().handle(*args, **options)
