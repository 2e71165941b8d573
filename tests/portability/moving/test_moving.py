"""Moving in: what another application says and what the ledger says afterwards, to the cent, in every format."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Account, User
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, IncomeSource, Schedule
from tests.factories import make_account, make_schedule, make_subcategory, make_transaction, make_user
from tests.portability.moving import households
from tests.portability.moving.households import BALANCES, BOOKINGS, FORMATS, GROUPS, OPENINGS, SPENT, sent
from transactions.importing.packed.unpacking import SentFile
from transactions.models import Category, DeletedImport, ImportBatch, Subcategory, Tag, Transaction
from wealthwise.portability.export.codecs.import_batches import LayoutCodec
from wealthwise.portability.export.codecs.values import Fault
from wealthwise.portability.export.services import contents
from wealthwise.portability.moving import services
from wealthwise.portability.moving.sources.model import NotMovable

pytestmark = pytest.mark.django_db


@pytest.fixture
def mover() -> User:
    return make_user("mover", currency="EUR", country="DE")


def plain(name: str) -> str:
    """Names as hledger and beancount can write them, too."""
    return name.replace(" ", "").lower()


def filed_by(user: User) -> dict[tuple[str, str], str]:
    """What is filed where in each month, from the rows alone."""
    found = defaultdict[tuple[str, str], Decimal](Decimal)
    for row in Transaction.objects.filter(user=user, transfer_id=None).select_related("subcategory"):
        name = row.subcategory.name if row.subcategory else ""
        found[f"{row.booked_on:%Y-%m}", name.capitalize()] += row.amount
    return {key: f"{total:.2f}" for key, total in found.items()}


@pytest.mark.parametrize("name", FORMATS)
def test_both_sides_are_equal_in_every_format(name: str, mover: User, stranger: User) -> None:
    made, loses = FORMATS[name], FORMATS[name].loses.split()
    make_transaction(stranger, "-41.10", account=make_account(stranger, "Giro"), description="Corner Store")
    before = contents(user=stranger)
    looked = services.look(user=mover, sent=sent(name))
    assert contents(user=mover) == {}, "looking keeps nothing"
    report, batch = services.move_in(user=mover, sent=sent(name))
    assert (report, report.source, report.differences) == (looked, made.source, 0)
    openings = dict.fromkeys(OPENINGS, 0) if "openings" in loses else OPENINGS
    shift = {each: Decimal(OPENINGS[each] - openings[each]).scaleb(-2) for each in OPENINGS}
    balances = {plain(each.name): each.current_balance for each in Account.objects.filter(user=mover)}
    assert balances == {plain(each): Decimal(said) - shift[each] for each, said in BALANCES.items()}
    assert filed_by(mover) == SPENT
    kinds = {plain(each.name): each.account_type for each in Account.objects.filter(user=mover)}
    assert kinds == {"giro": "checking", "reservesavings": "savings", "visacard": "credit"}
    legs = Counter(Transaction.objects.filter(user=mover).exclude(transfer_id=None).values_list("transfer_id"))
    assert sorted(legs.values()) == [2, 2]
    rows = Transaction.objects.filter(user=mover, import_batch=batch)
    assert rows.count() == sum(len(each.parts) + bool(each.to) for each in BOOKINGS)
    assert sum(row.comment.startswith("part ") for row in rows) == (0 if "splits" in loses else 2)
    assert sum("said" in row.comment for row in rows) == (0 if "notes" in loses else 1)
    assert Tag.objects.filter(user=mover, name="trip").count() == (0 if "tags" in loses else 1)
    if "groups" not in loses:
        above = {each.name.lower(): each.category.name.lower() for each in Subcategory.objects.filter(user=mover)}
        assert above.items() >= {each.lower(): group.lower() for each, group in GROUPS.items()}.items()
    income = set(Category.objects.filter(user=mover, kind="income", subcategories__name__iexact="wages"))
    assert income
    assert not Category.objects.filter(user=mover, kind="income", subcategories__name__iexact="food").exists()
    again, none = services.move_in(user=mover, sent=sent(name))
    assert (none, again.counts["rows added"], again.differences) == (None, 0, 0)
    assert batch is not None
    gone = services.take_back(batch=ImportBatch.objects.get(pk=batch.pk))
    assert (gone, contents(user=mover), contents(user=stranger)) == (rows.count() or gone, {}, before)


def test_envelopes_become_budgets_of_months(mover: User) -> None:
    """What is left of an envelope goes on, what is missing where Actual says so; months only prepared are none."""
    services.move_in(user=mover, sent=sent("actual"))
    found = BudgetAllocation.objects.filter(user=mover).order_by("budget__period__start_date", "subcategory__name")
    assert [
        (each.budget.period.name, each.subcategory.name, str(each.allocated_amount), each.carry_over) for each in found
    ] == [
        ("November 2025", "Food", "200.00", ""),
        ("November 2025", "Lease", "800.00", ""),
        ("December 2025", "Food", "200.00", "both"),
    ]
    first, second = BudgetPeriod.objects.filter(user=mover).order_by("start_date").select_related("budget")
    assert (first.budget.carry_over, second.budget.carry_over, second.budget.carry_by) == (
        "none",
        "surplus",
        "subcategory",
    )


def test_into_a_ledger_that_has_some_of_it(mover: User) -> None:
    """An account of the name is used, rows of its day and amount are not doubled, and what differs is said."""
    giro = make_account(mover, "giro", "5.00")
    food = make_subcategory(mover, "FOOD", "living")
    typed = make_transaction(mover, "-800.00", account=giro, description="Rent by hand", day="2025-11-04")
    report, batch = services.move_in(user=mover, sent=sent("actual"))
    assert report.counts["rows that your ledger had already, of the same account, day and amount"] == 1
    assert [(each.name, each.note) for each in report.accounts if each.differs] == [
        ("Giro", "into your account giro, which keeps its own opening balance")
    ]
    assert Account.objects.filter(user=mover).count() == 3
    assert Subcategory.objects.get(user=mover, name__iexact="food") == food
    assert Transaction.objects.filter(user=mover, account=giro, amount="-800.00").count() == 2
    assert batch is not None
    services.take_back(batch=ImportBatch.objects.get(pk=batch.pk))
    assert list(Transaction.objects.filter(user=mover)) == [typed]
    assert list(Account.objects.filter(user=mover)) == [giro]
    assert list(Subcategory.objects.filter(user=mover)) == [food]


def test_a_row_that_was_deleted_on_purpose_does_not_come_back(mover: User) -> None:
    _, batch = services.move_in(user=mover, sent=sent("firefly"))
    row = Transaction.objects.get(user=mover, description="Machine")
    DeletedImport.objects.create(
        user=mover, import_batch=batch, fingerprint=row.fingerprint, occurrence=row.occurrence
    )
    row.delete()
    report, again = services.move_in(user=mover, sent=sent("firefly"))
    assert (again, report.counts["rows added"], report.differences > 0) == (None, 0, True)


def test_what_is_used_by_now_stays_when_a_move_is_taken_back(mover: User) -> None:
    _, batch = services.move_in(user=mover, sent=sent("qif"))
    giro = Account.objects.get(user=mover, name="Giro")
    food = Subcategory.objects.get(user=mover, name="Food")
    mine = make_transaction(mover, "-3.00", account=giro, subcategory=food, description="My own")
    assert batch is not None
    services.take_back(batch=ImportBatch.objects.get(pk=batch.pk))
    assert list(Transaction.objects.filter(user=mover)) == [mine]
    assert [each.name for each in Account.objects.filter(user=mover)] == ["Giro"]
    assert [each.name for each in Subcategory.objects.filter(user=mover)] == ["Food"]
    with pytest.raises(services.TakenBack):
        services.take_back(batch=batch)


def test_what_is_due_and_planned_meanwhile_stays_when_a_move_is_taken_back(mover: User) -> None:
    _, batch = services.move_in(user=mover, sent=sent("actual"))
    due = make_schedule(mover, account=Account.objects.get(user=mover, name="Giro"))
    period = BudgetPeriod.objects.filter(user=mover).earliest("start_date")
    budget = Budget.objects.get(user=mover, period=period)
    IncomeSource.objects.create(user=mover, budget=budget, name="Wages", amount=Decimal("2000.00"))
    assert batch is not None
    services.take_back(batch=ImportBatch.objects.get(pk=batch.pk))
    assert list(Schedule.objects.filter(user=mover)) == [due]
    assert [each.name for each in Account.objects.filter(user=mover)] == ["Giro"]
    assert list(BudgetPeriod.objects.filter(user=mover)) == [period]


def test_tags_in_capitals_go_when_a_move_is_taken_back(mover: User) -> None:
    data = households.hledger_csv().replace(b"trip", b"Trip")
    _, batch = services.move_in(user=mover, sent=[SentFile("export.csv", data)])
    assert Tag.objects.get(user=mover).name == "Trip"
    assert batch is not None
    services.take_back(batch=ImportBatch.objects.get(pk=batch.pk))
    assert not Tag.objects.filter(user=mover).exists()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"Date,Amount,Text\n2026-01-01,1.00,A", "None of these files is an export that is known"),
        (b"SQLite format 3\x00" + b"\x00" * 90, "database"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"2026-01-01 a\n  include: x\ninclude other.journal\n", "include"),
        (b"2026-01-01 a\n  assets:bank  $1\n  assets:cash  1 EUR\n  income:x\n", "several currencies"),
        (b"2026-01-01 a\n  bank:my  $1\n  strange:x\n", "strange"),
        (households.hledger().replace("€".encode(), b"$"), "never converted"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><gnc-v2 xmlns:gnc="http://www.gnucash.org/XML/gnc">&b;</gnc-v2>',
            "damaged",
        ),
        (households.firefly().replace(b"-60.00", b"sixty"), "sixty"),
        (households.ynab()[:-40], "damaged"),
        (b"account,date,payee,notes,category,amount,split_amount," + b"x" * 200_000 + b"\n", "read as a table"),
        (b"2026-02-31 a\n  assets:bank  $1\n  income:x\n", "Line 1: .* is no day"),
        (b"2026-01-01 a\n  assets:bank  $1\n  income:x\n01/15 b\n  assets:bank  $2\n  income:x\n", "Line 4: .* year"),
        (b"Y2026\n2026-01-01 a\n  assets:bank  $1\n  income:x\n", "Line 1: .Y2026"),
        (b"2026-01-01 open Assets:A\n2026-02-31 balance Assets:A 1 EUR\n", "Line 2: .* is no day"),
        (b"2026-01-01 open Assets:A\n2026-02-01 balance Assets:A NaN EUR\n", "Line 2: .NaN"),
        (b'2026-01-01 open Assets:A\n2026-02-01 *"Shop"\n  Assets:A  -1 EUR\n', "Line 2: .* cannot be read"),
        (b"2026-01-01 open Assets:A\n2026-02-01 balance Assets:A 1E999999 EUR\n", "Line 2: .1E999999"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(data: bytes, why: str, mover: User) -> None:
    with pytest.raises(NotMovable, match=why):
        services.move_in(user=mover, sent=[SentFile("export", data)])
    assert contents(user=mover) == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"2026-01-01 a\n  assets:bank  1 EUR" + b" " * 200_000 + b"!\n", "no amount"),
        (b"2026-01-01 a\n  assets:bank  1 " + b"{" * 200_000 + b"\n", "no amount"),
        (b'2026-01-01 * "a"\n  Assets:Bank  1 EUR' + b" " * 3000 + b"!\n", "no posting"),
        (b'2026-01-01 * "a"\n2026-01-02 * "' + b'\\"' * 100_000 + b"\n", "longer than"),
    ],
)
def test_a_line_that_would_keep_a_pattern_busy_is_refused_at_once(line: bytes, why: str, mover: User) -> None:
    """It would take hours, in which this test does not come to its end."""
    with pytest.raises(NotMovable, match=why):
        services.look(user=mover, sent=[SentFile("export", line)])


def test_a_bomb_is_not_unpacked(mover: User, monkeypatch: Any) -> None:
    monkeypatch.setattr("wealthwise.portability.moving.sources.unpacking.MOST_EXPANDED", 1_000_000)
    bomb = households.zipped(a__csv=b"\x00" * 1_000_001)
    with pytest.raises(NotMovable, match="unpacks to more than"):
        services.move_in(user=mover, sent=[SentFile("export", bomb)])


def test_columns_that_a_database_works_out_are_not_asked(mover: User) -> None:
    """Each row of a small file could make millions of letters."""
    more = "CREATE TABLE schedules (id TEXT, big TEXT AS (printf('%.*c', 3000000, 'x')));"
    with pytest.raises(NotMovable, match="worked out"):
        services.look(user=mover, sent=[SentFile("db.sqlite", households.actual_zip(more))])


@pytest.mark.parametrize("part", ["made", "counts", "no_place"])
def test_a_report_in_a_file_that_is_none_is_a_fault(part: str, mover: User) -> None:
    report = services.look(user=mover, sent=sent("qif")).to_dict()
    assert LayoutCodec().decode({"moved": report}) == {"moved": report}
    with pytest.raises(Fault, match="report of a move"):
        LayoutCodec().decode({"moved": report | {part: []}})


def test_views_of_a_database_are_not_asked(mover: User) -> None:
    """A view under the name of a table would be code of a stranger; the table is read alone."""
    data = households.actual_zip("CREATE VIEW schedules AS SELECT load_extension('x') AS id;")
    report, _ = services.move_in(user=mover, sent=[SentFile("db.sqlite", data)])
    assert report.differences == 0


def test_an_account_in_another_currency_is_set_aside_aloud(mover: User) -> None:
    data = households.ezbookkeeping().replace(b"Reserve Savings,EUR", b"Reserve Savings,CHF")
    report, _ = services.move_in(user=mover, sent=[SentFile("export", data)])
    assert {each.name: each.ours for each in report.accounts}["Reserve Savings"] == ""
    assert report.no_place["the account Reserve Savings in CHF, with its rows (1)"] == 1
    assert not Account.objects.filter(user=mover, name="Reserve Savings").exists()
    assert Account.objects.get(user=mover, name="Giro").current_balance == Decimal(BALANCES["Giro"])


def test_every_transfer_to_an_account_without_rows_of_its_own_gets_its_other_side(mover: User) -> None:
    rows = [f"D01/{day:02}/2026\nT-{amount}.00\nPSaved\nL[Savings]\n^" for day, amount in ((13, 100), (14, 50))]
    data = "\n".join(["!Account", "NGiro", "TBank", "^", "!Type:Bank", *rows]).encode()
    services.move_in(user=mover, sent=[SentFile("export.qif", data)])
    balances = dict(Account.objects.filter(user=mover).values_list("name", "current_balance"))
    assert balances == {"Giro": Decimal("-150.00"), "Savings": Decimal("150.00")}
    assert Transaction.objects.filter(user=mover).exclude(transfer_id=None).count() == 4


def test_a_side_of_a_transfer_that_is_in_its_own_file_is_not_made_once_more(mover: User) -> None:
    """Between currencies both files say another amount of it."""
    heading = "ID,Date,Status,Type,Account,Payee,Category,Amount,Currency,Number,Notes"
    files = {
        "giro__csv": f"{heading}\n1,2026-03-01,R,Transfer,Giro,> Dollars,,-100.00,EUR,,\n".encode(),
        "dollars__csv": f"{heading}\n1,2026-03-01,R,Transfer,Dollars,< Giro,,110.00,USD,,\n".encode(),
    }
    services.move_in(user=mover, sent=[SentFile("export.zip", households.zipped(**files))])
    assert Account.objects.get(user=mover).current_balance == Decimal("-100.00")


def test_accounts_of_sure_of_one_name_are_one_with_both_balances(mover: User) -> None:
    data = households.zipped(
        transactions__csv=b"date,account_name,amount,name,category,tags,notes\n2026-03-01,Giro,5.00,A,,,\n",
        accounts__csv=b"id,name,type,subtype,balance,currency\n1,Giro,Depository,checking,100.00,EUR\n"
        b"2,Giro,Depository,checking,20.00,EUR\n",
    )
    report, _ = services.move_in(user=mover, sent=[SentFile("export.zip", data)])
    assert Account.objects.get(user=mover).current_balance == Decimal("120.00")
    assert any("Several accounts are called Giro" in note for note in report.notes)


def test_days_of_beancount_need_no_zeros(mover: User) -> None:
    data = b'2026-01-01 open Assets:A\n2026-3-1 * "Shop"\n  Assets:A  -1.50 EUR\n  Expenses:Home:Food\n'
    services.move_in(user=mover, sent=[SentFile("all.beancount", data)])
    row = Transaction.objects.get(user=mover)
    assert (str(row.booked_on), str(row.amount)) == ("2026-03-01", "-1.50")


def test_long_names_that_begin_alike_are_told_apart(mover: User) -> None:
    lines = [f"2026-03-01 a\n  assets:bank:{'x' * 120}{end}  1 EUR\n  income:pay  -1 EUR\n" for end in "ab"]
    services.move_in(user=mover, sent=[SentFile("all.journal", "\n".join(lines).encode())])
    assert sorted(Account.objects.filter(user=mover).values_list("name", flat=True)) == ["x" * 90 + " (2)", "x" * 100]


@pytest.mark.parametrize("order", [1, -1])
def test_an_account_of_firefly_in_another_currency_stays_in_it_whatever_comes_first(order: int, mover: User) -> None:
    """Its first row may be a transfer into it, which is told in the currency of the other account."""
    heading = (
        "journal_id,type,currency_code,amount,foreign_currency_code,foreign_amount,description,date,"
        "source_name,source_type,destination_name,destination_type"
    )
    own = "Asset account"
    rows = [
        f"1,Transfer,EUR,-100.00,USD,110.00,Exchange,2026-03-01,Giro,{own},Dollars,{own}",
        f"2,Withdrawal,USD,-30.00,,,Lunch,2026-03-02,Dollars,{own},Diner,Expense account",
    ]
    data = "\n".join([heading, *rows[::order]]).encode()
    report, _ = services.move_in(user=mover, sent=[SentFile("export.csv", data)])
    assert {each.name: (each.theirs, each.ours) for each in report.accounts} == {
        "Giro": ("-100.00", "-100.00"),
        "Dollars": ("80.00", ""),
    }
    assert not Transaction.objects.filter(user=mover, amount="-30.00").exists()


def test_the_command_does_the_same(mover: User, tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(households.gnucash_sqlite())
    call_command("move_in", str(path), "--user", mover.email, "--dry-run")
    assert "nothing was kept" in capsys.readouterr().out
    assert contents(user=mover) == {}
    call_command("move_in", str(path), "--user", mover.email.upper())
    told = capsys.readouterr().out
    assert "of which differ: 0" in told
    assert "Reserve Savings" in told
    assert Transaction.objects.filter(user=mover).count() == sum(len(e.parts) + bool(e.to) for e in BOOKINGS)
