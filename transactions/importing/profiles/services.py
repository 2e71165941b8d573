"""Profiles are kept when a CSV was imported, found by what the next one looks like, named and forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from psycopg.types.json import Jsonb

from accounts.models import Account, User
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import column_names
from transactions.importing.formats.rows import StatementError
from transactions.importing.profiles.placing import MOST_ALIKE, added, likeness, placed
from transactions.models import ImportProfile
from wealthwise.core.errors import NotFound
from wealthwise.postgres.sql import run

MOST_LOOKED_AT: Final = 200
MOST_KEPT: Final = 200

# The name that a person gave stays.
# Those that were not used for longest make room. By uq_import_profile_look.
_KEEP: Final = """
    WITH old AS (
        DELETE FROM import_profile WHERE user_id = %(user)s AND id IN (
            SELECT id FROM import_profile WHERE user_id = %(user)s ORDER BY kept_at DESC, id DESC OFFSET %(most)s)
    )
    INSERT INTO import_profile AS p (user_id, account_id, name, names, layout)
    VALUES (%(user)s, %(account)s, %(name)s, %(names)s, %(layout)s)
    ON CONFLICT (user_id, account_id, look) DO UPDATE SET layout = excluded.layout, kept_at = now()
"""


@dataclass(frozen=True, slots=True)
class Fit:
    """A profile whose columns a file has: the layout for that file, and the headings that the profile lacks."""

    profile: ImportProfile
    layout: CsvLayout
    added: list[str]
    likeness: float


@dataclass(frozen=True, slots=True)
class Fits:
    """What fits a file: ``own`` is of its account and can be taken, ``others`` are of files that look the same."""

    own: Fit | None
    others: list[Fit]


def keep(*, account: Account, layout: CsvLayout, names: Sequence[str]) -> None:
    """Remember how a file of an account was read."""
    run(
        _KEEP,
        user=account.user_id,
        account=account.pk,
        name=(account.bank_name or account.name)[:60],
        names=Jsonb(list(names)),
        layout=Jsonb(layout.to_dict()),
        most=MOST_KEPT - 1,
    )


def fits(*, account: Account, names: Sequence[str], seen: CsvLayout, data: bytes = b"") -> Fits:
    """The profiles by which a file can be read, the most alike and the latest first: one statement.

    ``names`` are its headings as they were ``seen``. Given its ``data``, those of its account are looked for
    where they were in the last file too. One of the same account may have some headings more or less. One of another
    account is offered for the same headings alone: only a person knows that two accounts mean the same by them.
    """
    mine = ImportProfile.objects.for_user(account.user).select_related("account").order_by("-kept_at", "-pk")
    known = list(mine[:MOST_LOOKED_AT])
    found = [fit for profile in known if (fit := _fit(profile, names, seen))]
    own = [fit for fit in found if fit.profile.account_id == account.pk and fit.likeness >= MOST_ALIKE]
    if not own and data:
        theirs = (profile for profile in known if profile.account_id == account.pk)
        own = [fit for profile in theirs if (fit := _as_it_was(profile, data, seen))]
    others = [fit for fit in found if fit.profile.account_id != account.pk and fit.likeness == 1]
    return Fits(max(own, key=lambda fit: fit.likeness, default=None), others)


def _fit(profile: ImportProfile, names: Sequence[str], seen: CsvLayout) -> Fit | None:
    """By the headings that are seen in the file."""
    if profile.layout.get("has_header", True) != seen.has_header:
        return None
    try:
        layout = placed(profile.layout, profile.names, names, seen)
    except StatementError:
        return None  # of a version that read in other ways
    if layout is None:
        return None
    return Fit(profile, layout, added(profile.names, names), likeness(profile.names, names))


def _as_it_was(profile: ImportProfile, data: bytes, seen: CsvLayout) -> Fit | None:
    """By where a person said that the headings are, if they are just those."""
    try:
        layout = replace(CsvLayout.from_dict(profile.layout), latest_day=seen.latest_day)
        return Fit(profile, layout, [], 1.0) if column_names(data, layout) == profile.names else None
    except StatementError:
        return None  # another encoding, or nothing is there


def take_back(*, account: Account, layout: CsvLayout, names: Sequence[str], before: Mapping[str, Any] | None) -> None:
    """A file that was read so was reverted: read the next one as ``before``, or look at it afresh.

    What another import has confirmed since stays.
    """
    mine = ImportProfile.objects.for_user(account.user).filter(account=account, names=list(names))
    same = mine.filter(layout=layout.to_dict())
    if before is None:
        same.delete()
    else:
        same.update(layout=CsvLayout.from_dict(dict(before)).to_dict())


def rename(*, user: User, profile_id: int, name: str) -> None:
    """Raises NotFound."""
    if not ImportProfile.objects.for_user(user).filter(pk=profile_id).update(name=name):
        raise NotFound("That profile is no longer there.")


def forget(*, user: User, profile_id: int) -> None:
    """The next file is looked at afresh. Raises NotFound."""
    deleted, _ = ImportProfile.objects.for_user(user).filter(pk=profile_id).delete()
    if not deleted:
        raise NotFound("That profile is no longer there.")
