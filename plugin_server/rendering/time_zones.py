"""The day of a moment: at the same moment, calendars in two places may show two days."""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# Between these, a moment has a day in every zone.
EARLIEST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
# No place is farther from UTC.
_FARTHEST = timedelta(hours=14)
# What a number may count, tried in this order. All real offsets are whole quarters of an hour, so none
# in minutes is small enough for hours, nor one in seconds for minutes.
_UNITS = (timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))


@lru_cache(maxsize=1024)
def parse_time_zone(name: str | None, utc_offset: str | float | None = None) -> tzinfo:
    """Return the time zone that Kit describes; UTC where it says nothing that can be used.

    Args:
        name: as in the IANA database, such as ``America/New_York``; it knows daylight saving. Any
            other, such as Rails's ``Eastern Time (US & Canada)``, counts as absent.
        utc_offset: such as ``-05:00``, for all of the year; used where there is no name. Kit
            documents text; a number is taken for hours, minutes or seconds, whichever it can be.

    Source: https://developers.kit.com/api-reference/accounts/get-current-account
    """
    return _named(name) or _at_offset(utc_offset) or UTC


def _named(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo((name or "").strip())
    except (KeyError, ValueError, OSError):  # unknown; no name at all; the name of a folder
        return None


def _at_offset(utc_offset: str | float | None) -> timezone | None:
    written = str(utc_offset).strip()
    try:
        offset = datetime.strptime(written, "%z").utcoffset()
    except ValueError:
        offset = _of_number(written)
    return timezone(offset) if offset is not None and abs(offset) <= _FARTHEST else None


def _of_number(written: str) -> timedelta | None:
    try:
        number = float(written)
    except ValueError:
        return None
    possible = (unit for unit in _UNITS if abs(number) <= _FARTHEST / unit)
    return next((number * unit for unit in possible), None)


def day_in(zone: tzinfo, moment: datetime) -> date:
    """Return the day of ``moment`` in a zone; a moment without a zone of its own is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(zone).date()
    except OverflowError:  # in the first or last hours that Python knows
        return moment.date()


def picked_day(zone: tzinfo, instant: datetime) -> date:
    """Return the day that a creator picked, given the instant that Kit's date picker sends for it.

    That is the midnight of the creator's browser: 8 October picked in Dubai arrives as
    ``-10-07T20:00Z``. A midnight of the account's zone is taken for that, whatever its offset, and in
    a night without a midnight so is the moment at which the clocks skip it. Any other instant comes
    from a browser in another zone, which the request does not name. Then the nearest midnight of UTC
    is on the picked day if that zone is -11 to +12 hours ahead of UTC. For +13 and +14 (Tonga, Samoa,
    Kiribati's Line Islands, New Zealand in summer) it is the day before: their midnights are those of
    -11 and -10 (Pago Pago, Hawaii) a day earlier. For the same reason a creator in Pago Pago whose
    account is in one of those zones gets the day after.

    Args:
        zone: that of the account; UTC where Kit does not tell it.
        instant: aware, and between ``EARLIEST`` and ``LATEST``.
    """
    instant = instant.astimezone(UTC)
    day = instant.astimezone(zone).date()
    # Compared in UTC: times that a zone skips or repeats equal none of another zone (PEP 495).
    if datetime.combine(day, time(), zone).astimezone(UTC) == instant:
        return day
    return (instant + timedelta(hours=12)).date()
