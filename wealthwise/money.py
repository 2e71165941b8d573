"""Money as text: showing an amount in its currency, and reading one that a person typed.

Everything is `Decimal`; no float is made on the way in or out. No ORM, no request.
"""

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import Final, NamedTuple

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import get_currency_precision, get_currency_symbol

MAX_AMOUNT: Final = Decimal("9999999999.99")
MAX_LENGTH: Final = 100
CENT: Final = Decimal("0.01")
MINUS: Final = "\N{MINUS SIGN}"
NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"

# Where a currency is at home its symbol is the short one (R, not ZAR). A person sees one currency, theirs.
HOME_LOCALES: Final = {
    "ZAR": "en_ZA", "CAD": "en_CA", "AUD": "en_AU", "BWP": "en_BW", "ZMW": "en_ZM", "NGN": "en_NG",
    "KES": "en_KE", "GHS": "en_GH", "UGX": "en_UG", "TZS": "en_TZ", "RWF": "en_RW", "MWK": "en_MW",
    "BRL": "pt_BR", "MXN": "es_MX", "PHP": "en_PH", "INR": "en_IN",
}  # fmt: skip


class CurrencyStyle(NamedTuple):
    """How one currency is written: what stands before the digits, and its decimals."""

    prefix: str
    decimals: int
    quantum: Decimal


@lru_cache(maxsize=64)
def currency_style(currency: str) -> CurrencyStyle:
    """The style of an ISO 4217 code. Cached: babel takes 15 microseconds per amount, a page shows hundreds."""
    locale = HOME_LOCALES.get(currency, "en")
    try:
        symbol = get_currency_symbol(currency, Locale.parse(locale))
    except UnknownLocaleError:
        symbol = currency
    prefix = symbol + NO_BREAK_SPACE if symbol[-1:].isalpha() else symbol
    decimals = get_currency_precision(currency)
    return CurrencyStyle(prefix, decimals, Decimal(1).scaleb(-decimals))


def format_money(amount: Decimal, currency: str, *, sign: bool = False) -> str:
    """`amount` (in whole units of `currency`) as text, such as `R 1,234.50` or `−¥1,235`.

    `sign` puts a plus before amounts above zero. What rounds to zero has no sign.
    """
    style = currency_style(currency)
    with localcontext(prec=60):
        rounded = amount.quantize(style.quantum, rounding=ROUND_HALF_EVEN)
    mark = MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
    return f"{mark}{style.prefix}{rounded.copy_abs():,f}"


def format_compact(amount: Decimal) -> str:
    """A round number without currency for an axis: `1.5k`, `−20k`, `3M`."""
    size = amount.copy_abs()
    for limit, unit in ((Decimal("1e9"), "bn"), (Decimal("1e6"), "M"), (Decimal("1e3"), "k")):
        if size >= limit:
            return f"{MINUS if amount < 0 else ''}{(size / limit).normalize():f}{unit}"
    return f"{MINUS if amount < 0 else ''}{size.normalize():f}"


_TOKEN = re.compile(r"[0-9.,]+(?:[ '][0-9.,]+)*|[-+*/()]")
_SAME_SIGN = str.maketrans("−–×·÷’\u00a0\u2009\u202f\t", "--**/'    ")
_PLAIN = re.compile(r"[0-9]*[.,]?[0-9]*")
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?:(?P<group>[,.' ])[0-9]{3})(?:(?P=group)[0-9]{3})*"
    r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})"  # 1,23,456.00: lakhs
    r"(?P<fraction>[.,][0-9]*)?"
)


def parse_amount(text: str) -> Decimal:
    """The amount that a person typed, with two decimals. Sums such as `12.50+3` are worked out.

    Understands thousands grouped by comma, point, space or apostrophe, and a decimal point or comma.
    A result of `*` or `/` is rounded to cents, half up. Raises ValueError with a sentence for the person.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError("That amount is too long.")
    clean = text.translate(_SAME_SIGN).strip()
    if not clean:
        raise ValueError("Enter an amount.")
    tokens = _tokens(clean)
    with localcontext(prec=2 * MAX_LENGTH):
        result = _Sum(tokens).value()
        if not result.is_finite() or abs(result) > MAX_AMOUNT:
            raise ValueError("The amount must be between −9,999,999,999.99 and 9,999,999,999.99.")
        return _in_cents(result, rounded="*" in tokens or "/" in tokens)


def _in_cents(result: Decimal, *, rounded: bool) -> Decimal:
    cents = result.quantize(CENT, rounding=ROUND_HALF_UP)
    if cents != result and not rounded:
        raise ValueError("An amount has at most 2 decimals.")
    if abs(cents) > MAX_AMOUNT:
        raise ValueError("The amount must be between −9,999,999,999.99 and 9,999,999,999.99.")
    return abs(cents) if cents == 0 else cents


def _tokens(clean: str) -> list[str]:
    tokens = _TOKEN.findall(clean)
    if "".join(tokens).replace(" ", "") != clean.replace(" ", ""):
        raise ValueError("Enter an amount, such as 12.50 or 12.50+3.")
    return tokens


def _number(token: str) -> Decimal:
    """One number of the text. A lone comma before three digits groups; a lone point never does."""
    grouped = _GROUPED.fullmatch(token)
    if grouped and (grouped["group"] != "." or token.count(".") > 1 or grouped["fraction"]):
        whole, fraction = grouped["whole"], grouped["fraction"] or ""
        if not fraction or fraction[0] not in whole:
            return Decimal(re.sub(r"[^0-9]", "", whole) + fraction.replace(",", "."))
    if _PLAIN.fullmatch(token) and token.strip(".,"):
        return Decimal(token.replace(",", "."))
    raise ValueError(f"“{token}” is not a number.")


class _Sum:
    """Recursive descent over + - * / and parentheses; depth is bounded by MAX_LENGTH."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens[::-1]

    def value(self) -> Decimal:
        result = self.terms()
        if self.rest:
            raise ValueError("Enter an amount, such as 12.50 or 12.50+3.")
        return result

    def take(self, *wanted: str) -> str:
        return self.rest.pop() if self.rest and self.rest[-1] in wanted else ""

    def terms(self) -> Decimal:
        result = self.factors()
        while operator := self.take("+", "-"):
            term = self.factors()
            result = result + term if operator == "+" else result - term
        return result

    def factors(self) -> Decimal:
        result = self.signed()
        while operator := self.take("*", "/"):
            factor = self.signed()
            if operator == "/" and factor == 0:
                raise ValueError("An amount cannot be divided by zero.")
            result = result * factor if operator == "*" else result / factor
        return result

    def signed(self) -> Decimal:
        sign = Decimal(1)
        while operator := self.take("+", "-"):
            sign = -sign if operator == "-" else sign
        return sign * self.atom()

    def atom(self) -> Decimal:
        if self.take("("):
            result = self.terms()
            if not self.take(")"):
                raise ValueError("A closing bracket is missing.")
            return result
        if not self.rest or self.rest[-1] in "+-*/()":
            raise ValueError("The sum is not finished: a number is missing.")
        return _number(self.rest.pop())
