"""What users choose from: currencies, countries, time zones."""

from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.numbers import get_currency_precision, get_territory_currencies
from django.utils import timezone

TERMS_VERSION: Final = "2026-01"

# How many decimals an amount is kept with, see docs/decisions/0063-currencies.md.
KEPT_DECIMALS: Final = 2

# After how many minutes of doing nothing, and how many days after signing in, a person is signed out.
IDLE_MINUTES: Final = [(15, "15 minutes"), (30, "30 minutes"), (60, "an hour"), (480, "8 hours"), (1440, "a day")]
SESSION_DAYS: Final = [(1, "a day"), (3, "3 days"), (7, "a week")]

_english = Locale("en")
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

# Every currency that is tender somewhere, as babel knows; any ISO 4217 code can be stored.
_TENDER: Final = sorted({code for country, _ in COUNTRIES for code in get_territory_currencies(country)})
CURRENCY_CODES: Final = tuple(code for code in _TENDER if get_currency_precision(code) <= KEPT_DECIMALS)
NOT_KEPT: Final = tuple(code for code in _TENDER if code not in CURRENCY_CODES)
CURRENCIES: Final = [(code, f"{code} – {_english.currencies.get(code, code)}") for code in CURRENCY_CODES]


def currency_of_country(country: str, default: str) -> str:
    """Its own where it has several; ``default`` for none, and where it is one whose amounts cannot be kept."""
    tender = [code for code in get_territory_currencies(country) if code in CURRENCY_CODES] if country else []
    return next((code for code in tender if code.startswith(country)), tender[0] if tender else default)


def zone_of_country(country: str, default: str) -> str:
    """The time zone of a country whose clocks all show the same; ``default`` elsewhere, or where it is one of its."""
    zones = _zones_by_country().get(country, [])
    if not zones or default in zones:
        return default
    moments = [datetime(timezone.now().year, month, 1, tzinfo=UTC) for month in (1, 7)]
    clocks = {tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments) for zone in zones}
    return zones[0] if len(clocks) == 1 else default


@lru_cache(maxsize=1)
def _zones_by_country() -> dict[str, list[str]]:
    """As the tz database says, the larger first."""
    found: dict[str, list[str]] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found.setdefault(country, []).append(zone)
    return found


@lru_cache(maxsize=1)
def time_zones() -> list[tuple[str, str]]:
    """Every zone of the tz database by name, sorted; reading the directory once costs some milliseconds."""
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if zone != "localtime"]
