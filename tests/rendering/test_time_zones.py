"""Which day a moment is on, and which day a creator picked, in every kind of zone."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_server.rendering.time_zones import EARLIEST, LATEST, day_in, parse_time_zone, picked_day

NEW_YORK = "America/New_York"


def offset(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


# What Kit says of a zone


@pytest.mark.parametrize(
    "name",
    [
        *(NEW_YORK, "Pacific/Kiritimati", "Asia/Kolkata", "America/St_Johns"),
        *("US/Eastern", "Etc/GMT+11", "Etc/UTC", "America/Argentina/ComodRivadavia"),
    ],
)
def test_a_name_counts_and_its_offset_does_not(name: str) -> None:
    assert parse_time_zone(name, "+03:00") is ZoneInfo(name)
    assert parse_time_zone(f" {name}\n", None) is ZoneInfo(name)


NO_NAMES = [
    *(None, "", " ", "Eastern Time (US & Canada)", "Kathmandu", "Chatham Is.", "Moon/Base"),
    *("America", "America/", "..", "../UTC", "/etc/localtime", "zone.tab", "a" * 5000),
    *("\0", "\ud800", "Europe/Zürich", "-05:00"),
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_without_a_name_that_is_known_the_offset_counts(name: str | None) -> None:
    assert parse_time_zone(name, "-05:00") == offset(-5)
    assert parse_time_zone(name) is UTC


@pytest.mark.parametrize(
    ("utc_offset", "hours"),
    [
        *(("-05:00", -5), ("+13:45", 13.75), ("+05:30", 5.5), ("-03:30", -3.5), (" +14:00 ", 14)),
        *(("-11:00", -11), ("+0545", 5.75), ("Z", 0), ("+00:00", 0), ("-00:00", 0)),
        # A number, in hours, minutes or seconds, also as text.
        *((-5, -5), (14, 14), (5.75, 5.75), (0, 0), ("-5", -5), ("12.75", 12.75)),
        *((-300, -5), (840, 14), (15, 0.25), ("345", 5.75)),
        *((-18000, -5), (50400, 14), (900, 0.25), ("-12600", -3.5)),
    ],
)
def test_an_offset_is_read_in_any_form(utc_offset: Any, hours: float) -> None:
    assert parse_time_zone(None, utc_offset) == offset(hours)


@pytest.mark.parametrize(
    "utc_offset",
    [
        *(None, "", "five", "EST", "+14:01", "-15:00", "+99:00", "+05:99", "--05:00", "05:00:00"),
        *(50401, -86400, 10**400, 1e300, float("nan"), float("inf"), "nan", "1e999", "-"),
    ],
)
def test_without_anything_of_use_it_is_utc(utc_offset: Any) -> None:
    assert parse_time_zone("Nowhere/At_All", utc_offset) is UTC


@given(st.none() | st.text(), st.none() | st.integers() | st.floats() | st.text())
def test_any_time_zone_from_kit_gives_a_day(name: str | None, utc_offset: Any) -> None:
    assert (
        day_in(parse_time_zone(name, utc_offset), datetime(2026, 3, 2, 12, tzinfo=UTC)).year == 2026
    )


def test_zones_are_known_without_the_zones_of_the_system() -> None:
    program = (
        "from datetime import UTC, datetime; from plugin_server.rendering.time_zones import *;"
        f"print(day_in(parse_time_zone('{NEW_YORK}'), datetime(2026, 7, 2, 3, 30, tzinfo=UTC)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONTZPATH": ""}, capture_output=True, text=True
    )
    assert result.stdout == "2026-07-01\n", result.stderr


# The day of a moment


@pytest.mark.parametrize(
    ("name", "moment", "day"),
    [
        (NEW_YORK, "2026-03-02T03:30:00Z", "2026-03-01"),
        # Its clocks change on March 8 and November 1.
        (NEW_YORK, "2026-03-08T04:59:59Z", "2026-03-07"),
        (NEW_YORK, "2026-03-08T05:00:00Z", "2026-03-08"),
        (NEW_YORK, "2026-03-09T03:59:59Z", "2026-03-08"),
        (NEW_YORK, "2026-03-09T04:00:00Z", "2026-03-09"),
        (NEW_YORK, "2026-11-01T03:59:59Z", "2026-10-31"),
        (NEW_YORK, "2026-11-01T04:00:00Z", "2026-11-01"),
        (NEW_YORK, "2026-11-02T04:59:59Z", "2026-11-01"),
        (NEW_YORK, "2026-11-02T05:00:00Z", "2026-11-02"),
        # Changes at midnight: there is no 0:30 on one day, and there are two 23:30 on another.
        ("America/Santiago", "2026-09-06T03:59:59Z", "2026-09-05"),
        ("America/Santiago", "2026-09-06T04:00:00Z", "2026-09-06"),
        ("America/Santiago", "2026-04-05T03:30:00Z", "2026-04-04"),
        ("America/Santiago", "2026-04-05T04:00:00Z", "2026-04-05"),
        # Ends of years and of Februaries.
        ("Pacific/Kiritimati", "2026-12-31T10:00:00Z", "2027-01-01"),
        ("Pacific/Pago_Pago", "2027-01-01T10:59:59Z", "2026-12-31"),
        ("Pacific/Pago_Pago", "2027-01-01T11:00:00Z", "2027-01-01"),
        ("America/Los_Angeles", "2028-03-01T07:59:59Z", "2028-02-29"),
        ("Pacific/Auckland", "2028-02-28T11:00:00Z", "2028-02-29"),
        ("Pacific/Auckland", "2027-02-28T11:00:00Z", "2027-03-01"),
        # Halves and quarters of hours.
        ("Asia/Kolkata", "2026-06-30T18:29:59Z", "2026-06-30"),
        ("Asia/Kolkata", "2026-06-30T18:30:00Z", "2026-07-01"),
        ("Asia/Kathmandu", "2026-06-30T18:15:00Z", "2026-07-01"),
        ("America/St_Johns", "2026-07-01T02:29:59Z", "2026-06-30"),
        ("America/St_Johns", "2026-07-01T02:30:00Z", "2026-07-01"),
        ("America/St_Johns", "2026-01-01T03:29:59Z", "2025-12-31"),
        ("Pacific/Chatham", "2026-01-01T10:15:00Z", "2026-01-02"),
        # A moment given in another zone, or in none, which then is UTC.
        (NEW_YORK, "2026-03-02T05:30:00+02:00", "2026-03-01"),
        (NEW_YORK, "2026-03-02T03:30:00", "2026-03-01"),
        ("UTC", "2026-03-02T23:59:59Z", "2026-03-02"),
        # Longer ago than there were zones, and at the ends of time.
        (NEW_YORK, "1850-01-01T04:00:00Z", "1849-12-31"),
        (NEW_YORK, "0001-01-01T00:00:00Z", "0001-01-01"),
        ("Pacific/Kiritimati", "9999-12-31T23:00:00Z", "9999-12-31"),
    ],
)
def test_a_moment_is_on_the_day_of_the_zone(name: str, moment: str, day: str) -> None:
    assert day_in(ZoneInfo(name), datetime.fromisoformat(moment)).isoformat() == day


# The day that was picked

ZONES = [
    *("Pacific/Pago_Pago", "Pacific/Honolulu", NEW_YORK, "America/St_Johns", "UTC"),
    *("Africa/Cairo", "Asia/Kathmandu", "Pacific/Auckland", "Pacific/Chatham"),
    *("Pacific/Tongatapu", "Pacific/Kiritimati", "America/Santiago", "America/Havana"),
    *("Atlantic/Azores", "Australia/Lord_Howe", "Etc/GMT+12"),
]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the start of a day as a browser computes it."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC)
    minutes = (noon - timedelta(minutes=15 * n) for n in range(100))
    *_, first = (moment for moment in minutes if moment.astimezone(zone).date() == day)
    return first


@pytest.mark.parametrize("name", ZONES)
def test_each_day_of_a_year_is_recovered_from_its_midnight_in_the_accounts_zone(name: str) -> None:
    zone = ZoneInfo(name)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [picked_day(zone, midnight(day, zone)) for day in days] == days


@pytest.mark.parametrize("account", ZONES)
@pytest.mark.parametrize(
    "browser",
    ["Pacific/Honolulu", NEW_YORK, "UTC", "Asia/Dubai", "Asia/Kolkata", "Asia/Tokyo"],
)
@pytest.mark.parametrize("day", [date(2026, 10, 8), date(2028, 2, 29), date(2026, 12, 31)])
def test_a_browser_elsewhere_sends_midnights_that_are_understood(
    account: str, browser: str, day: date
) -> None:
    # But for a whole day between the two, see below.
    if (account, browser) != ("Pacific/Kiritimati", "Pacific/Honolulu"):
        assert picked_day(ZoneInfo(account), midnight(day, ZoneInfo(browser))) == day


@pytest.mark.parametrize(
    ("account", "browser", "days"),
    [
        ("Pacific/Auckland", "Pacific/Auckland", 0),
        (NEW_YORK, "Pacific/Auckland", -1),
        ("UTC", "Pacific/Kiritimati", -1),
        ("Asia/Tokyo", "Pacific/Tongatapu", -1),
        # 24 hours apart, both have the same midnights.
        ("Pacific/Kiritimati", "Pacific/Honolulu", 1),
        ("Pacific/Tongatapu", "Pacific/Pago_Pago", 1),
    ],
)
def test_what_cannot_be_known_is_a_day_off(account: str, browser: str, days: int) -> None:
    picked = date(2026, 12, 8)
    found = picked_day(ZoneInfo(account), midnight(picked, ZoneInfo(browser)))
    assert (found - picked).days == days


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("instant", [EARLIEST, LATEST])
def test_the_first_and_last_moments_have_days(name: str, instant: datetime) -> None:
    assert abs((picked_day(ZoneInfo(name), instant) - instant.date()).days) <= 1
