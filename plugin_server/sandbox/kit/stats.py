"""The two kinds of statistics of Kit's API, computed from a few numbers of an account."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from plugin_server.sandbox.kit.moments import moment
from plugin_server.sandbox.kit.rejection import Rejected

PERIOD_DAYS = 90

# In per cent of the emails sent.
_RATES = {
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "bounce": "bounced",
}


def growth_stats(
    growth: Mapping[str, int],
    gained: Iterable[tuple[str, int]],
    zone: tzinfo,
    query: Mapping[str, str],
    now: float,
) -> dict[str, Any]:
    """Return the ``stats`` of a period, by default the last 90 days, in the account's time zone.

    Each end has the offset of its own day: whether Kit gives both that of today is not known.

    Args:
        growth: ``subscribers`` at the start, ``new_per_week`` and ``cancellations_per_week``.
        gained: when a subscriber was gained (1) or lost (-1) since the start.
        zone: of the account.
        query: ``starting`` and ``ending`` as they came, days as ``YYYY-MM-DD``.
        now: Unix seconds.

    Raises:
        Rejected: a day is invalid, or the period ends before it starts (422).
    """
    today = datetime.fromtimestamp(now, zone).date()
    errors: list[str] = []
    starting = _day(query, "starting", today - timedelta(days=PERIOD_DAYS), errors)
    ending = _day(query, "ending", today, errors)
    if not errors and starting > ending:
        errors.append("Starting date must be before the ending date.")
    if errors:
        raise Rejected(422, *errors)
    days = (ending - starting).days + 1
    new = days * growth["new_per_week"] // 7
    gone = days * growth["cancellations_per_week"] // 7
    subscribers = growth["subscribers"]
    for at, change in gained:
        subscribers += change
        if starting <= datetime.fromisoformat(at).astimezone(zone).date() <= ending:
            new, gone = new + (change > 0), gone + (change < 0)
    return {
        "cancellations": gone,
        "net_new_subscribers": new - gone,
        "new_subscribers": new,
        "subscribers": subscribers,
        "starting": datetime.combine(starting, time(), zone).isoformat(),
        "ending": datetime.combine(ending, time(23, 59, 59), zone).isoformat(),
    }


def email_stats(stats: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Return the ``stats`` of the emails of the last 90 days; ``now`` is in Unix seconds."""
    sent = stats["sent"]
    rates = {
        f"{name}_rate": round(100 * stats.get(number, 0) / sent, 2) if sent else 0.0
        for name, number in _RATES.items()
    }
    return {
        "sent": sent,
        "clicked": stats["clicked"],
        "opened": stats["opened"],
        "email_stats_mode": f"last_{PERIOD_DAYS}",
        "open_tracking_enabled": stats["open_tracking_enabled"],
        "click_tracking_enabled": stats["click_tracking_enabled"],
        "starting": moment(now - timedelta(days=PERIOD_DAYS).total_seconds()),
        "ending": moment(now),
        **rates,
    }


def _day(query: Mapping[str, str], name: str, default: date, errors: list[str]) -> date:
    text = query.get(name)
    if not text:
        return default
    try:
        # Only this format is documented, and ``date.fromisoformat`` accepts others.
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        errors.append(f"{name.capitalize()} date is incorrectly formatted. Use YYYY-MM-DD.")
        return default
