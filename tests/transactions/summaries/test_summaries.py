"""The refresh and the self-check: tampering is found, named and mended; two refreshes never run at once."""

import threading
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from accounts.models import Account
from tests.concurrency import at_once
from tests.databases import administrator
from tests.factories import make_account, make_subcategory, make_transaction
from transactions.models import SpendingSummary, UserSpendingSummary, ViewRefresh
from transactions.reconciling.services import check_balance
from transactions.summaries import upkeep
from wealthwise.postgres.locks import Lock

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("check_summaries", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def fill(user: Any) -> Account:
    account, food = make_account(user, opening="10"), make_subcategory(user)
    make_transaction(user, "-12.50", account=account, subcategory=food)
    make_transaction(user, "4.00", account=account, subcategory=food)
    make_transaction(user, "-1.00", account=account, day="2026-04-01")
    assert check_balance(account=account, day=date(2026, 3, 31), stated=Decimal("1.50")).outcome == "equal"
    check_balance(account=account, day=date(2026, 4, 30), stated=Decimal(9))  # differs, so it settles nothing
    return account


def test_the_view_holds_what_was_spent(owner, stranger):
    fill(owner)
    fill(stranger)
    run_ = upkeep.refresh_spending_view()
    assert run_ is not None
    assert run_.row_count == 4
    rows = UserSpendingSummary.objects.filter(user=owner).order_by("month")
    assert [(str(row.month), row.total_spent) for row in rows] == [
        ("2026-03-01", Decimal("12.50")),
        ("2026-04-01", Decimal("1.00")),
    ]


def test_a_clean_ledger_passes(owner):
    fill(owner)
    upkeep.refresh_spending_view()
    assert "1 people checked: 0 differences" in run()


def test_the_view_is_proven_as_of_its_refresh(owner):
    fill(owner)
    upkeep.refresh_spending_view()
    make_transaction(owner, "-99")
    assert upkeep.view_differs() is False
    assert "0 differences" in run()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE spending_summary SET spent = spent + 1 WHERE month = '2026-03-01'", "spending_summary of 2026-03"),
        ("DELETE FROM spending_summary WHERE month = '2026-04-01'", "spending_summary of 2026-04"),
        (
            "UPDATE account SET current_balance = 1",
            "has balance 1.00 and began with 10.00, its anchor and transactions say 0.50 and 10.00",
        ),
        (
            "UPDATE account SET reconciled_to = '2026-04-30'",
            "is reconciled to 2026-04-30, its latest agreed check is of 2026-03-31",
        ),
        (
            "UPDATE balance_check SET outcome = 'open'",
            "is reconciled to 2026-03-31, its latest agreed check is of None",
        ),
    ],
)
def test_tampering_is_found_named_and_mended(owner, stranger, sql, words):
    fill(stranger)
    account = fill(owner)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql}{' AND' if 'WHERE' in sql else ' WHERE'} user_id = {owner.pk}")
    with pytest.raises(CommandError):
        run()
    out = run("--repair")
    assert f"user {owner.pk}: " in out
    assert words in out
    assert f"user {stranger.pk}" not in out
    assert "0 differences" in run()
    account.refresh_from_db()
    assert account.current_balance == Decimal("0.50")
    assert SpendingSummary.objects.filter(user=owner).count() == 2


def test_a_tampered_view_is_found_and_refreshed(owner):
    fill(owner)
    upkeep.refresh_spending_view()
    ViewRefresh.objects.update(checksum=1)
    with pytest.raises(CommandError):
        run()
    assert "refreshed" in run("--repair")
    assert upkeep.view_differs() is False


def test_the_view_is_proven_by_the_plans_statement_over_the_ledger(owner, stranger):
    fill(owner)
    fill(stranger)
    assert "0 differences" in run("--view")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE spending_summary SET spent = spent + 1 WHERE user_id = %s", [owner.pk])
    upkeep.refresh_spending_view()
    assert upkeep.view_differs() is False  # it is what the summary was, whose own check finds the difference
    with pytest.raises(CommandError):
        run("--view")
    assert upkeep.view_differs() is True
    assert "refreshed" in run("--repair")
    assert "0 differences" in run("--view")
    assert [row.total_spent for row in UserSpendingSummary.objects.filter(user=owner).order_by("month")] == [
        Decimal("12.50"),
        Decimal("1.00"),
    ]


def test_two_refreshes_never_run_at_once(owner):
    fill(owner)
    answers = []

    def second() -> None:
        answers.append(upkeep.refresh_spending_view())
        connections.close_all()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [Lock.VIEW_REFRESH])
        assert upkeep.refresh_is_running()
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert answers == [None]
    assert not ViewRefresh.objects.exists()
    assert not upkeep.refresh_is_running()


def test_a_killed_run_stays_visible_and_harms_nothing(owner):
    fill(owner)
    killed = ViewRefresh.objects.create(view_name=upkeep.VIEW)
    assert upkeep.refresh_spending_view() is not None
    killed.refresh_from_db()
    assert killed.error == "ended without finishing"


def test_a_run_that_fails_says_what_it_was_and_no_word_of_it(owner, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("Corner shop")

    monkeypatch.setattr(upkeep.matviews, "refresh", fail)
    with pytest.raises(RuntimeError):
        upkeep.refresh_spending_view()
    run_ = ViewRefresh.objects.get()
    assert (run_.error, run_.finished_at is not None, run_.checksum) == ("RuntimeError", True, None)


def test_a_view_without_data_is_filled(owner):
    fill(owner)
    with connection.cursor() as cursor:
        cursor.execute(f"REFRESH MATERIALIZED VIEW {upkeep.VIEW} WITH NO DATA")
    run_ = upkeep.refresh_spending_view(concurrently=True)
    assert run_ is not None
    assert run_.row_count == UserSpendingSummary.objects.count() == 2


def test_everybody_is_checked_in_batches_or_some_of_them(owner, stranger, staff):
    everybody = sorted(user.pk for user in (owner, stranger, staff))
    assert list(upkeep.people(batch=2)) == [everybody[:2], everybody[2:]]
    assert list(upkeep.people(batch=3)) == [everybody]
    [drawn] = upkeep.people(sample=2)
    assert len(drawn) == 2
    assert set(drawn) < set(everybody)


def test_the_command_says_what_it_did(owner):
    fill(owner)
    out = StringIO()
    call_command("refresh_views", stdout=out)
    call_command("refresh_views", blocking=True, stdout=out)
    assert out.getvalue().count("user_spending_summary: 2 rows in") == 2
    with pytest.raises(CommandError, match="15m"):
        call_command("refresh_views", loop="soon")


def test_a_repair_and_an_import_do_not_meet_in_a_circle(owner: Any) -> None:
    """An import holds its accounts before its rows hold the person; a repair holds the person before the accounts."""
    account = fill(owner)
    tried = threading.Event()

    def import_rows() -> None:
        with transaction.atomic():
            list(Account.objects.for_user(owner).filter(pk=account.pk).select_for_update(no_key=True))
            assert tried.wait(20)
            make_transaction(owner, "-3.00", account=account)

    def repair() -> None:
        def tell(execute: Any, statement: str, *rest: Any) -> Any:
            if "UPDATE account" in statement:
                tried.set()  # the person is held by now
            return execute(statement, *rest)

        with connection.execute_wrapper(tell):
            upkeep.repair(user_id=owner.pk)

    assert at_once(import_rows, repair) == [None, None]
    assert upkeep.drift_of([owner.pk]) == []
    assert Account.objects.get(pk=account.pk).current_balance == Decimal("-2.50")


def test_refreshing_goes_on_after_a_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            with administrator() as server:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [connection.settings_dict["NAME"]],
                )
        elif len(pauses) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", pause)
    out, err = StringIO(), StringIO()
    call_command("refresh_views", loop="90s", stdout=out, stderr=err)
    assert pauses == [90, 90, 90]
    assert out.getvalue().count("user_spending_summary: 0 rows in") == 2
    assert err.getvalue().count("trying again") == 1
