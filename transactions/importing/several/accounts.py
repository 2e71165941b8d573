"""The accounts that one file has, and a file that waits made into one for each of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction

from accounts.models import Account, User
from accounts.money.services import save_account
from transactions.importing.formats.text import clean_text, last_four
from transactions.models import ImportBatch
from wealthwise.core.days import ONE_DAY, today_of
from wealthwise.core.errors import DomainError, NotFound
from wealthwise.postgres.sql import rows_of, value_of

MOST_WAITING: Final = 10  # files of a person
MOST_ACCOUNTS: Final = 50  # more different values are no accounts
NEW, NONE = "new", "none"  # choices beside the ids of accounts
_DIGITS_OF_A_NUMBER: Final = 6

_REMEMBERED: Final = """
    SELECT DISTINCT ON (1) layout->>'part', account_id FROM import_batch
    WHERE user_id = %(user)s AND layout->>'part' = ANY(%(names)s::text[]) ORDER BY 1, id DESC
"""
# The file itself stays in the database.
_COPY: Final = """
    INSERT INTO import_batch (user_id, account_id, file_name, kind, state, content, layout, new_count, duplicate_count,
                              error_count, errors, balances)
    SELECT user_id, %(account)s, %(file_name)s, kind, state, content,
           layout - 'parts' || jsonb_build_object('part', %(part)s::text), 0, 0, 0, '[]', '[]'
    FROM import_batch WHERE user_id = %(user)s AND id = %(batch)s AND state = 'uploaded'
    RETURNING id
"""


class TooManyFiles(DomainError):
    """More files would wait than may."""


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account of a file: as the file names it, on how many rows, and from which day on."""

    name: str
    rows: int
    first_day: date | None = None

    @property
    def shown(self) -> str:
        """A name; of a number no more than its end."""
        is_number = len(re.findall("[0-9]", self.name)) > _DIGITS_OF_A_NUMBER
        return f"...{last_four(self.name)}" if is_number else clean_text(self.name, 60)


def proposed(user: User, accounts: Sequence[Account], found: Sequence[FoundAccount]) -> dict[str, int]:
    """The account of each: where its rows went before, else the only one of its number, else of its name.

    One statement.
    """
    names = [each.name for each in found]
    before: dict[str, int] = dict(rows_of(_REMEMBERED, user=user.pk, names=names))
    mine, chosen = {account.pk for account in accounts}, dict[str, int]()
    for name in names:
        end = last_four(name)
        alike = [account.pk for account in accounts if end and account.number_last4 == end]
        alike = alike or [account.pk for account in accounts if account.name.casefold() == name.casefold()]
        if before.get(name) in mine:
            chosen[name] = before[name]
        elif len(alike) == 1:
            chosen[name] = alike[0]
    return chosen


@transaction.atomic
def part(*, batch: ImportBatch, found: Sequence[FoundAccount], chosen: Mapping[str, str]) -> list[int]:
    """Make a file into one for each account that is chosen for those ``found`` in it; returns the ids of these.

    ``chosen`` has for each name the id of an account, ``new`` or ``none``. A new account has nothing before its first
    row. Raises NotFound, or TooManyFiles.
    """
    user = batch.user
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)  # two at once in turn
    waiting = ImportBatch.objects.for_user(user).filter(state=ImportBatch.State.UPLOADED)
    if not waiting.select_for_update().filter(pk=batch.pk).values_list("pk").first():
        raise NotFound("That file does not wait any longer.")
    meant = [(each, choice) for each in found if (choice := chosen.get(each.name, NONE)) != NONE]
    if waiting.count() - 1 + len(meant) > MOST_WAITING:
        raise TooManyFiles(f"More than {MOST_WAITING} files would wait for you. Confirm or discard some first.")
    made = []
    for each, choice in meant:
        account = _added(user, each) if choice == NEW else _known(user, choice)
        names = {"file_name": clean_text(f"{batch.file_name} ({each.shown})", 255), "part": each.name}
        made.append(value_of(_COPY, user=user.pk, batch=batch.pk, account=account.pk, **names))
    ImportBatch.objects.for_user(user).filter(pk=batch.pk).delete()
    return made


def _known(user: User, choice: str) -> Account:
    account = Account.objects.for_user(user).active().filter(pk=int(choice)).first()
    if account is None:
        raise NotFound("That account is closed, or no longer there. Choose another one.")
    return account


def _added(user: User, found: FoundAccount) -> Account:
    before = (found.first_day or today_of(user)) - ONE_DAY
    account = Account(user=user, name=found.shown, number_last4=last_four(found.name), anchored_on=before)
    save_account(account=account, fields=())
    return account
