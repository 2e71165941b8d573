"""What a search finds in the database is what the same search finds when every row is looked at by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import COSTLY
from tests.factories import booked_at, make_account, make_subcategory, make_transaction, make_user
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.search.filters import FilterForm
from transactions.search.language import parse
from wealthwise.postgres.folding import folded
from wealthwise.postgres.sql import value_of

START = datetime(2026, 2, 1, tzinfo=UTC)
TEXTS = ["Corner shop", "corner", "SHOP 100%", "100 shops", "a_b", "axb", r"back\slash", "Café", "amount>5", ""]
rows = st.lists(
    st.tuples(
        st.integers(-30_00, 30_00).filter(bool).map(lambda cents: Decimal(cents) / 100),
        st.integers(0, 5 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
        st.sampled_from([text for text in TEXTS if text]),
        st.sampled_from(TEXTS),
        st.sampled_from([None, 0, 1, 2]),  # account
        st.sampled_from([None, 0, 1, 2]),  # subcategory
        st.booleans(),  # a leg of a transfer
    ),
    max_size=20,
)
days = st.integers(0, 6).map(lambda number: (date(2026, 1, 31) + timedelta(days=number)).isoformat())
words = st.sampled_from(
    ["shop", "CORNER", "%", "_", "\\", '"corner shop"', "É", "cafe", "a_b", "100", "5", "visa", '"amount>5"']
)
parts = st.one_of(
    words,
    words.map(lambda word: f"-{word}"),
    st.tuples(
        st.sampled_from(["amount>", "amount>=", "amount<", "amount<=", "amount:", "amount:5.."]),
        st.sampled_from(["0", "5", "12.50", "20"]),
    ).map("".join),
    st.sampled_from(
        ["category:food", "category:f", "category:zoo", "category:none,f", 'subcategory:"dining out"', "subcategory:d"]
    ),
    st.sampled_from(["account:visa", "account:gold", "account:CURRENT", "account:isa", "account:none,gold"]),
    days.map(lambda day: f"after:{day}"),
    days.map(lambda day: f"before:{day}"),
    days.map(lambda day: f"on:{day}"),
    st.sampled_from(["in:expense", "in:income", "is:uncategorised", "is:transfer"]),
)
negated = parts.map(lambda part: part if part.startswith("-") else f"-{part}")
either = st.lists(st.one_of(parts, negated), min_size=1, max_size=3).map(" OR ".join)
searches = st.lists(either, max_size=4).map(" ".join)


@pytest.fixture
def world(db):
    user, other = make_user("seeker", time_zone="America/St_Johns"), make_user("other")
    make_account(other, "Visa")
    make_subcategory(other, "Zebra", "Zoo")
    return SimpleNamespace(
        user=user,
        zone=ZoneInfo(user.time_zone),
        accounts=[make_account(user, "Current"), make_account(user, "Visa"), make_account(user, "Visa Gold")],
        subcategories=[
            make_subcategory(user, "Dining out", "Food"),
            make_subcategory(user, "Dentist", "Health"),
            make_subcategory(user, "Snacks", "Fast food"),
        ],
    )


def fill(world, drawn):
    mine = Transaction.objects.for_user(world.user)
    mine.delete()
    made = []
    for number, (amount, timestamp, text, comment, account, subcategory, is_leg) in enumerate(drawn):
        row = Transaction(
            user=world.user, amount=amount, **booked_at(world.user, timestamp), description=text, comment=comment
        )
        row.account = None if account is None else world.accounts[account]
        row.subcategory = None if subcategory is None else world.subcategories[subcategory]
        if is_leg and row.account:
            row.transfer_id = f"00000000-0000-0000-0000-{number:012}"
        made.append(row)
    return Transaction.objects.bulk_create(made)


def called(name, wanted, names):
    """Whether ``name`` is meant: the whole name where there is one, else one of its words begins so."""
    if any(other.lower() == wanted for other in names):
        return name.lower() == wanted
    return name.lower().startswith(wanted) or f" {wanted}" in name.lower()


def place_of(term, row, world):
    """The place of a row that the term names, and all names of its kind."""
    filed = row.subcategory
    return {
        "account": (row.account and row.account.name, [account.name for account in world.accounts]),
        "subcategory": (filed and filed.name, [sub.name for sub in world.subcategories]),
        "category": (filed and filed.category.name, [sub.category.name for sub in world.subcategories]),
    }.get(term.operator)


def holds(term, row, world):
    day = row.transaction_date.astimezone(world.zone).date()
    size, value = abs(row.amount), term.value
    if term.operator in ("account", "category", "subcategory"):
        name, names = place_of(term, row, world)
        known = [
            wanted for wanted in term.names if wanted == "none" or any(called(n, wanted.lower(), names) for n in names)
        ]
        if term.is_negated and len(known) < len(term.names):
            return False
        is_without = not name and (term.operator == "account" or not row.transfer_id)
        here = any(is_without if one == "none" else name and called(name, one.lower(), names) for one in term.names)
        return bool(here) != term.is_negated
    texts = [row.description, row.comment, row.account and row.account.name]
    texts += [row.subcategory.name, row.subcategory.category.name] if row.subcategory else []
    return (
        term.is_negated
        != {
            "word": lambda: (
                any(folded(value) in folded(text or "") for text in texts)
                or (value.isdigit() and size == Decimal(value))
            ),
            "amount": {
                ">": lambda: size > value,
                ">=": lambda: size >= value,
                "<": lambda: size < value,
                "<=": lambda: size <= value,
                "=": lambda: size == value,
                "..": lambda: value[0] <= size <= value[1],
            }.get(term.sign),
            "after": lambda: day >= value,
            "before": lambda: day < value,
            "on": lambda: day == value,
            "in": lambda: not row.transfer_id and (row.amount > 0) == (value == "income"),
            "is": lambda: bool(row.transfer_id) if value == "transfer" else not (row.subcategory or row.transfer_id),
        }[term.operator]()
    )


def found(world, query):
    form = FilterForm(QueryDict(urlencode(query)), user=world.user, names=names_of(world.user))
    assert form.is_valid(), form.errors
    return set(form.apply(Transaction.objects.for_user(world.user)).values_list("pk", flat=True))


@COSTLY
@given(drawn=rows, text=searches)
def test_the_database_finds_what_looking_at_every_row_finds(world, drawn, text):
    made = fill(world, drawn)
    search = parse(text)
    assert search.problems == []
    wanted = {
        row.pk
        for row in made
        if all(any(holds(one, row, world) for one in term.alternatives) for term in search.terms)
    }
    assert found(world, {"q": text}) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("amount<50", {"49.99", "-49.99"}),
        ("amount<=50", {"49.99", "-49.99", "50", "-50"}),
        ("amount:50", {"50", "-50"}),
        ("amount>=50", {"50", "-50", "50.01", "-50.01"}),
        ("amount>50", {"50.01", "-50.01"}),
    ],
)
def test_an_amount_is_compared_to_the_cent_in_both_directions(world, text, wanted):
    for amount in ("49.99", "50", "50.01", "-49.99", "-50", "-50.01"):
        make_transaction(world.user, amount)
    mine = Transaction.objects.for_user(world.user).filter(pk__in=found(world, {"q": text}))
    assert set(mine.values_list("amount", flat=True)) == {Decimal(amount) for amount in wanted}


LETTERS = st.characters(codec="utf-8", exclude_characters="\x00", max_codepoint=0x24F)


@COSTLY
@given(st.text(LETTERS, max_size=40))
@pytest.mark.django_db
def test_the_database_and_python_fold_alike(text):
    assert value_of("SELECT transaction_folded(%(text)s)", text=text) == folded(text)


@pytest.mark.django_db
def test_what_a_pattern_may_mean_is_only_a_letter():
    assert value_of("SELECT transaction_like(%(text)s)", text=r"50%_a\É") == r"%50\%\_a\\e%"
