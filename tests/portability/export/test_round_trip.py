"""What is exported and imported again is the same, for any household."""

import json
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, User
from tests.examples import COSTLY
from tests.factories import make_user
from tests.portability.export.households import Household, export, told
from transactions.models import SpendingSummary, Transaction
from transactions.summaries.upkeep import drift_of
from wealthwise.demo import sample_data
from wealthwise.portability.export.services import contents, reset, restore

pytestmark = pytest.mark.django_db


@COSTLY
@given(seed=st.integers(0, 2**32))
def test_any_household_comes_back_equal(seed: int) -> None:
    with transaction.atomic():
        comes_back_equal(seed)
        transaction.set_rollback(True)


def comes_back_equal(seed: int) -> None:
    before, after = make_user("before"), make_user("after")
    Household(before, seed)
    data = export(before)
    counts = restore(user=after, chunks=lambda: [data[n : n + 997] for n in range(0, len(data), 997)])
    after.refresh_from_db()
    assert told(export(after)) == told(data)
    assert told(export(before)) == told(data)
    sections = {key: len(rows) for key, rows in json.loads(data).items() if isinstance(rows, list) and rows}
    sections.pop("site_records", None)  # which the site keeps of them: nobody brings them back
    assert sections == counts
    assert balances(before) == balances(after)
    assert summaries(before) == summaries(after)
    assert drift_of([after.pk]) == []


def balances(user: User) -> list[Any]:
    return list(Account.objects.for_user(user).order_by("pk").values_list("name", "current_balance"))


def summaries(user: User) -> list[Any]:
    rows = SpendingSummary.objects.for_user(user).values_list(
        "month", "subcategory__category__name", "subcategory__name", "spent", "received", "transaction_count"
    )
    return sorted(rows, key=repr)


def test_sample_data_comes_back_as_sample_data(owner: User) -> None:
    sample_data.build(owner, timezone.localdate())
    data, size = export(owner), Transaction.objects.for_user(owner).count()
    reset(user=owner)
    restore(user=owner, chunks=lambda: [data])
    assert told(export(owner)) == told(data)
    assert sample_data.clear(owner).transactions == size
    assert set(contents(user=owner)) <= {"categories", "subcategories"}
