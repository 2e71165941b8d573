"""``manage.py import_transactions FILE --user NAME --account NAME``: what the pages of the import do, in one go."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Account, User
from transactions.importing import services
from transactions.importing.packed.unpacking import SentFile
from transactions.importing.preview import Preview
from transactions.models import ImportBatch
from wealthwise.core.errors import DomainError
from wealthwise.core.progress import ProgressBar


class Command(BaseCommand):
    help = "Imports a statement of a bank into an account of a person; the same file twice adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--user", required=True, help="username or address")
        parser.add_argument("--account", required=True, help="name of the account")
        parser.add_argument("--profile", default="", help="name of a profile by which a CSV is read")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be added")
        parser.add_argument("--anyway", action="store_true", help="import although something about it is in doubt")
        parser.add_argument("--categorise", action="store_true", help="file each row as its description was last")

    def handle(self, *args: Any, **options: Any) -> None:
        account = self._account(options["user"], options["account"])
        try:
            sent = SentFile(options["file"].name, options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from None
        try:
            with transaction.atomic():
                batches, refusals = services.receive(user=account.user, account=account, sent=[sent])
                for batch in batches:
                    self._import(batch, options)
                transaction.set_rollback(bool(refusals) or options["dry_run"])
        except DomainError as refusal:
            raise CommandError("\n".join([str(refusal), *getattr(refusal, "faults", [])])) from None
        if refusals:
            raise CommandError("Nothing was imported.\n" + "\n".join(refusals))

    def _import(self, batch: ImportBatch, options: dict[str, Any]) -> None:
        if options["profile"] and batch.kind == "csv":
            self._read_by_profile(batch, options["profile"])
        found = services.preview(batch=batch)
        new, known, wrong = found.counts
        self.stdout.write(f"{batch.file_name}: {new:,} new, {known:,} already there, {wrong:,} with errors.")
        for error in found.errors[:20]:
            self.stderr.write(f"  Line {error.line}: {error.reason}")
        doubts = _doubts(batch, found)
        for doubt in doubts:
            self.stderr.write(f"  {doubt}")
        if doubts and not (options["anyway"] or options["dry_run"]):
            raise CommandError("Nothing was imported: look at it on the page of the import, or say --anyway.")
        bar = ProgressBar(self.stderr, max(new, 1), "Importing")
        done = services.commit(
            batch=batch, categorise=options["categorise"], advance=lambda at, _: bar.advance(at - bar.done)
        )
        if not options["dry_run"]:
            self.stdout.write(f"{batch.file_name}: {done.new_count:,} added.")

    def _read_by_profile(self, batch: ImportBatch, name: str) -> None:
        """Raises CommandError where no profile of that name has the columns of the file."""
        found = services.fitting(batch=batch)
        fits = [fit for fit in (found.own, *found.others) if fit]
        chosen = next((fit for fit in fits if fit.profile.name == name), None)
        if chosen is None:
            known = ", ".join(dict.fromkeys(fit.profile.name for fit in fits))
            raise CommandError(f"No profile called {name} fits {batch.file_name}. There are: {known or 'none'}.")
        services.read_as(batch=batch, profile_id=chosen.profile.pk)
        batch.refresh_from_db(fields=["layout"])

    def _account(self, who: str, name: str) -> Account:
        """Nobody's name is taken for somebody else's address: both are whole and unique."""
        field = "email__iexact" if "@" in who else "username__iexact"
        user = User.objects.filter(**{field: who}).first()
        if user is None:
            raise CommandError(f"There is nobody called {who}.")
        accounts = Account.objects.for_user(user).active()
        account = accounts.filter(name=name).first()
        if account is None:
            known = ", ".join(accounts.order_by("name").values_list("name", flat=True))
            raise CommandError(f"{who} has no open account called {name}. There are: {known or 'none'}.")
        return account


def _doubts(batch: ImportBatch, found: Preview) -> list[str]:
    """What the page would ask a person to look at."""
    said = [note.text for note in found.notes if not note.line]
    if batch.layout.get("is_guessed"):
        said.append("No heading says which column is the amount, so it was taken by its values.")
    if batch.layout.get("ambiguous_dates"):
        said.append("The dates could be day/month or month/day.")
    return said
