"""Money as text: showing an amount in its currency, and reading one that a user typed.

Everything is `Decimal`; no float is made on the way in or out. No ORM, no request.
"""

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache
from typing import Final, NamedTuple

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import get_currency_precision, get_currency_symbol

from wealthwise.core.locales import Conventions, active, grouped

ZERO: Final = Decimal(0)
MAX_AMOUNT: Final = Decimal("9999999999.99")
MAX_LENGTH: Final = 100
CENT: Final = Decimal("0.01")
MINUS: Final = "\N{MINUS SIGN}"
NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"
_WIDE: Final = Context(prec=60)  # sums of any ledger, to the cent

# Where a currency is at home its symbol is the short one (R, not ZAR). A user sees one currency, theirs.
HOME_LOCALES: Final = {
    "ZAR": "en_ZA", "CAD": "en_CA", "AUD": "en_AU", "BWP": "en_BW", "ZMW": "en_ZM", "NGN": "en_NG",
    "KES": "en_KE", "GHS": "en_GH", "UGX": "en_UG", "TZS": "en_TZ", "RWF": "en_RW", "MWK": "en_MW",
    "BRL": "pt_BR", "MXN": "es_MX", "PHP": "en_PH", "INR": "en_IN",
}  # fmt: skip


class CurrencyStyle(NamedTuple):
    """How one currency is written: its short symbol, and its decimals."""

    symbol: str
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
    decimals = get_currency_precision(currency)
    return CurrencyStyle(symbol, decimals, Decimal(1).scaleb(-decimals))


@lru_cache(maxsize=256)
def _affixes(currency: str, conventions: Conventions) -> tuple[str, str]:
    """What stands before the digits and after them. A symbol that ends in a letter keeps its distance."""
    symbol = currency_style(currency).symbol
    if not conventions.symbol_first:
        return "", (NO_BREAK_SPACE if conventions.symbol_apart or symbol[:1].isalpha() else "") + symbol
    return symbol + (NO_BREAK_SPACE if conventions.symbol_apart or symbol[-1:].isalpha() else ""), ""


def format_money(
    amount: Decimal,
    currency: str,
    *,
    sign: bool = False,
    rounded: bool = False,
    conventions: Conventions | None = None,
) -> str:
    """`amount` (in whole units of `currency`) as text, such as `R 1,234.50`, `1.234,50 €` or `−¥1,235`.

    Written as in the country of the user whose request this is, unless `conventions` are given.
    `sign` puts a plus before amounts above zero. What rounds to zero has no sign. Cents that a currency without
    decimals should not have are shown rather than lost, unless the amount was worked out and may be `rounded`.
    """
    conventions = conventions or active().conventions
    shown = _rounded(amount, currency, exactly=not rounded)
    mark = MINUS if shown < 0 else "+" if sign and shown > 0 else ""
    before, after = _affixes(currency, conventions)
    return f"{mark}{before}{_digits(shown.copy_abs(), conventions)}{after}"


def _rounded(amount: Decimal, currency: str, *, exactly: bool) -> Decimal:
    """To the currency's decimals; ``exactly`` keeps cents. What has parts of cents is no amount that was entered."""
    shown = amount.quantize(currency_style(currency).quantum, ROUND_HALF_EVEN, _WIDE)
    if exactly and shown != amount and amount == (cents := amount.quantize(CENT, ROUND_HALF_EVEN, _WIDE)):
        return cents
    return shown


def average_in(total: Decimal, count: int, currency: str) -> Decimal:
    """An equal part of ``total``, in the decimals of the currency, half up."""
    return (total / count).quantize(currency_style(currency).quantum, ROUND_HALF_UP, _WIDE)


def format_digits(amount: Decimal) -> str:
    """A figure of zero or more without a currency, with as many decimals as it has."""
    return _digits(amount, active().conventions)


def _digits(amount: Decimal, conventions: Conventions) -> str:
    whole, _, cents = f"{amount:f}".partition(".")
    return grouped(whole, conventions) + (conventions.decimal + cents if cents else "")


def format_typed(
    amount: Decimal, currency: str | None = None, conventions: Conventions | None = None, *, groups: bool = False
) -> str:
    """`amount` as a user would type it into a field: their own decimal mark, no symbol, no groups unless asked for.

    Cents that a currency without decimals should not have are shown rather than lost.
    """
    currency = active().currency if currency is None else currency
    conventions = conventions or active().conventions
    places = 0 if _places(currency) == 0 and amount == amount.to_integral_value() else 2
    mark = "-" if amount < 0 else ""
    rounded = amount.copy_abs().quantize(Decimal(1).scaleb(-places))
    return mark + (_digits(rounded, conventions) if groups else f"{rounded:f}".replace(".", conventions.decimal))


def _places(currency: str) -> int:
    """The decimals that an amount may be entered with; the ledger keeps two. Unknown currency: two."""
    return min(2, currency_style(currency).decimals) if currency else 2


def format_compact(amount: Decimal, conventions: Conventions | None = None) -> str:
    """A round number without currency for an axis: `1.5k`, `−20k`, `3M`."""
    size, unit = amount.copy_abs(), ""
    for limit, name in ((Decimal("1e9"), "bn"), (Decimal("1e6"), "M"), (Decimal("1e3"), "k")):
        if size >= limit:
            size, unit = size / limit, name
            break
    number = f"{size.normalize():f}".replace(".", (conventions or active().conventions).decimal)
    return f"{MINUS if amount < 0 else ''}{number}{unit}"


_TOKEN = re.compile(r"[0-9.,]+(?:[ '][0-9.,]+)*|[-+*/()]")
_SAME_SIGN = str.maketrans("−–×·÷’\u00a0\u2009\u202f\t", "--**/'    ")
_PLAIN = re.compile(r"[0-9]*[.,]?[0-9]*")
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?:(?P<group>[,.' ])[0-9]{3})(?:(?P=group)[0-9]{3})*"
    r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})"  # 1,23,456.00: lakhs
    r"(?P<fraction>[.,][0-9]*)?"
)


def parse_amount(text: str, currency: str | None = None, conventions: Conventions | None = None) -> Decimal:
    """The amount that a user typed, with two decimals. Sums such as `12.50+3` are worked out.

    Understands thousands grouped by comma, point, space or apostrophe, and a decimal point or comma; where
    a mark could be either (`1.234`), the user's country decides. The currency's symbol or code may stand beside.
    A result of `*` or `/` is rounded to the currency's decimals, half up. `currency` and `conventions` are
    those of the request unless given. Raises ValueError with a sentence for the person.
    """
    currency = active().currency if currency is None else currency
    if len(text) > MAX_LENGTH:
        raise ValueError("That amount is too long.")
    clean = _without_symbol(text.translate(_SAME_SIGN).strip(), currency)
    if not clean:
        raise ValueError("Enter an amount.")
    tokens = _tokens(clean)
    with localcontext(prec=2 * MAX_LENGTH):
        result = _Sum(tokens, conventions or active().conventions).value()
        if not result.is_finite() or abs(result) > MAX_AMOUNT:
            raise ValueError("The amount must be between −9,999,999,999.99 and 9,999,999,999.99.")
        return _in_cents(result, currency, rounded="*" in tokens or "/" in tokens)


def _without_symbol(clean: str, currency: str) -> str:
    if not currency:
        return clean
    names = "|".join(re.escape(name) for name in (currency, currency_style(currency).symbol.translate(_SAME_SIGN)))
    clean = re.sub(rf"^([-+]?) *(?:{names}) *(?=[-0-9.,(])", r"\1", clean)
    return re.sub(rf"(?<=[0-9.,)]) *(?:{names})$", "", clean)


def _in_cents(result: Decimal, currency: str, *, rounded: bool) -> Decimal:
    places = _places(currency)
    kept = result.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if kept != result and not rounded:
        raise ValueError("An amount has at most 2 decimals." if places else f"Amounts in {currency} have no decimals.")
    cents = kept.quantize(CENT)
    if abs(cents) > MAX_AMOUNT:
        raise ValueError("The amount must be between −9,999,999,999.99 and 9,999,999,999.99.")
    return abs(cents) if cents == 0 else cents


def _tokens(clean: str) -> list[str]:
    tokens = _TOKEN.findall(clean)
    if "".join(tokens).replace(" ", "") != clean.replace(" ", ""):
        raise ValueError("Enter an amount, such as 45 or 800+45.")
    return tokens


def _number(token: str, conventions: Conventions) -> Decimal:
    """One number of the text. A lone mark before three digits groups unless it is the country's decimal mark.

    A lone point groups only where points do.
    """
    found = _GROUPED.fullmatch(token)
    decimals = {conventions.decimal} if conventions.group == "." else {conventions.decimal, "."}
    if found and (found["group"] not in decimals or token.count(found["group"]) > 1 or found["fraction"]):
        whole, fraction = found["whole"], found["fraction"] or ""
        if not fraction or fraction[0] not in whole:
            return Decimal(re.sub(r"[^0-9]", "", whole) + fraction.replace(",", "."))
    if _PLAIN.fullmatch(token) and token.strip(".,"):
        return Decimal(token.replace(",", "."))
    raise ValueError(f"“{token}” is not a number.")


class _Sum:
    """Recursive descent over + - * / and parentheses; depth is bounded by MAX_LENGTH."""

    def __init__(self, tokens: list[str], conventions: Conventions) -> None:
        self.rest = tokens[::-1]
        self.conventions = conventions

    def value(self) -> Decimal:
        result = self.terms()
        if self.rest:
            raise ValueError("Enter an amount, such as 45 or 800+45.")
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
        return _number(self.rest.pop(), self.conventions)
