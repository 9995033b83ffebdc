"""What Kit has reported of an account's changes, and what that and a visit say of how new its data has to be.

Without ``KIT_WEBHOOKS=on`` nothing is reported, and visits alone decide; see ``visits.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Changes:
    """What Kit has reported of an account.

    ``since`` is from when on it reports every change, ``at`` when each kind of data changed last (unix
    seconds).
    """

    since: float
    at: Mapping[str, float] = field(default_factory=dict)


# Returns what Kit has reported of an account; ``None`` while it may change without a report.
FindChanges = Callable[[str], Changes | None]


def nothing_is_reported(_account_id: str) -> Changes | None:
    """Return ``None`` for every account."""
    return None


class Visit(NamedTuple):
    """How new an account's data has to be for one request.

    ``start`` is when the creator's visit started (unix seconds), ``changes`` what Kit has reported.
    """

    start: float
    changes: Changes | None = None


class Lifetime(NamedTuple):
    """The age from which on an entry is loaded again in the background, and that from which on it is stale.

    Both are in seconds.
    """

    due: float
    fresh: float


# Of an entry that was requested before what it holds has changed.
OUTDATED = Lifetime(0.0, 0.0)
