"""What users choose from: currencies, countries, time zones."""

from functools import lru_cache
from typing import Final
from zoneinfo import available_timezones

from babel import Locale

TERMS_VERSION: Final = "2026-01"

# The currencies that the pages offer; any ISO 4217 code can be stored.
CURRENCY_CODES: Final = (
    "USD", "EUR", "GBP", "ZAR", "CAD", "AUD", "BWP", "ZMW", "NGN", "KES", "GHS",
    "UGX", "TZS", "ETB", "RWF", "MWK", "BRL", "MXN", "PHP", "INR", "JPY",
)  # fmt: skip

# After how many minutes of doing nothing, and how many days after signing in, a person is signed out.
IDLE_MINUTES: Final = [(15, "15 minutes"), (30, "30 minutes"), (60, "an hour"), (480, "8 hours"), (1440, "a day")]
SESSION_DAYS: Final = [(1, "a day"), (3, "3 days"), (7, "a week")]

_english = Locale("en")
CURRENCIES: Final = [(code, f"{code} – {_english.currencies.get(code, code)}") for code in CURRENCY_CODES]

# ISO 3166 countries only: two letters, without the regions and placeholders that babel lists beside them.
_NO_COUNTRY: Final = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}
COUNTRIES: Final = sorted(
    (
        (code, str(name))
        for code, name in _english.territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY
    ),
    key=lambda country: country[1],
)


@lru_cache(maxsize=1)
def time_zones() -> list[tuple[str, str]]:
    """Every zone of the tz database by name, sorted; reading the directory once costs some milliseconds."""
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if zone != "localtime"]
