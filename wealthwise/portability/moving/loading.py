"""Everything that was read into the ledger of one person: accounts, categories, tags, months, and rows by one COPY.

Runs inside the transaction of `services`. What is there already is found again and used, so that moving twice adds
nothing: accounts by where they came from and else by their name, categories, tags and months by name, rows by their
identity.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from accounts.models import Account, User
from transactions.importing.formats.fingerprint import counted_keys
from transactions.importing.formats.text import clean_text
from transactions.models import Category, ImportBatch, Subcategory, Tag, Transaction
from transactions.tags import services as tags
from wealthwise.core.days import FIRST_DAY, LAST_DAY, timestamp_of, today_of, zone_of
from wealthwise.core.money import CENT, MAX_AMOUNT, ZERO, currency_style
from wealthwise.core.progress import Advance, watched
from wealthwise.portability.moving.sources.model import NOWHERE, Filing, NotMovable, SourceLedger, SourceRow
from wealthwise.postgres.copy import copy_rows
from wealthwise.postgres.sql import rows_of

type Identity = tuple[UUID, int]

_COLUMNS: Final = (
    "user", "account", "subcategory", "amount", "description", "comment", "booked_on", "transaction_date",
    "transfer_id", "import_batch", "fingerprint", "occurrence", "filed_as_id", "tag_ids",
)  # fmt: skip
# By uq_transaction_fingerprint and uq_deleted_import_identity.
_KNOWN: Final = """
    SELECT fingerprint, occurrence FROM transaction
    WHERE user_id = %(user)s AND fingerprint = ANY(%(fingerprints)s::uuid[])
    UNION
    SELECT fingerprint, occurrence FROM deleted_import
    WHERE user_id = %(user)s AND fingerprint = ANY(%(fingerprints)s::uuid[])
"""
# By idx_transaction_user_account_date; rows of the same move are told apart by their identity.
_THERE: Final = """
    SELECT account_id, booked_on, amount, fingerprint, occurrence FROM transaction
    WHERE user_id = %(user)s AND account_id = ANY(%(accounts)s::integer[])
"""
# What a sign means where nothing else is known.
SIGNS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "R": "ZAR"}
_MOST_EQUAL: Final = 32_767
_NO_WORDS: Final = "No description"


@dataclass(slots=True)
class Made:
    """What a move added, by names that last: reverting it takes what nothing else uses by then."""

    accounts: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    subcategories: list[list[str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    months: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Loaded:
    """``places`` are the accounts that those of the source became; without one, an account was set aside."""

    places: dict[str, Account] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    filings: dict[Filing, Subcategory] = field(default_factory=dict)
    identities: list[Identity] = field(default_factory=list)
    made: Made = field(default_factory=Made)
    new_rows: int = 0
    known_rows: int = 0
    alike_rows: int = 0
    batch: ImportBatch | None = None


def key_of(source: str, account: str) -> str:
    """Under which a later move finds the account again, whatever it is called by then."""
    return str(uuid5(NAMESPACE_URL, f"wealthwise:moved:{source}:{account}"))


def settle_symbols(ledger: SourceLedger, currency: str) -> None:
    """A sign that several currencies share means the person's where it is theirs too."""
    for account in ledger.accounts.values():
        if (sign := account.currency) in SIGNS:
            account.currency = currency if currency_style(currency).symbol == sign else SIGNS[sign]


def set_aside(ledger: SourceLedger, currency: str) -> None:
    """Take out what the ledger cannot hold, and count it by name. Sides of transfers that lose the other are rows."""
    foreign = {key for key, each in ledger.accounts.items() if each.currency not in ("", currency)}
    for key in sorted(foreign):
        account = ledger.accounts[key]
        rows = sum(row.account == key for row in ledger.rows)
        ledger.has_no_place[f"the account {account.name} in {account.currency}, with its rows ({rows})"] += 1
    kept = list[SourceRow]()
    for row in ledger.rows:
        if row.account in foreign:
            continue
        if not FIRST_DAY < row.day < LAST_DAY:
            ledger.has_no_place["rows before 1900 or after 2200"] += 1
        elif abs(row.amount) > MAX_AMOUNT:
            ledger.has_no_place["rows of more than 9,999,999,999.99"] += 1
        elif not (cents := row.amount.quantize(CENT)):
            ledger.has_no_place["rows of zero"] += bool(row.payee or row.note or not row.amount)
        else:
            if cents != row.amount:
                ledger.has_no_place["parts of cents, which were rounded"] += 1
            row.amount = cents
            kept.append(row)
    sides = Counter(row.transfer for row in kept if row.transfer)
    for row in kept:
        if row.transfer and sides[row.transfer] != 2:
            row.transfer = ""
            ledger.has_no_place["transfers to what was set aside, which are rows without a category"] += 1
        if row.cleared:
            ledger.has_no_place[f"marks that a row is {row.cleared}"] += 1
    ledger.rows = kept


def load(user: User, ledger: SourceLedger, names: list[str], advance: Advance) -> Loaded:
    """Bring it in. Raises NotMovable for what cannot be held."""
    loaded = Loaded()
    _place_accounts(user, ledger, loaded)
    _file(user, ledger, loaded)
    loaded.identities = list(_identities(ledger))
    wanted = _wanted(user, ledger, loaded)
    if wanted:
        first = loaded.places[wanted[0][0].account]
        loaded.batch = ImportBatch.objects.create(
            user=user,
            account=first,
            file_name=clean_text(", ".join(names), 255) or ledger.source,
            kind="moving",
            new_count=len(wanted),
            duplicate_count=loaded.known_rows + loaded.alike_rows,
        )
        _copy(user, ledger, loaded, wanted, advance)
    loaded.new_rows = len(wanted)
    return loaded


# Accounts.


def _place_accounts(user: User, ledger: SourceLedger, loaded: Loaded) -> None:
    mine = list(Account.objects.for_user(user).order_by("pk").select_for_update(no_key=True, of=("self",)))
    by_key = {account.import_key: account for account in mine}
    by_name = {account.name.casefold(): account for account in reversed(mine)}
    begins = defaultdict[str, date](lambda: LAST_DAY)
    ends = defaultdict[str, date](lambda: FIRST_DAY)
    for row in ledger.rows:
        begins[row.account] = min(begins[row.account], row.day)
        ends[row.account] = max(ends[row.account], row.day)
    today, taken = today_of(user), set[str]()
    for key, source in ledger.accounts.items():
        if source.currency not in ("", user.currency):
            continue
        import_key = key_of(ledger.source, key)
        name = clean_text(source.name, 100) or "Account"
        if name.casefold() in taken:
            others = (f"{name[:90]} ({number})" for number in range(2, len(ledger.accounts) + 2))
            name = next(other for other in others if other.casefold() not in taken)
        taken.add(name.casefold())
        if found := by_key.get(import_key) or by_name.get(name.casefold()):
            loaded.places[key] = found
            if found.import_key != import_key:
                loaded.joined.add(key)
            continue
        opening = source.opening.quantize(CENT)
        if abs(opening) > MAX_AMOUNT:
            raise NotMovable(f"{name} begins with more than 9,999,999,999.99.")
        begun = min(begins[key], today + timedelta(days=1)) - timedelta(days=1)
        account = Account.objects.create(
            user=user,
            name=name,
            account_type=source.kind or Account.Type.OTHER,
            anchored_on=begun,
            anchor_balance=opening,
            opening_balance=opening,
            current_balance=opening,
            is_active=not source.is_closed,
            closed_on=max(begun, min(ends[key], today)) if source.is_closed else None,
            import_key=import_key,
        )
        loaded.places[key] = account
        loaded.made.accounts.append(import_key)
        if not source.kind:
            ledger.notes.append(f"The file does not say what kind of account {name} is. Choose one on its page.")


# Categories and tags.


def _file(user: User, ledger: SourceLedger, loaded: Loaded) -> None:
    """Each category of the source, also those without a row, under one name whatever the capitals."""
    wanted = dict.fromkeys([*ledger.filings, *(row.filing for row in ledger.rows if row.filing != NOWHERE)])
    wanted |= dict.fromkeys(filing for month in ledger.months for filing in month.amounts if filing != NOWHERE)
    above = {each.name.casefold(): each for each in Category.objects.for_user(user).order_by("-pk")}
    below = {
        (each.category_id, each.name.casefold()): each
        for each in Subcategory.objects.for_user(user).select_related("category").order_by("-pk")
    }
    for filing in wanted:
        upper, lower = (clean_text(part, 100) or "Other" for part in filing)
        category = above.get(upper.casefold())
        if category is None:
            kind = Category.Kind.INCOME if ledger.is_income.get(filing[0]) else Category.Kind.EXPENSE
            category = Category.objects.create(user=user, name=upper, kind=kind)
            above[upper.casefold()] = category
            loaded.made.categories.append(upper)
        found = below.get((category.pk, lower.casefold()))
        if found is None:
            found = Subcategory.objects.create(user=user, category=category, name=lower)
            below[category.pk, lower.casefold()] = found
            loaded.made.subcategories.append([category.name, lower])
        loaded.filings[filing] = found


def _tagged(user: User, rows: Iterable[SourceRow], ledger: SourceLedger, loaded: Loaded) -> dict[str, int]:
    """The ids of tags by what the source calls them."""
    names = dict[str, str]()
    for row in rows:
        for tag in row.tags:
            if tag not in names and (name := _tag(tag)):
                names[tag] = name
    there = {name.lower() for name in Tag.objects.for_user(user).values_list("name", flat=True)}
    room = tags.MOST - len(there)
    new = list(dict.fromkeys(name.lower() for name in names.values() if name.lower() not in there))
    for name in new[room:]:
        ledger.has_no_place[f"the tag {name}, beyond {tags.MOST}"] += 1
    left_out = set(new[room:])
    kept = {tag: name for tag, name in names.items() if name.lower() not in left_out}
    ids = tags.by_name(user=user, names=list(dict.fromkeys(kept.values())))
    loaded.made.tags += new[:room]
    return {tag: ids[name] for tag, name in kept.items()}


def _tag(text: str) -> str:
    return clean_text(tags.cleaned(text.replace(",", " ")), tags.LONGEST).strip()


# Rows.


def _identities(ledger: SourceLedger) -> Iterator[Identity]:
    """Of each row, by what its application calls it, else by what it says."""
    return counted_keys(_fingerprint(ledger.source, row) for row in ledger.rows)


def _fingerprint(source: str, row: SourceRow) -> UUID:
    said = (
        [row.key]
        if row.key
        else [row.day.isoformat(), f"{row.amount:.2f}", row.payee, row.note, *row.filing, str(bool(row.transfer))]
    )
    text = "\x1f".join(["moved", source, row.account, *said])
    return UUID(hashlib.sha256(text.encode()).hexdigest()[:32])


def _wanted(user: User, ledger: SourceLedger, loaded: Loaded) -> list[tuple[SourceRow, Identity]]:
    """Rows that are not there yet: neither from an earlier move nor, in an account that was there, of the same day
    and amount from anywhere else.
    """
    given = [str(fingerprint) for fingerprint, _ in loaded.identities]
    known = set(rows_of(_KNOWN, user=user.pk, fingerprints=given))
    ours = set(loaded.identities)
    joined = [account.pk for key, account in loaded.places.items() if account.import_key not in loaded.made.accounts]
    there = Counter[tuple[int, date, Decimal]]()
    for account, day, amount, fingerprint, occurrence in (
        rows_of(_THERE, user=user.pk, accounts=joined) if joined else ()
    ):
        if (fingerprint, occurrence) not in ours:
            there[account, day, amount] += 1
    wanted = list[tuple[SourceRow, Identity]]()
    for row, identity in zip(ledger.rows, loaded.identities, strict=True):
        place = (loaded.places[row.account].pk, row.day, row.amount)
        if identity in known:
            loaded.known_rows += 1
        elif there[place]:
            there[place] -= 1
            loaded.alike_rows += 1
        elif identity[1] > _MOST_EQUAL:
            raise NotMovable(f"There are more than {_MOST_EQUAL:,} equal rows on {row.day}.")
        else:
            wanted.append((row, identity))
    return wanted


def _copy(
    user: User, ledger: SourceLedger, loaded: Loaded, wanted: list[tuple[SourceRow, Identity]], advance: Advance
) -> None:
    zone, days = zone_of(user), dict[date, datetime]()
    ids = _tagged(user, (row for row, _ in wanted), ledger, loaded)
    sides = Counter(row.transfer for row, _ in wanted if row.transfer)
    keys = defaultdict[str, UUID](uuid4)
    parts = _parts(ledger.rows)

    def values(each: tuple[SourceRow, Identity]) -> tuple[Any, ...]:
        row, (fingerprint, occurrence) = each
        if row.day not in days:
            days[row.day] = timestamp_of(row.day, None, zone)
        filed = loaded.filings.get(row.filing)
        own = sorted({ids[tag] for tag in row.tags if tag in ids})[: tags.MOST_OF_A_ROW]
        joined = keys[row.transfer] if row.transfer and sides[row.transfer] == 2 else None
        words = clean_text(row.payee, 200) or clean_text(row.note, 200) or row.filing[1] or _NO_WORDS
        filing = filed.pk if filed and not row.transfer else None
        return (
            user.pk, loaded.places[row.account].pk, filing, row.amount, words, _comment(row, parts), row.day,
            days[row.day], joined, loaded.batch and loaded.batch.pk, fingerprint, occurrence, None, own or None,
        )  # fmt: skip

    alone = sum(count == 1 for count in sides.values())
    if alone:
        ledger.notes.append(
            f"Sides of transfers of which the other one was in your ledger already: {alone}. Join them under "
            "Possible transfers, else they count as spending or income."
        )
    copy_rows(Transaction, _COLUMNS, map(values, watched(wanted, advance)))


def _parts(rows: Iterable[SourceRow]) -> dict[int, str]:
    """Which part of which whole each line of a split is."""
    whole = defaultdict[tuple[str, str], list[SourceRow]](list)
    for row in rows:
        if row.split:
            whole[row.account, row.split].append(row)
    found = dict[int, str]()
    for lines in whole.values():
        total = abs(sum((line.amount for line in lines), ZERO))
        for number, line in enumerate(lines, 1):
            if len(lines) > 1:
                found[id(line)] = f"part {number} of {len(lines)} of {total:.2f}"
    return found


def _comment(row: SourceRow, parts: dict[int, str]) -> str:
    return clean_text(". ".join(part for part in (parts.get(id(row), ""), row.note) if part), 500)
