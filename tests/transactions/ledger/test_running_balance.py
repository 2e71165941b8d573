"""The list of one account says what it held after each row."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import COSTLY
from tests.factories import make_account, make_transaction, make_user
from transactions.ledger.listing import build
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.search.filters import FilterForm

URL = "/transactions/"


def test_the_list_of_one_account_has_its_balance_after_each_row(owner, owner_client, stranger):
    account, other = make_account(owner, opening="100"), make_account(owner, "Other", "5")
    for number in range(55):
        make_transaction(owner, "-1", f"2026-02-{number % 28 + 1:02}", f"Row {number}", account=account)
    make_transaction(owner, "10", "2026-03-01", "Pay", account=account)
    make_transaction(owner, "-500", "2026-02-14", "Elsewhere", account=other)
    make_transaction(stranger, "-500", "2026-02-14", "Theirs", account=make_account(stranger))
    first = owner_client.get(URL, {"account": account.pk})
    found = [first.context["listing"].balances[row.id] for day in first.context["listing"].days for row in day.entries]
    account.refresh_from_db()
    assert found[0] == account.current_balance == Decimal(55)
    assert found[1:4] == [Decimal(45), Decimal(46), Decimal(47)]
    second = owner_client.get(URL + first.context["listing"].older).context["listing"]
    rest = [second.balances[row.id] for day in second.days for row in day.entries]
    assert [*found, *rest] == [Decimal(55), *(Decimal(45 + n) for n in range(55))]
    assert "$45.00" in first.content.decode()
    row = Transaction.objects.get(description="Pay")
    again = owner_client.get(
        f"{URL}{row.pk}/row/", {"next": f"{URL}?account={account.pk}"}, headers={"HX-Request": "true"}
    )
    assert '<span class="row-balance amount muted">$55.00</span>' in again.text, "as it was, when editing is given up"
    for narrower in ({}, {"account": account.pk, "q": "Row"}):
        assert owner_client.get(URL, narrower).context["listing"].balances == {}


@COSTLY
@given(rows=st.lists(st.tuples(st.integers(-4, 4), st.integers(-500, 500).filter(bool)), min_size=1, max_size=12))
def test_a_running_balance_is_the_accounts_own_at_the_end_of_that_day(db, rows):
    """Also before the anchor, which rows up to it never change."""
    user = make_user(f"owner{uuid4().hex[:12]}")
    account = make_account(user, anchored_on=date(2026, 3, 10), anchor_balance=Decimal(1000))
    for offset, amount in rows:
        make_transaction(user, str(amount), str(date(2026, 3, 10) + timedelta(days=offset)), account=account)
    form = FilterForm(QueryDict(f"account={account.pk}"), user=user, names=names_of(user))
    shown = build(Transaction.objects.for_user(user), form, cursor="", only_rows=False)
    for group in shown.days:
        day = group.date
        later = sum(Decimal(amount) for offset, amount in rows if date(2026, 3, 10) + timedelta(days=offset) > day)
        after = sum(Decimal(amount) for offset, amount in rows if offset > 0)
        assert shown.balances[group.entries[0].id] == 1000 + after - later
