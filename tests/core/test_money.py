"""Amounts as text, both ways."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.money import MAX_AMOUNT, MAX_LENGTH, MINUS, format_compact, format_money, parse_amount

CURRENCIES = ["USD", "EUR", "ZAR", "CAD", "BWP", "NGN", "GHS", "UGX", "ETB", "RWF", "BRL", "MXN", "INR", "JPY"]
amounts = st.decimals(min_value=-MAX_AMOUNT, max_value=MAX_AMOUNT, places=2, allow_nan=False)
SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("-1234.5", "ZAR", f"{MINUS}R{SPACE}1,234.50"),
        ("1234", "JPY", "¥1,234"),
        ("0", "EUR", "€0.00"),
        ("-0.001", "EUR", "€0.00"),
        ("9999999999.99", "GBP", "£9,999,999,999.99"),
        ("12", "ETB", f"ETB{SPACE}12.00"),
        ("12", "QQQ", f"QQQ{SPACE}12.00"),
    ],
)
def test_format_money(amount: str, currency: str, expected: str) -> None:
    assert format_money(Decimal(amount), currency) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0.40", "¥0.40"), ("-12.50", f"{MINUS}¥12.50"), ("12.00", "¥12"), ("0", "¥0"), ("33.333", "¥33")],
)
def test_what_is_not_nothing_is_not_shown_as_nothing(amount: str, expected: str) -> None:
    """Cents from before the currency was changed; what was worked out to parts of cents is rounded."""
    assert format_money(Decimal(amount), "JPY") == expected
    assert "." not in format_money(Decimal(amount), "JPY", rounded=True)


def test_sign_is_shown_above_zero_only() -> None:
    assert format_money(Decimal("5"), "USD", sign=True) == "+$5.00"
    assert format_money(Decimal("0"), "USD", sign=True) == "$0.00"
    assert format_money(Decimal("-5"), "USD", sign=True) == f"{MINUS}$5.00"


@given(amounts, st.sampled_from(CURRENCIES))
def test_digits_are_those_of_babel(amount: Decimal, currency: str) -> None:
    ours = "".join(filter(str.isdigit, format_money(amount, currency, rounded=True)))
    assert ours == "".join(filter(str.isdigit, format_currency(amount, currency, locale="en")))


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0", "0"), ("500", "500"), ("1500", "1.5k"), ("-20000", f"{MINUS}20k"), ("2.5e6", "2.5M"), ("5e9", "5bn")],
)
def test_format_compact(amount: str, expected: str) -> None:
    assert format_compact(Decimal(amount)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.50+3", "15.50"),
        (" 7 ", "7.00"),
        (".5", "0.50"),
        ("5.", "5.00"),
        ("12,5", "12.50"),
        ("1,234", "1234.00"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1.234.567", "1234567.00"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("1,23,456.00", "123456.00"),
        ("−5", "-5.00"),
        ("-(2+3)*4", "-20.00"),
        ("2+3×4", "14.00"),
        ("100/3", "33.33"),
        ("0.05/2", "0.03"),
        ("10-2-3", "5.00"),
        ("-0", "0.00"),
    ],
)
def test_parse_amount(text: str, expected: str) -> None:
    parsed = parse_amount(text)
    assert str(parsed) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Enter an amount"),
        ("abc", "Enter an amount"),
        ("12 abc", "Enter an amount"),
        ("1e5", "Enter an amount"),
        ("٣", "Enter an amount"),
        ("__import__('os')", "Enter an amount"),
        ("12.345", "at most 2 decimals"),
        ("1.234", "at most 2 decimals"),
        ("0.001", "at most 2 decimals"),
        ("12 50", "not a number"),
        ("1,2,3", "not a number"),
        ("1,234,56", "not a number"),
        (".", "not a number"),
        ("1+", "a number is missing"),
        ("2**3", "a number is missing"),
        ("()", "a number is missing"),
        ("(1", "closing bracket"),
        ("1)", "Enter an amount"),
        ("1/0", "divided by zero"),
        ("10000000000", "must be between"),
        ("9999999999.99+0.01", "must be between"),
        ("9999999999.991*1", "at most|must be between"),
        ("1" * (MAX_LENGTH + 1), "too long"),
        ("9" * 40 + "*" + "9" * 40, "must be between"),
    ],
)
def test_parse_amount_refuses_with_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_amount(text)


@given(amounts)
def test_what_is_typed_plainly_is_read_back(amount: Decimal) -> None:
    assert parse_amount(f"{amount:f}") == amount
    assert parse_amount(f"{amount:,f}") == amount
    assert parse_amount(f"{amount:,f}".translate(str.maketrans(",.", ".,"))) == amount


@given(amounts, amounts)
def test_sums_are_exact(first: Decimal, second: Decimal) -> None:
    text = f"{first} + {second}" if second >= 0 else f"{first} - {-second}"
    if abs(first + second) <= MAX_AMOUNT:
        assert parse_amount(text) == first + second
    else:
        with pytest.raises(ValueError, match="must be between"):
            parse_amount(text)


@given(st.text(alphabet="0123456789.,' +-*/()−×÷e_\u00a0", max_size=MAX_LENGTH + 5))
def test_any_text_gives_cents_in_range_or_a_sentence(text: str) -> None:
    outcome: Decimal | str
    try:
        outcome = parse_amount(text)
    except ValueError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert outcome.endswith(".")
    else:
        assert abs(outcome) <= MAX_AMOUNT
        assert outcome.as_tuple().exponent == -2
