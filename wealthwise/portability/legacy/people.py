"""Who was there: users with their password, and their verified address."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import USERNAME_PATTERN, User, username_base
from accounts.people.choices import CURRENCY_CODES, zone_of_country
from accounts.people.services import free_usernames
from accounts.signin.hashers import carried
from wealthwise.core.days import zone_of
from wealthwise.portability.legacy.report import RepairReport
from wealthwise.portability.legacy.source import Row, Source
from wealthwise.portability.legacy.values import country_code, instant, text

THEMES: Final = {"light", "dark"}


@dataclass(slots=True)
class Carried:
    """What is known while rows are carried: new rows by their old id. Absent users keep what they own absent."""

    source: Source
    report: RepairReport
    default_zone: str
    people: dict[int, User] = field(default_factory=dict)
    here: set[int] = field(default_factory=set)
    by_id: dict[str, dict[Any, Row]] = field(default_factory=dict)
    categories: dict[int, Any] = field(default_factory=dict)
    subcategories: dict[int, Any] = field(default_factory=dict)
    recurring_income: dict[int, Any] = field(default_factory=dict)
    recurring_allocations: dict[int, Any] = field(default_factory=dict)
    budgets: dict[int, Any] = field(default_factory=dict)

    def owned(self, table: str) -> list[tuple[Row, User]]:
        """The rows of a table that carries a user, of those who are carried, with their new owner."""
        rows = self.source.rows(table)
        return [(row, self.people[row["user_id"]]) for row in rows if row.get("user_id") in self.people]

    def one_by_one(self, table: str, pairs: Iterable[tuple[Row, User]] | None = None) -> Iterator[tuple[Row, User]]:
        """The same, each of which the report is then about."""
        for row, user in self.owned(table) if pairs is None else pairs:
            self.report.about(table, row)
            yield row, user
        self.report.about_none()

    def below(self, table: str, column: str, above: Mapping[int, Any]) -> Iterator[Row]:
        """The rows of a table whose parent is carried, each of which the report is then about."""
        for row in self.source.rows(table):
            if row.get(column) in above:
                self.report.about(table, row)
                yield row
        self.report.about_none()

    def parent(self, table: str, key: Any) -> Row | None:
        """A row of the file by its id."""
        if table not in self.by_id:
            self.by_id[table] = {row["id"]: row for row in self.source.rows(table)}
        return self.by_id[table].get(key)

    def zone(self, user: User) -> ZoneInfo:
        return zone_of(user)


def carry_people(found: Carried) -> None:
    """Add everybody whose address is not there yet; whoever is, is left as they are."""
    emails = {row["id"]: str(row["email"] or "").strip().lower() for row in found.source.rows("user")}
    before = set(User.objects.filter(email__in=emails.values()).values_list("email", flat=True))
    there, names = set[str](), set[str]()
    for row in found.source.rows("user"):
        found.report.about("user", row)
        if (email := emails[row["id"]]) in before:
            found.report.left("people whose address is there already, with all they have", email)
            found.report.is_here("user", row)
            found.here.add(row["id"])
        elif email in there:
            found.report.left("people whose address another one of the file has, with all they have", email)
            found.report.act_upon(email, "another person of the old application has the address too")
        elif not _is_email(email):
            found.report.left("people without an address to sign in with, with all they have", f"user {row['id']}")
            found.report.act_upon(email, "no address to sign in with")
        else:
            there.add(email)
            found.people[row["id"]] = _person(row, email, names, found)
    User.objects.bulk_create(found.people.values())
    verified = {row["id"] for row in found.source.rows("user") if row.get("email_verified")}
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=old in verified, primary=True)
        for old, user in found.people.items()
    )
    found.report.carried["people"] = len(found.people)


def _is_email(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= 254


def _person(row: Row, email: str, names: set[str], found: Carried) -> User:
    report, where = found.report, f"user {row['id']}"
    country = country_code(row.get("country"))
    currency = str(row.get("currency") or "").strip().upper()
    if row.get("country") and not country:
        report.repaired("countries that are not known left out", str(row["country"])[:60])
    if currency not in CURRENCY_CODES:
        report.repaired("currencies that are not known taken for USD", f"{email}: {currency[:20] or 'none'}")
        report.act_upon(email, f"the currency {currency[:20] or 'was empty and'} is taken for USD")
        currency = "USD"
    if row.get("theme") and row["theme"] not in (*THEMES, "system"):
        report.repaired("themes that are not known taken for that of the system", str(row["theme"])[:20])
    if not row.get("email_verified"):
        report.act_upon(email, "the address was never verified")
    accepted = instant(row.get("terms_accepted_at"))
    if row.get("is_admin"):
        report.repaired("administrators carried as ordinary people; give them their rights by hand", email)
    return User(
        email=email,
        username=_username(row, email, names, report),
        password=_password(row, email, report),
        first_name=text(row.get("first_name"), 150, report, where),
        last_name=text(row.get("last_name"), 150, report, where),
        preferred_name=text(row.get("preferred_name") or row.get("display_name"), 150, report, where),
        country=country,
        currency=currency,
        time_zone=zone_of_country(country, found.default_zone),
        theme=str(row["theme"]) if row.get("theme") in THEMES else User.Theme.SYSTEM,
        onboarding_step=User.OnboardingStep.DONE,
        onboarded_at=instant(row.get("created_at")),
        terms_version=text(row.get("terms_version"), 20, report, where) if accepted else "",
        terms_accepted_at=accepted,
        **({"created_at": made} if (made := instant(row.get("created_at"))) else {}),
    )


def _username(row: Row, email: str, names: set[str], report: RepairReport) -> str:
    old = str(row["username"] or "").strip().lower()
    base = old if re.fullmatch(USERNAME_PATTERN, old) else username_base(email)
    name = next(name for name in free_usernames(base) if name not in names)
    names.add(name)
    if name != str(row["username"]):
        report.repaired("usernames changed", f"{row['username']} to {name}")
    return name


def _password(row: Row, email: str, report: RepairReport) -> str:
    if encoded := carried(row["password_hash"]):
        return encoded
    report.repaired("passwords that cannot be carried; these people choose a new one by mail", email)
    report.act_upon(email, "the password cannot be carried: a new one is chosen by mail")
    return make_password(None)
