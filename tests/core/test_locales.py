"""Numbers and days as a country writes them, and read again."""

from datetime import date
from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from accounts.people.choices import COUNTRIES, CURRENCY_CODES
from wealthwise.core import locales
from wealthwise.core.locales import conventions_of, show_count, show_day
from wealthwise.core.money import (
    MAX_AMOUNT,
    MINUS,
    currency_style,
    format_compact,
    format_money,
    format_typed,
    parse_amount,
)

SPACE = "\N{NO-BREAK SPACE}"
countries = st.sampled_from(["", *(code for code, _ in COUNTRIES)])
currencies = st.sampled_from(CURRENCY_CODES)
WHOLE = ["JPY", "UGX", "RWF"]


def amounts(currency: str) -> st.SearchStrategy[Decimal]:
    places = min(2, currency_style(currency).decimals)
    edge = MAX_AMOUNT if places else Decimal(9999999999)
    return st.decimals(min_value=-edge, max_value=edge, places=places, allow_nan=False)


@given(countries, currencies, st.data())
def test_what_is_shown_can_be_typed(country: str, currency: str, data: st.DataObject) -> None:
    amount, conventions = data.draw(amounts(currency)), conventions_of(country)
    shown = format_money(amount, currency, sign=data.draw(st.booleans()), conventions=conventions)
    typed = format_typed(amount, currency, conventions)
    grouped = format_typed(amount, currency, conventions, groups=True)
    for text in (shown, typed, grouped):
        assert parse_amount(text, currency, conventions) == amount


@given(countries, currencies, st.data())
def test_the_digits_are_those_of_babel(country: str, currency: str, data: st.DataObject) -> None:
    amount = abs(data.draw(amounts(currency)))
    ours = format_money(amount, currency, conventions=conventions_of(country))
    theirs = format_currency(amount, currency, locale="en_001")
    assert "".join(filter(str.isdigit, ours)) == "".join(filter(str.isdigit, theirs))


@pytest.mark.parametrize("locale", ["en_ZA", "en_DE", "en_IN", "en_CH", "en_FR", "en_SE", "en_US", "en_GB", "en_KE"])
@given(amount=st.decimals(min_value=0, max_value=MAX_AMOUNT, places=2, allow_nan=False))
def test_groups_are_those_of_babel(locale: str, amount: Decimal) -> None:
    ours = format_typed(amount, "EUR", conventions_of(locale[3:]), groups=True)
    assert ours in format_currency(amount, "EUR", locale=locale)


@pytest.mark.parametrize(
    ("country", "currency", "expected"),
    [
        ("", "ZAR", f"{MINUS}R{SPACE}1,234,567.50"),
        ("ZA", "ZAR", f"{MINUS}R{SPACE}1{SPACE}234{SPACE}567,50"),
        ("US", "USD", f"{MINUS}$1,234,567.50"),
        ("DE", "EUR", f"{MINUS}1.234.567,50{SPACE}€"),
        ("IN", "INR", f"{MINUS}₹12,34,567.50"),
        ("BR", "BRL", f"{MINUS}R${SPACE}1.234.567,50"),
        ("CH", "EUR", f"{MINUS}€{SPACE}1’234’567.50"),
        ("JP", "JPY", f"{MINUS}¥1,234,567.50"),
        ("XX", "GBP", f"{MINUS}£1,234,567.50"),
    ],
)
def test_money_of_a_country(country: str, currency: str, expected: str) -> None:
    assert format_money(Decimal("-1234567.5"), currency, conventions=conventions_of(country)) == expected


@pytest.mark.parametrize(
    ("country", "text", "expected"),
    [
        ("", "1,234", "1234.00"),
        ("DE", "1.234", "1234.00"),
        ("DE", "1,5", "1.50"),
        ("DE", "12.50", "12.50"),
        ("DE", "1.234,50 + 1.000", "2234.50"),
        ("CH", "1’234", "1234.00"),
        ("ZA", "R 1 234,5", "1234.50"),
        ("ZA", "ZAR 12", "12.00"),
        ("ZA", "-R12", "-12.00"),
        ("ZA", "12 R", "12.00"),
    ],
)
def test_an_amount_is_read_as_its_country_writes(country: str, text: str, expected: str) -> None:
    assert str(parse_amount(text, "ZAR", conventions_of(country))) == expected


@pytest.mark.parametrize(("country", "text"), [("", "1.234"), ("DE", "1,234"), ("ZA", "1,234"), ("ZA", "1.234")])
def test_what_would_be_a_thousandth_is_refused(country: str, text: str) -> None:
    with pytest.raises(ValueError, match="at most 2 decimals"):
        parse_amount(text, "EUR", conventions_of(country))


@pytest.mark.parametrize("currency", WHOLE)
@pytest.mark.parametrize("text", ["12.50", "0,5", "1,234.01", "10+0.5"])
def test_a_currency_without_decimals_refuses_them(currency: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^Amounts in {currency} have no decimals.$"):
        parse_amount(text, currency)


@pytest.mark.parametrize(("text", "expected"), [("1250", "1250.00"), ("1250.00", "1250.00"), ("100/3", "33.00")])
def test_a_currency_without_decimals_takes_whole_amounts(text: str, expected: str) -> None:
    assert str(parse_amount(text, "JPY")) == expected


def test_cents_that_are_there_already_are_not_hidden() -> None:
    assert format_typed(Decimal("12.50"), "JPY") == "12.50"
    assert format_typed(Decimal("12.00"), "JPY") == "12"
    assert format_typed(Decimal("-1234.5"), "EUR", conventions_of("DE")) == "-1234,50"


def test_only_within_the_block() -> None:
    with locales.override("DE", "JPY"):
        assert (show_count(-1234567), format_compact(Decimal(1500))) == (f"{MINUS}1.234.567", "1,5k")
        with pytest.raises(ValueError, match="JPY"):
            parse_amount("1,5")
    assert (show_count(1234567), format_compact(Decimal(1500))) == ("1,234,567", "1.5k")
    assert parse_amount("1,5") == Decimal("1.50")


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("", ["15 Mar", "15 Mar 2026", "15 March 2026", "Sun 15 Mar 2026"]),
        ("ZA", ["15 Mar", "15 Mar 2026", "15 March 2026", "Sun 15 Mar 2026"]),
        ("BR", ["15 Mar", "15 Mar 2026", "15 March 2026", "Sun 15 Mar 2026"]),
        ("US", ["Mar 15", "Mar 15, 2026", "March 15, 2026", "Sun, Mar 15, 2026"]),
    ],
)
def test_days(country: str, expected: list[str]) -> None:
    with locales.override(country):
        assert [show_day(date(2026, 3, 15), length) for length in ("short", "medium", "long", "full")] == expected


@given(countries)
def test_no_country_writes_days_in_figures_alone(country: str) -> None:
    with locales.override(country):
        for length in ("short", "medium", "long", "full"):
            assert any(letter.isalpha() for letter in show_day(date(2026, 3, 4), length))


@pytest.mark.parametrize(
    ("number", "country", "words"),
    [
        (0, "US", "0 categories"),
        (1, "US", "1 category"),
        (1204, "US", "1,204 categories"),
        (1204, "DE", "1.204 categories"),
    ],
)
def test_counts_have_their_plural_and_their_groups(number: int, country: str, words: str) -> None:
    with locales.override(country):
        assert locales.counted(number, "category", "categories") == words
        assert locales.counted(number, "row").endswith(" row" if number == 1 else " rows")
