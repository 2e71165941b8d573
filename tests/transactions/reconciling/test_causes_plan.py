"""The statements of balance checks reach one partition, by an index, however long the ledger."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from tests.factories import at, booked_at, make_account
from tests.operations.plan.explain import explain
from transactions.balances.balance_at import balances_at, disagreements
from transactions.models import Transaction
from transactions.reconciling import causes
from transactions.reconciling.services import check_balance

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_ledger(owner: Any) -> Account:
    """Ten years of two accounts, six thousand rows."""
    account, other = make_account(owner), make_account(owner, "Other")
    Transaction.objects.bulk_create(
        Transaction(
            user=owner,
            amount=-1 - number % 7,
            description=f"Row {number}",
            account=account if number % 2 else other,
            **booked_at(owner, at(owner, date(2016, 1, 1) + timedelta(days=number * 3 // 5))),
        )
        for number in range(6_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE transaction, account")
    return account


def test_each_statement_reads_one_partition_by_an_index(owner: Any, long_ledger: Account) -> None:
    check = check_balance(account=long_ledger, day=date(2025, 6, 30), stated=Decimal(1))
    check_balance(
        account=long_ledger,
        day=date(2025, 5, 31),
        stated=balances_at(long_ledger, [date(2025, 5, 31)])[date(2025, 5, 31)],
    )
    with CaptureQueriesContext(connection) as captured:
        assert causes.find(
            long_ledger, check, Decimal(3), [(date(2025, 6, 1), Decimal(2)), (date(2025, 6, 30), Decimal(1))]
        )
        disagreements(owner)
    plans = [explain((query["sql"], [])) for query in captured if " transaction t" in query["sql"]]
    assert len(plans) == 4
    for plan in plans:
        assert len({name for name in plan.relations if name.startswith("transaction")}) == 1
        assert plan.indexes & {"idx_transaction_user_account_date", "idx_transaction_covering"}
        assert not [
            node for node in plan.nodes if node["Node Type"] == "Seq Scan" and node["Relation Name"].startswith("tr")
        ]
