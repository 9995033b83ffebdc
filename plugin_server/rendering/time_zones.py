"""Time zones of accounts, and the calendar day of a moment in a time zone."""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# Moments between these have a calendar day in every zone.
EARLIEST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
# No place is farther from UTC.
_FARTHEST = timedelta(hours=14)
# The possible units of a number, tried in this order. All real offsets are whole quarters of an hour, so
# none in minutes is small enough for hours, nor one in seconds for minutes.
_UNITS = (timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))


@lru_cache(maxsize=1024)
def parse_time_zone(name: str | None, utc_offset: str | float | None = None) -> tzinfo:
    """Return the time zone of an account as Kit describes it; UTC if neither argument is usable.

    Args:
        name: as in the IANA database, such as ``America/New_York``, which includes daylight saving. Any
            other name, such as Rails's ``Eastern Time (US & Canada)``, is ignored.
        utc_offset: such as ``-05:00``, the same throughout the year; used if there is no usable name.
            Kit documents text; a number is read as hours, minutes or seconds, the first that is possible.

    Source: https://developers.kit.com/api-reference/accounts/get-current-account
    """
    return _named(name) or _at_offset(utc_offset) or UTC


def _named(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo((name or "").strip())
    except (KeyError, ValueError, OSError):  # unknown; not a valid name; the name of a folder
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
    """Return the calendar day of a moment in a zone; a moment without a zone of its own is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(zone).date()
    except OverflowError:  # within the first or last hours that Python supports
        return moment.date()


def picked_day(zone: tzinfo, instant: datetime) -> date:
    """Return the day that a creator picked, given the instant that Kit's date picker sends for it.

    The instant is midnight in the creator's browser: 8 October picked in Dubai arrives as
    ``-10-07T20:00Z``. If it is a midnight of the account's zone, the day there is returned; so it is in
    a night without a midnight for the moment at which the clocks skip it. Any other instant comes from
    a browser in another zone, which the request does not name. Then the nearest midnight of UTC
    is on the picked day if that zone is -11 to +12 hours ahead of UTC. For +13 and +14 (Tonga, Samoa,
    Kiribati's Line Islands, New Zealand in summer) it is the day before: their midnights are those of
    -11 and -10 (Pago Pago, Hawaii) a day earlier. For the same reason a creator in Pago Pago whose
    account is in one of those zones gets the day after.

    Args:
        zone: of the account; UTC if Kit does not send it.
        instant: aware, and between ``EARLIEST`` and ``LATEST``.
    """
    instant = instant.astimezone(UTC)
    day = instant.astimezone(zone).date()
    # Compared in UTC: times that a zone skips or repeats are unequal to all times of other zones (PEP 495).
    if datetime.combine(day, time(), zone).astimezone(UTC) == instant:
        return day
    return (instant + timedelta(hours=12)).date()
