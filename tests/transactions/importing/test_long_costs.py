"""A long file costs as much for each row as a short one, in processor time and in memory, from bytes to ledger."""

import csv
import io
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import make_account, make_subcategory, make_user
from tests.transactions.importing.helpers import staged
from transactions.importing import preview, readings, services
from transactions.importing.csv.guess import detect_layout
from transactions.importing.csv.reader import parse_csv
from transactions.models import Rule, Transaction

HEAD = "Booked;Valued;Payee;Purpose;Reference;Amount;Currency;Balance"


def long_file(rows: int) -> bytes:
    """A statement as banks write them, with a balance in each row."""
    lines, balance = [HEAD], 1_000_000
    for number in range(rows):
        day = date(2016, 1, 1) + timedelta(days=number // 20)
        cents = -100 - number * 7919 % 24_000 if number % 10 else 250_000
        balance += cents
        amounts = [f"{'-' * (each < 0)}{abs(each) // 100},{abs(each) % 100:02}" for each in (cents, balance)]
        told = f"{day:%d.%m.%Y};{day:%d.%m.%Y};Shop {number % 97};Card payment {number};R{number:09}"
        lines.append(f"{told};{amounts[0]};EUR;{amounts[1]}")
    return "\n".join([*lines, ""]).encode()


def seconds(work: Callable[[], Any]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def test_reading_costs_a_few_times_what_parting_the_cells_costs() -> None:
    small, large = long_file(10_000), long_file(20_000)
    layout = detect_layout(large)

    def read(data: bytes) -> None:
        assert readings._written(parse_csv(data, layout))

    read(small)  # what is made once
    least = min(seconds(lambda: list(csv.reader(io.StringIO(large.decode()), delimiter=";"))) for _ in range(3))
    once, twice = (min(seconds(lambda d=data: read(d)) for _ in range(2)) for data in (small, large))
    assert twice < 2.6 * once, (once, twice)
    assert twice < 70 * least, (least, twice)


def test_reading_holds_no_more_than_its_rows() -> None:
    data = long_file(5_000)
    layout = detect_layout(data)
    tracemalloc.start()
    try:
        packed = readings._written(parse_csv(data, layout))
        read = tracemalloc.get_traced_memory()[1] / 5_000
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        assert len(readings._read(packed).rows) == 5_000
        loaded = (tracemalloc.get_traced_memory()[1] - before) / 5_000
    finally:
        tracemalloc.stop()
    assert (read < 1_300, loaded < 900) == (True, True), f"bytes a row: {read:.0f} to read, {loaded:.0f} to load"


@pytest.mark.django_db
def test_comparing_and_booking_cost_the_same_for_each_row(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With balances of the file that the ledger does not have, which are compared one by one."""
    monkeypatch.setattr(readings, "LONG", 1000)
    costs = []
    for rows in (400, 3_000, 6_000):
        account = make_account(owner, name=f"{rows}")
        batch = staged(owner, account, long_file(rows))
        services.keep_reading(batch=batch)
        client_work = [lambda b=batch: services.preview(batch=b), lambda b=batch: services.commit(batch=b)]
        costs.append(sum(map(seconds, client_work)))
        assert Transaction.objects.for_user(owner).filter(account=account).count() == rows
    assert costs[2] < 2.8 * costs[1], costs


@pytest.mark.django_db
def test_equal_descriptions_are_asked_for_once_unless_a_rule_looks_at_amounts(
    owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there are descriptions, with the same answers as amount by amount."""
    monkeypatch.setattr(preview, "_MANY", 100)
    account, stranger = make_account(owner), make_user("stranger")
    shops, dear = make_subcategory(owner, "Shops"), make_subcategory(owner, "Dear")
    rule = Rule.objects.create(user=owner, position=2, subcategory=shops, text="payment 1*", how="pattern")
    Rule.objects.create(user=stranger, position=1, subcategory=make_subcategory(stranger), amount_from=1)
    lines = [f"2026-03-{1 + n % 28:02},payment {n % 20},-{1 + n}.00" for n in range(200)]
    batch = staged(owner, account, "\n".join(["Date,Description,Amount", *lines, ""]).encode())

    def filed() -> tuple[int, list[int | None]]:
        found = services.preview(batch=batch)
        return len(found.suggestions.found), [found.filed(row) for row in found.rows]

    asked, answers = filed()
    assert asked == 11, "1 and 10 to 19"
    assert answers == [shops.pk if row.startswith("1") else None for row in (str(n % 20) for n in range(200))]
    Rule.objects.create(user=owner, position=1, subcategory=dear, amount_from=151)
    asked, answers = filed()
    assert asked == 128, "all above 150, and those of the other rule below"
    assert answers[150:] == [dear.pk] * 50
    assert answers[:20] == [shops.pk if str(n).startswith("1") else None for n in range(20)]
    assert services.commit(batch=batch, categorise=True).new_count == 200
    mine = Transaction.objects.for_user(owner)
    assert (mine.filter(subcategory=dear).count(), mine.filter(rule_id=rule.pk).count()) == (50, 78)
