"""Bringing an export back into an empty account, and resetting an account to empty.

Both begin with the same advisory lock of the user, so each waits for another one of its kind and then
sees what that one did. Everything happens in one database transaction, or nothing does.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any, Final

from django.db import DataError, IntegrityError, OperationalError, connection, models, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from accounts.models import User
from transactions.models import Subcategory
from wealthwise.core.caching import forget
from wealthwise.core.columns import emptied_by_reset
from wealthwise.core.errors import DomainError, within_limits
from wealthwise.core.locales import counted
from wealthwise.portability.export.codecs.import_batches import LISTED, STEP
from wealthwise.portability.export.codecs.values import References
from wealthwise.portability.export.packed import unpacked
from wealthwise.portability.export.sections import BY_KEY, SECTIONS, Section
from wealthwise.portability.export.validation import Contents, NotAccepted, stored_values, validate
from wealthwise.portability.export.versions import BEFORE_ALL, current_pieces
from wealthwise.postgres import locks
from wealthwise.postgres.copy import copy_rows
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.sql import rows_of, run

_TRIES: Final = 3
_NEXT_KEYS: Final = """
    SELECT nextval(pg_get_serial_sequence(quote_ident(%(table)s), 'id')) FROM generate_series(1, %(count)s)
"""
# An account of a file without anchors gets the day before it begins; no row lies between, so no balance changes.
_PLACE_ANCHORS: Final = """
    UPDATE account a SET
        anchored_on = least(t.first, (a.created_at AT TIME ZONE 'UTC')::date) - 1,
        closed_on = CASE WHEN NOT a.is_active THEN greatest(t.last, (a.created_at AT TIME ZONE 'UTC')::date) END
    FROM account o LEFT JOIN (
        SELECT account_id, min(booked_on) AS first, max(booked_on) AS last FROM transaction
        WHERE user_id = %(user)s GROUP BY 1
    ) t ON t.account_id = o.id
    WHERE a.user_id = %(user)s AND o.user_id = %(user)s AND o.id = a.id AND a.anchored_on = %(before_all)s
"""
_RECONCILE: Final = """
    UPDATE account a SET reconciled_to = (
        SELECT max(c.day) FROM balance_check c
        WHERE c.user_id = %(user)s AND c.account_id = a.id AND c.outcome <> 'open')
    WHERE a.user_id = %(user)s
"""
_BROKEN_RULES: Final = {
    "uq_category_user_name": "another category has that name",
    "uq_subcategory_name_category": "its category has another subcategory with that name",
    "budget_period_cycle_known": "its cycle and the day that it is counted from belong together",
    "budget_period_no_overlap": "it shares days with another period of its type",
    "idx_budget_period_user_active": "another period is active already",
    "uq_recurring_allocation_active": "another one of that subcategory and type is active",
    "idx_budget_allocation_covering": "its budget has another allocation for that subcategory",
    "transaction_day_near_timestamp": "its day is not the day of its date",
    "transaction_split_whole": "the parts of a split are two or more, of one account, day, date, import and direction",
    "uq_balance_check_day": "another check of its account, day and file is there",
    "uq_deleted_import_identity": "its fingerprint is there twice",
    "uq_file_category_user_name": "another category of files has that name",
    "uq_tag_user_name": "another tag has that name",
    "uq_rule_user_position": "another rule has its position",
    "rule_has_condition": "it says nothing of when it holds",
    "rule_amounts_in_order": "its amounts begin above where they end, or are not above zero",
    "rule_pattern_bounded": "its pattern has more than five *",
    "account_closed_on_a_day": "a closed account has the day it was closed on, and an open one none",
}
_TWICE: Final = "its fingerprint, or its side of a transfer, is there twice"


class NotEmpty(DomainError):
    """The account has records, and an import never mixes with them."""


class Busy(DomainError):
    """Something else was being written at the same time; nothing was changed."""


# Import.


@within_limits()
def restore(*, user: User, chunks: Callable[[], Iterable[bytes]]) -> Counter[str]:
    """Import a file that ``chunks`` reads, from its beginning at each call. Returns the rows by section.

    Read twice: once to check it, before anything is locked, then into the database by one COPY for each
    table. Owner and keys come from here and never from the file. Raises Broken, NotAccepted or NotEmpty.
    """
    checked = validate(unpacked(chunks()))
    with _told_as_refusal(loading := _Loading(user, checked)), transaction.atomic():
        locks.wait_for(Lock.RESTORE, user.pk)
        # Whoever inserts a row of this user now waits at the user's row, and this waits for those before.
        person = User.objects.select_for_update().get(pk=user.pk)
        if what := contents(user=person):
            raise NotEmpty(f"Your account has {in_words(what)}. An import needs an empty one: reset it first.")
        _take_over(person, checked.person)
        loading.run(unpacked(chunks()))
        run(_PLACE_ANCHORS, user=person.pk, before_all=BEFORE_ALL)
        run(_RECONCILE, user=person.pk)
        connection.check_constraints()
    return checked.counts


def _take_over(person: User, settings: dict[str, Any]) -> None:
    """The settings of the file, and no further onboarding."""
    for name, value in settings.items():
        setattr(person, name, value)
    person.onboarding_step = User.OnboardingStep.DONE
    person.onboarded_at = person.onboarded_at or timezone.now()
    person.save(update_fields=[*settings, "onboarding_step", "onboarded_at"])
    forget(person.pk)


class _Loading:
    """The second reading. ``at`` is the section being written, for a refusal by the database."""

    def __init__(self, user: User, checked: Contents) -> None:
        self.user, self.checked, self.at = user, checked, ""
        self.ids: dict[str, dict[str, int]] = {}

    def run(self, chunks: Iterable[bytes]) -> None:
        """One COPY a section, in the order of the file: what a row refers to stands above it."""
        self.ids = {key: _new_ids(BY_KEY[key].model, refs) for key, refs in self.checked.named.items()}
        rows = (piece for piece in current_pieces(chunks) if piece.number is not None and piece.key in BY_KEY)
        for key, records in groupby(rows, key=lambda piece: piece.key):
            section, self.at = BY_KEY[key], key
            owned = ["user", "id"] if section.is_named else ["user"]
            names = [*owned, *(field.name for field in section.fields)]
            with connection.wrap_database_errors:  # a COPY of psycopg's own raises psycopg's errors
                copy_rows(section.model, names, self._rows(section, (piece.value for piece in records)))

    def _rows(self, section: Section, records: Iterable[Any]) -> Iterator[list[Any]]:
        mine = self.ids.get(section.key)
        for record in records:
            values = [
                value if isinstance(field.codec, References) else self._stored(value)
                for field, value in zip(section.fields, stored_values(section, record, self.ids), strict=True)
            ]
            yield [self.user.pk, *([] if mine is None else [mine[record["ref"]]]), *values]

    def _stored(self, value: Any) -> Any:
        if isinstance(value, dict) and STEP in value:
            value = value | {key: [self.ids[named][ref] for ref in value[key]] for key, named in LISTED.items()}
        return Jsonb(value) if isinstance(value, dict | list) else value


def _new_ids(model: type[models.Model], refs: Iterable[str]) -> dict[str, int]:
    """A fresh key from the table's own sequence for each ref, in their order."""
    wanted = list(refs)
    keys = rows_of(_NEXT_KEYS, table=model._meta.db_table, count=len(wanted))
    return dict(zip(wanted, sorted(key for (key,) in keys), strict=True))


@contextmanager
def _told_as_refusal(loading: _Loading) -> Iterator[None]:
    """Say what the database refused, with the row as far as it names one."""
    try:
        yield
    except DataError as error:
        raise NotAccepted(
            "The balance of an account would go beyond 9,999,999,999.99. Nothing was changed."
        ) from error
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        line = re.search(r"^COPY \S+, line (\d+)", getattr(diagnosis, "context", None) or "", re.MULTILINE)
        row = f"{loading.at}[{int(line[1]) - 1}]" if line else loading.at
        rule = getattr(diagnosis, "constraint_name", None) or ""
        why = _BROKEN_RULES.get(rule, _TWICE if loading.at == "transactions" else f"it breaks the rule {rule}")
        raise NotAccepted("The file cannot be imported. Nothing was changed.", [f"{row}: {why}."]) from error


# Reset.


def contents(*, user: User) -> dict[str, int]:
    """How many rows a user has by section, without those that have none; in the order of the file. One statement."""
    each = [
        _mine(section.model, user).order_by().values(key=models.Value(section.key)).annotate(rows=models.Count("pk"))
        for section in SECTIONS
    ]
    counts = dict(each[0].union(*each[1:], all=True).order_by().values_list("key", "rows"))
    return {section.key: counts[section.key] for section in SECTIONS if counts.get(section.key)}


def in_words(counts: dict[str, int]) -> str:
    """Such as "3 accounts, 12 categories and 1,204 transactions"."""
    parts = [counted(count, *_WORDS[key]) for key, count in counts.items() if key in _WORDS]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) or "nothing"


def reset(*, user: User) -> dict[str, int]:
    """Delete everything a user has but the user and their settings; returns what there was.

    One database transaction. The ledger goes first, as every other writer locks it before the rest; whoever
    writes meanwhile makes the keys refuse, and then all of it is tried again. Raises Busy after three tries.
    """
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return _empty(user)
        except (IntegrityError, OperationalError) as error:
            refusal = error
    raise Busy("Something else was being saved at the same time. Nothing was deleted: try again.") from refusal


def _empty(user: User) -> dict[str, int]:
    locks.wait_for(Lock.RESTORE, user.pk)
    locks.wait_for(Lock.BULK_CHANGE, user.pk)  # or an undo that waits for this would bring rows back behind it
    # As all who file under subcategories do, and in their order.
    list(Subcategory.objects.for_user(user).order_by("pk").select_for_update().values_list("pk"))
    deleted = {model: _mine(model, user).delete()[0] for model in _emptied()}
    connection.check_constraints()
    forget(user.pk)
    return {section.key: deleted[section.model] for section in SECTIONS if deleted[section.model]}


def _emptied() -> list[type[models.Model]]:
    """What is in no file first, then the sections from their end: the ledger, and last what it refers to."""
    place = {section.model: number for number, section in enumerate(SECTIONS)}
    return sorted(emptied_by_reset(), key=lambda model: place.get(model, len(SECTIONS)), reverse=True)


def _mine(model: type[models.Model], user: User) -> models.QuerySet[Any]:
    return model._default_manager.filter(user_id=user.pk)


_WORDS: Final = {
    "accounts": ("account", "accounts"),
    "categories": ("category", "categories"),
    "subcategories": ("subcategory", "subcategories"),
    "rules": ("rule", "rules"),
    "file_categories": ("category of files", "categories of files"),
    "import_profiles": ("way to read files", "ways to read files"),
    "imports": ("imported file", "imported files"),
    "balance_checks": ("balance check", "balance checks"),
    "deleted_rows": ("deleted row of an import", "deleted rows of imports"),
    "recurring_income": ("recurring income", "recurring incomes"),
    "recurring_allocations": ("recurring allocation", "recurring allocations"),
    "tags": ("tag", "tags"),
    "schedules": ("due item", "due items"),
    "schedule_answers": ("answer to a due day", "answers to due days"),
    "periods": ("budget period", "budget periods"),
    "allocations": ("allocation", "allocations"),
    "income_sources": ("expected income", "expected incomes"),
    "transactions": ("transaction", "transactions"),
}
