"""Days, times, numbers and prices in the languages that creators can choose."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from html import escape

import pytest
from babel import Locale, localedata
from support.blocks.served import BLOCKS

from plugin_server.rendering.gate import check
from plugin_server.rendering.locale_formats import (
    format_compact,
    format_day,
    format_number,
    format_price,
    format_time,
)

# What the sidebars offer, whichever blocks there are.
OFFERED = sorted(
    {
        language
        for block in BLOCKS
        for setting in block.settings.settings
        if setting.name == "language"
        for language in setting.options
    }
)
UNKNOWN = [None, "", "xx", "en-US", "no such language", "en_US_POSIX_X", "de" * 500, "../de"]


def plain(text: str) -> str:
    """Return a text with ordinary spaces, to be compared with what one can type."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


def test_the_sidebars_offer_enough_languages() -> None:
    assert len(OFFERED) >= 20
    assert not [language for language in OFFERED if not localedata.exists(language)]


# Days


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en_US", "October 8, 2024"),
        ("en_GB", "8 October 2024"),
        ("de", "8. Oktober 2024"),
        ("fr", "8 octobre 2024"),
        ("es", "8 de octubre de 2024"),
        ("pt_BR", "8 de outubro de 2024"),
        ("pl", "8 października 2024"),
        ("cs", "8. října 2024"),
        ("tr", "8 Ekim 2024"),
        ("ja", "2024年10月8日"),
        ("ko", "2024년 10월 8일"),
        ("zh_Hans", "2024年10月8日"),
        ("he", "8 באוקטובר 2024"),
        ("ar", "8 أكتوبر 2024"),
        ("hi", "8 अक्टूबर 2024"),
    ],
)
def test_a_day_is_written_as_its_language_does(locale: str, expected: str) -> None:
    assert format_day(date(2024, 10, 8), locale) == expected


@pytest.mark.parametrize("locale", UNKNOWN)
def test_an_unknown_language_counts_as_american_english(locale: str | None) -> None:
    assert format_day(date(2024, 10, 8), locale) == "October 8, 2024"
    assert format_number(12480, locale) == "12,480"
    assert format_compact(12480, locale) == "12.4K"
    assert format_price(Decimal("9.5"), "EUR", locale) == "€9.50"


@pytest.mark.parametrize("moment", [datetime(2024, 10, 8, 8, tzinfo=UTC), datetime(2024, 10, 8)])
def test_no_moment_is_written_as_a_day_without_a_zone(moment: datetime) -> None:
    with pytest.raises(TypeError, match="depends on the zone"):
        format_day(moment)


@pytest.mark.parametrize(
    ("first", "expected"), [(date.max, "December 31, 9999"), (date.min, "January 1, 1")]
)
def test_the_first_and_the_last_day_are_written(first: date, expected: str) -> None:
    assert format_day(first) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        (None, "6:05\xa0PM"),
        ("en_GB", "18:05"),
        ("de", "18:05"),
        ("fi", "18.05"),
        ("xx", "6:05\xa0PM"),
    ],
)
def test_a_time_is_written_as_its_language_does(locale: str | None, expected: str) -> None:
    assert format_time(time(18, 5), locale) == expected


# Numbers


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en_US", "1,234,567"),
        ("de", "1.234.567"),
        ("fr", "1 234 567"),
        ("sv", "1 234 567"),
        ("hi", "12,34,567"),
        ("ar", "1,234,567"),
        ("ja", "1,234,567"),
    ],
)
def test_a_number_has_the_separators_of_its_language(locale: str, expected: str) -> None:
    assert plain(format_number(1_234_567, locale)) == expected


@pytest.mark.parametrize("value", [0, 7, -7, 10**30, -(10**30)])
def test_any_number_is_written_in_full(value: int) -> None:
    assert format_number(value).replace(",", "") == str(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1K"),
        (1999, "1.9K"),
        (12_480, "12.4K"),
        (129_999, "129K"),
        (999_999, "999K"),
        (1_999_999, "1.9M"),
        (10**9, "1B"),
        (-12_480, "-12.4K"),
        (10**30, "1000000000000000000T"),
    ],
)
def test_a_short_number_never_says_more_than_there_are(value: int, expected: str) -> None:
    assert format_compact(value).replace(",", "") == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en_GB", "12.4K"),
        ("fr", "12,4 k"),
        ("es", "12,4 mil"),
        ("sv", "12,4 tn"),
        ("ja", "1.2万"),
        ("zh_Hans", "1.2万"),
        ("he", "12.4K\u200f"),
        # These have no short form of thousands.
        ("de", "12.400"),
        ("it", "12.400"),
    ],
)
def test_a_short_number_is_that_of_its_language(locale: str, expected: str) -> None:
    assert plain(format_compact(12_480, locale)) == expected


def test_a_language_without_a_short_form_keeps_its_separators_below_zero() -> None:
    assert format_compact(-12_480, "de") == "-12.400"


# Prices


@pytest.mark.parametrize(
    ("locale", "cents", "whole"),
    [
        ("en_US", "€9.50", "€9"),
        ("en_GB", "€9.50", "€9"),
        ("de", "9,50 €", "9 €"),
        ("fr", "9,50 €", "9 €"),
        ("nl", "€ 9,50", "€ 9"),
        ("pt_BR", "€ 9,50", "€ 9"),
        ("tr", "€9,50", "€9"),
        ("hi", "€9.50", "€9"),
        ("ar", "\u200f9.50 €", "\u200f9 €"),
        ("he", "\u200f9.50 \u200f€", "\u200f9 \u200f€"),
    ],
)
def test_a_price_is_written_as_its_language_does(locale: str, cents: str, whole: str) -> None:
    assert plain(format_price(Decimal("9.5"), "EUR", locale)) == cents
    assert plain(format_price(Decimal("9.00"), "EUR", locale)) == whole


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1800", "JPY", "¥1,800"),
        ("1800.5", "JPY", "¥1,800"),
        ("15000", "KRW", "₩15,000"),
        ("1.5", "KWD", "KWD\u00a01.500"),
        ("2", "KWD", "KWD\u00a02"),
        ("9.99", "usd", "$9.99"),
        ("0", "USD", "$0"),
        ("-9", "USD", "-$9"),
        ("-9.5", "USD", "-$9.50"),
        ("0.001", "USD", "$0.00"),
        ("1000000000.25", "USD", "$1,000,000,000.25"),
        ("1E+30", "USD", "$1" + ",000" * 10),
    ],
)
def test_a_price_has_the_minor_units_of_its_currency_or_none(
    amount: str, currency: str, expected: str
) -> None:
    assert format_price(Decimal(amount), currency) == expected


@pytest.mark.parametrize("currency", [None, "", "XXZ", "EURO", "€", "<b>"])
def test_a_price_in_no_known_currency_is_a_bare_number(currency: str | None) -> None:
    assert format_price(Decimal("1234.5"), currency, "de") == "1.234,5"


@pytest.mark.slow
def test_every_language_of_babel_drops_zero_minor_units() -> None:
    for name in localedata.locale_identifiers():
        # A pattern whose number ended otherwise would be unchanged.
        assert Locale.parse(name).currency_formats["standard"].pattern.count("0.00") in (1, 2)
        assert ".00" not in format_price(Decimal(9), "EUR", name)


@pytest.mark.parametrize("locale", OFFERED)
def test_what_is_written_passes_the_check_of_blocks(locale: str) -> None:
    written = [
        format_number(-1_234_567, locale),
        format_compact(-12_480, locale),
        format_price(Decimal("-1234.5"), "EUR", locale),
        format_price(Decimal(12), "AED", locale),
        format_day(date(2024, 10, 8), locale) or "",
    ]
    assert all(written)
    lines = "".join(f"<p>{escape(text)}</p>" for text in written)
    assert check(f"<div>{lines}</div>") == []


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "expected"),
    [
        ("25", "CHF", "en_US", "CHF\u00a025"),
        ("12.345", "KWD", "en_US", "KWD\u00a012.345"),
        ("9.5", "USD", "en_GB", "US$9.50"),
    ],
)
def test_letters_of_a_currency_do_not_touch_the_number(
    amount: str, currency: str, locale: str, expected: str
) -> None:
    assert format_price(Decimal(amount), currency, locale) == expected
