"""Numbers, prices and days as people write them in the language that a creator chooses."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import (
    UnknownCurrencyError,
    format_compact_decimal,
    format_currency,
    format_decimal,
    get_currency_precision,
    validate_currency,
)

DEFAULT = "en_US"


@lru_cache(maxsize=256)
def _locale(name: str | None) -> Locale:
    try:
        return Locale.parse(name or DEFAULT)
    except (ValueError, UnknownLocaleError):
        return Locale.parse(DEFAULT)


def day(moment: datetime | date | None, locale: str | None = None) -> str | None:
    """Return a day such as ``October 8, 2024``; of a moment, the day in UTC; ``None`` for ``None``.

    Args:
        moment: when; Kit's times are UTC.
        locale: such as ``en_US`` or ``de``; one that Babel does not know counts as ``en_US``.
    """
    if moment is None:
        return None
    if isinstance(moment, datetime):
        moment = (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    return str(format_date(moment, "long", locale=_locale(locale)))


def number(value: int | Decimal, locale: str | None = None) -> str:
    """Return a number with the separators of its language, such as ``12,480``."""
    return str(format_decimal(value, locale=_locale(locale)))


def compact(value: int, locale: str | None = None) -> str:
    """Return a number rounded down to at most three digits, such as ``12.4K``."""
    step = 10 ** max(0, len(str(abs(value))) - 3)
    rounded = value // step * step
    short = str(format_compact_decimal(rounded, locale=_locale(locale), fraction_digits=1))
    # Some languages have no short form of thousands.
    return number(rounded, locale) if short.isdecimal() else short


def price(amount: Decimal, currency: str | None, locale: str | None = None) -> str:
    """Return a price such as ``$9.99``; without minor units when there are none (``€12``).

    Args:
        amount: in units of the currency.
        currency: ISO 4217; ``None`` or an unknown one gives the bare number.
        locale: as for ``day``.
    """
    try:
        code = (currency or "").upper()
        validate_currency(code)
    except UnknownCurrencyError:
        return number(amount, locale)
    whole = amount == amount.to_integral_value()
    if not whole or not get_currency_precision(code):
        return str(format_currency(amount, code, locale=_locale(locale)))
    pattern = _locale(locale).currency_formats["standard"].pattern.replace(".00", "")
    return str(
        format_currency(amount, code, format=pattern, locale=_locale(locale), currency_digits=False)
    )
