"""Formats numbers, prices, days and times for a locale (CLDR, through Babel)."""

import re
from datetime import date, datetime, time
from decimal import ROUND_DOWN, Context, Decimal, localcontext
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.dates import format_time as babel_time
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
)
from babel.numbers import is_currency as is_known_currency

DEFAULT = "en_US"
_TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")

# Babel rounds by the decimal context, and fails on numbers of more digits than its precision, which is 28
# by default.
_LONG = Context(prec=100)
_LONG_DOWN = Context(prec=100, rounding=ROUND_DOWN)


@lru_cache(maxsize=256)
def _locale(name: str | None) -> Locale:
    try:
        return Locale.parse(name or DEFAULT)
    except (ValueError, UnknownLocaleError):
        return Locale.parse(DEFAULT)


@lru_cache(maxsize=1024)
def format_day(when: date, locale: str | None = None) -> str:
    """Return a day such as ``October 8, 2024``.

    Args:
        when: a day; ``time_zones.day_in`` returns that of a moment.
        locale: such as ``en_US`` or ``de``; one that Babel does not know means ``en_US``.

    Raises:
        TypeError: ``when`` is a moment, whose day depends on the zone.
    """
    if isinstance(when, datetime):
        raise TypeError("the day of a moment depends on the zone; use day_in")
    return str(format_date(when, "long", locale=_locale(locale)))


@lru_cache(maxsize=1024)
def format_time(when: time, locale: str | None = None) -> str:
    """Return a time of day such as ``6:30 PM`` or ``18:30``; the locale is as for ``format_day``."""
    # CLDR's narrow no-break space is missing in fonts of old mail clients.
    return str(babel_time(when, "short", locale=_locale(locale))).replace("\u202f", "\u00a0")


@lru_cache(maxsize=1024)
def format_number(value: int | Decimal, locale: str | None = None) -> str:
    """Return a number with the separators of its language, such as ``12,480``."""
    with localcontext(_LONG):
        return str(format_decimal(value, locale=_locale(locale)))


@lru_cache(maxsize=1024)
def format_compact(value: int, locale: str | None = None) -> str:
    """Return a number truncated to three significant digits, such as ``12.4K``.

    In a language without a short form, zeros follow these digits: ``12.400``.
    """
    step = 10 ** max(0, len(str(abs(value))) - 3)
    # Towards zero: ``//`` alone would make -12,500 of -12,480.
    cut = abs(value) // step * step * (-1 if value < 0 else 1)
    with localcontext(_LONG_DOWN):
        short = str(format_compact_decimal(cut, locale=_locale(locale), fraction_digits=1))
    return format_number(cut, locale) if short.removeprefix("-").isdecimal() else short


def is_currency(code: str | None) -> bool:
    """Return whether a code is one of ISO 4217, in upper or lower case."""
    return is_known_currency((code or "").upper())


@lru_cache(maxsize=1024)
def format_price(amount: Decimal, currency: str | None, locale: str | None = None) -> str:
    """Return a price such as ``$9.99``; without minor units if they are zero (``€12``).

    Args:
        amount: in units of the currency.
        currency: ISO 4217; for ``None`` or an unknown one, the number alone is returned.
        locale: as for ``format_day``.
    """
    code = (currency or "").upper()
    if not is_currency(code):
        return format_number(amount, locale)
    language = _locale(locale)
    with localcontext(_LONG):
        if amount != amount.to_integral_value():
            return _spaced(format_currency(amount, code, locale=language))
        # The number in every language's pattern ends like this; Babel has no option to drop it.
        pattern = language.currency_formats["standard"].pattern.replace(".00", "")
        return _spaced(
            format_currency(amount, code, format=pattern, locale=language, currency_digits=False)
        )


def _spaced(price: str) -> str:
    """Return a price with a no-break space between letters and digits, as in ``CHF 25``.

    CLDR requires it for a currency without a sign of its own; Babel leaves it out.
    """
    return _TOUCHING.sub("\u00a0", price)
