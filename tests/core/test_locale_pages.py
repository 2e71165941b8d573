"""What a user sees and types follows their country and currency, at the URL."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_account, make_period, make_subcategory, make_transaction, make_user
from transactions.models import Transaction

pytestmark = pytest.mark.django_db

SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def entry(**changes: str) -> dict[str, str]:
    return {"direction": "expense", "amount": "12", "description": "Lamp", "date": "2026-03-15", **changes}


def test_two_people_of_two_countries() -> None:
    german = make_user("german", country="DE", currency="EUR")
    american = make_user("american", country="US", currency="USD")
    for user in (german, american):
        make_transaction(user, "-1234.50", "2026-03-15")
    for _ in range(2):
        here, there = (text_of(signed_in(user), reverse("transactions:list")) for user in (german, american))
        assert f"{MINUS}1.234,50{SPACE}€" in here
        assert "Sun 15 Mar 2026" in here
        assert f"{MINUS}$1,234.50" in there
        assert "Sun, Mar 15, 2026" in there


def test_an_amount_goes_in_and_out_with_the_decimal_mark_of_the_country() -> None:
    client = signed_in(make_user("german", country="DE", currency="EUR"))
    assert client.post(reverse("transactions:add"), entry(amount="1.234,5")).status_code == 302
    row = Transaction.objects.get()
    assert row.amount == Decimal("-1234.50")
    assert 'value="1234,50"' in text_of(client, reverse("transactions:edit", args=[row.pk]))


@pytest.mark.parametrize(("country", "currency"), [("JP", "JPY"), ("UG", "UGX"), ("RW", "RWF")])
def test_a_currency_without_decimals(country: str, currency: str) -> None:
    user = make_user("whole", country=country, currency=currency)
    client = signed_in(user)
    refused = client.post(reverse("transactions:add"), entry(amount="12.50"))
    assert refused.status_code == 422
    assert f"Amounts in {currency} have no decimals." in refused.content.decode()
    assert not Transaction.objects.exists()
    assert client.post(reverse("transactions:add"), entry(amount="1250")).status_code == 302
    row = Transaction.objects.get()
    assert row.amount == Decimal("-1250.00")
    assert 'value="1250"' in text_of(client, reverse("transactions:edit", args=[row.pk]))


def test_the_budget_of_a_currency_without_decimals() -> None:
    user = make_user("whole", country="JP", currency="JPY")
    food, period = make_subcategory(user), make_period(user)
    client = signed_in(user)
    address = reverse("budgets:allocate", args=[period.pk])
    refused = client.post(address, {f"amount-{food.pk}": "10.5"}, headers={"HX-Request": "true"})
    assert "Amounts in JPY have no decimals." in refused.content.decode()
    assert not period.budget.allocations.exists()
    client.post(address, {f"amount-{food.pk}": "12500"}, headers={"HX-Request": "true"})
    assert [row.allocated_amount for row in period.budget.allocations.all()] == [Decimal("12500.00")]
    page = text_of(client, reverse("budgets:budget"))
    assert 'value="12,500"' in page
    assert "¥12,500" in page
    assert "¥12,500.00" not in page


def test_charts_and_cards_of_the_dashboard() -> None:
    user = make_user("whole", country="JP", currency="JPY")
    make_account(user, "Current", "123456")
    page = text_of(signed_in(user), reverse("dashboard")).split("<main", 1)[1]
    assert "¥123,456" in page
    assert "¥123,456.00" not in page


def test_a_country_that_changes_shows_at_once() -> None:
    user = make_user("mover", country="DE", currency="EUR")
    make_account(user, "Current", "1234.5")
    client = signed_in(user)
    assert f"1.234,50{SPACE}€" in text_of(client, reverse("dashboard"))
    user.country = "US"
    user.save(update_fields=["country"])
    assert "€1,234.50" in text_of(client, reverse("dashboard"))


def test_reports_counts_and_months_are_written_as_the_rest() -> None:
    user = make_user("south", country="ZA", currency="ZAR")
    account = make_account(user, "Cheque")
    make_transaction(user, "-1234.50", "2026-09-15", account=account)
    make_transaction(user, "3000", "2026-09-15", "Pay", account=account)
    client, days = signed_in(user), "?date_from=2026-09-01&date_to=2026-09-30"
    spending = text_of(client, reverse("reports:spending") + days)
    assert f">1{SPACE}234,50<" in spending
    assert "Sept 2026" in spending
    assert ">58,8%<" in text_of(client, reverse("reports:cash_flow") + days)
    page = text_of(client, reverse("account", args=[account.pk]))
    assert "15 Sept 2026" in page
    assert "1,234" not in spending + page
