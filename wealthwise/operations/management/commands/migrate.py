"""Django's command, one at a time: two first starts at once, or a start beside an upgrade, take turns.

Its migrations wait for locks as ``wealthwise/postgres/patience.py`` says, so that people can write meanwhile. The way
back says what it would take with it, and goes no step while that is anything.
"""

from typing import Any, override

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

from wealthwise.postgres.locks import Lock, held
from wealthwise.postgres.losses import losses
from wealthwise.postgres.patience import PatientExecutor


class CarefulExecutor(PatientExecutor):
    """Patient, and it loses nothing unless it ``may_lose``."""

    may_lose = False

    @override
    def migrate(
        self, targets: Any, plan: Any = None, state: Any = None, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        steps = self.migration_plan(targets) if plan is None else plan
        if not (fake or self.may_lose) and any(backwards for _, backwards in steps):
            own: Any = self  # Django's way to the state now, which its stubs leave out
            now = own._create_project_state(with_applied_migrations=True)
            if found := losses(self.connection, steps, now.apps):
                told = ", ".join(map(str, sorted(found, key=str)))
                raise CommandError(
                    f"Going back would lose {told}. Nothing was changed. Keep a backup, and say --lose to do it."
                )
        return super().migrate(targets, plan, state, fake, fake_initial)


migrate.MigrationExecutor = CarefulExecutor  # type: ignore[attr-defined]  # Django has no setting for it


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--lose", action="store_true", help="go back although rows or values go with it")

    def handle(self, *args: Any, **options: Any) -> None:
        CarefulExecutor.may_lose = options.pop("lose", False)
        with held(Lock.MIGRATIONS, on=connections[options["database"]]):
            super().handle(*args, **options)
