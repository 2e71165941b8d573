"""``manage.py user ACTION NAME``: what the console does about users, from a terminal, logged the same."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from wealthwise.console.people import services
from wealthwise.console.screens.readonly import people_called
from wealthwise.core.errors import DomainError


class Command(BaseCommand):
    help = "Verifies an address, mails a reset, ends sessions, suspends, restores or erases one person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=[*services.ACTIONS])
        parser.add_argument("name", help="whole email address, username or UUID")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the member of staff who does it")
        parser.add_argument("--reason", required=True, help="kept in the log")
        parser.add_argument("--confirm", metavar="USERNAME", help="again, for an erasure")

    def handle(self, *args: Any, **options: Any) -> None:
        action, person = services.ACTIONS[options["action"]], _one(options["name"])
        actor = _one(options["by"])
        if not actor.is_staff or not actor.has_perm(f"ops.{action.permission}"):
            raise CommandError(f"{actor.username} may not do that.")
        if action.single and options["confirm"] != person.username:
            raise CommandError(f"Nothing can be brought back. Add --confirm {person.username} to go on.")
        try:
            services.perform(action=action, actor=actor, person_id=person.pk, reason=options["reason"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{action.title}: done for {person.username}.")


def _one(name: str) -> User:
    found = User.objects.filter(pk__in=people_called(name)).first()
    if found is None:
        raise CommandError(f"There is nobody called {name}.")
    return found
