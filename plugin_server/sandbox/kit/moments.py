"""Times as Kit's API writes and reads them: UTC, ``2026-03-01T07:00:00Z``."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_RELATIVE = re.compile(r"\{now([+-]\d+)([dhms])\}")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def moment(seconds: float) -> str:
    """Return Unix seconds as Kit writes them."""
    return f"{datetime.fromtimestamp(int(seconds), UTC).isoformat()[:19]}Z"


def seconds_of(text: str) -> float:
    """Return the Unix seconds of a time or a day; without a zone it is in UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def with_milliseconds(text: str) -> str:
    """Return a time as Kit writes it in cursors and to legacy webhooks."""
    return f"{moment(seconds_of(text))[:-1]}.000Z"


def read_moment(value: Any) -> str:
    """Return a time of a request as Kit writes it; raises ValueError for what is not one.

    Without a zone, as PHP's clients send it, a time is in UTC.
    """
    if not isinstance(value, str) or len(value) < 10:
        raise ValueError(f"{value} is not a time")
    return moment(seconds_of(value))


def resolve_moments(text: str, now: float) -> str:
    """Replace times that an account file counts from now, such as ``{now-400d}`` or ``{now+2h}``."""

    def resolve(found: re.Match[str]) -> str:
        return moment(now + timedelta(**{_UNITS[found[2]]: int(found[1])}).total_seconds())

    return _RELATIVE.sub(resolve, text)
