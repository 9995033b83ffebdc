"""The two kinds of statistics of Kit's API, computed from a few numbers of an account."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

PERIOD_DAYS = 90


class BadPeriod(ValueError):
    """The period of the growth statistics is invalid; the response is 422 with ``messages``."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(*messages)
        self.messages = messages


def growth_stats(
    growth: Mapping[str, int], zone: tzinfo, query: Mapping[str, str], now: float
) -> dict[str, Any]:
    """Return the ``stats`` of a period, by default the last 90 days, in the account's time zone.

    Each end has the offset of its own day: whether Kit gives both that of today is not known.

    Args:
        growth: ``subscribers`` today, ``new_per_week`` and ``cancellations_per_week``.
        zone: of the account.
        query: ``starting`` and ``ending`` as they came, days as ``YYYY-MM-DD``.
        now: Unix seconds.

    Raises:
        BadPeriod: a day is invalid, or the period ends before it starts; the response is 422.
    """
    today = datetime.fromtimestamp(now, zone).date()
    errors: list[str] = []
    starting = _day(query, "starting", today - timedelta(days=PERIOD_DAYS), errors)
    ending = _day(query, "ending", today, errors)
    if not errors and starting > ending:
        errors.append("The starting date must be before the ending date.")
    if errors:
        raise BadPeriod(errors)
    days = (ending - starting).days + 1
    new = days * growth["new_per_week"] // 7
    gone = days * growth["cancellations_per_week"] // 7
    return {
        "cancellations": gone,
        "net_new_subscribers": new - gone,
        "new_subscribers": new,
        "subscribers": growth["subscribers"],
        "starting": datetime.combine(starting, time(), zone).isoformat(),
        "ending": datetime.combine(ending, time(23, 59, 59), zone).isoformat(),
    }


def email_stats(stats: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Return the ``stats`` of the emails of the last 90 days; ``now`` is in Unix seconds."""
    ending = datetime.fromtimestamp(int(now), UTC)
    starting = ending - timedelta(days=PERIOD_DAYS)
    return {
        "sent": stats["sent"],
        "clicked": stats["clicked"],
        "opened": stats["opened"],
        "email_stats_mode": f"last_{PERIOD_DAYS}",
        "open_tracking_enabled": stats["open_tracking_enabled"],
        "click_tracking_enabled": stats["click_tracking_enabled"],
        "starting": f"{starting:%Y-%m-%dT%H:%M:%SZ}",
        "ending": f"{ending:%Y-%m-%dT%H:%M:%SZ}",
    }


def _day(query: Mapping[str, str], name: str, default: date, errors: list[str]) -> date:
    text = query.get(name)
    if not text:
        return default
    try:
        # Only this format is documented, and ``date.fromisoformat`` accepts others.
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        errors.append(f"The {name} date must have the form YYYY-MM-DD.")
        return default
