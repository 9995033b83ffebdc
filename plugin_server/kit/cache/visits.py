"""Visits: a creator's editing sessions, which decide how new their data must be.

A visit is a series of requests without a pause of ``PAUSE`` seconds. Creators do not publish a post, rename a
form or pick brand colors without leaving the editor for a while. So at the start of a visit nothing is shown
that is older than a resource's ``fresh``. What was loaded during the visit is fresh for much longer
(``fresh_in_visit``): creators who go on editing, one change every few seconds, do not wait for Kit, and the
same data is not requested again and again.

Processes share visits, because each of them serves only some of a visit's requests.
"""

import threading
from collections.abc import Callable
from typing import NamedTuple

from plugin_server.kit.cache.shared import SharedCache

# Seconds without a request after which the next one starts another visit.
PAUSE = 20.0
# Seconds after which a process shares again that a visit goes on.
_SHARE_INTERVAL = 8.0
# Number of visits from which on those that have ended are dropped, at first.
_MANY = 4096


class _Visit(NamedTuple):
    """Times in unix seconds: its start, its latest request in this process, and when it was shared last."""

    start: float
    latest: float
    shared_at: float


class Visits:
    """The visits of all accounts. Threads may share it."""

    def __init__(self, clock: Callable[[], float], shared: SharedCache) -> None:
        """Take a clock (unix seconds), and what processes share."""
        self._clock, self._shared = clock, shared
        self._visits: dict[str, _Visit] = {}
        self._many = _MANY
        self._lock = threading.Lock()

    def record_request(self, account_id: str) -> float:
        """Record a request; return when its visit started (unix seconds)."""
        now = self._clock()
        known = self._visits.get(account_id)
        if known is not None and now - known.latest < PAUSE:
            start, shared_at = known.start, known.shared_at
        else:
            start, latest = self._shared.find_visit(account_id) or (now, now)
            # A time in the future comes from another machine's clock.
            start = start if now - latest < PAUSE and start <= now else now
            shared_at = 0.0
        if now - shared_at >= _SHARE_INTERVAL:
            self._shared.save_visit(account_id, start, now)
            shared_at = now
        with self._lock:
            self._visits[account_id] = _Visit(start, now, shared_at)
            if len(self._visits) > self._many:
                self._drop_ended(now)
        return start

    def evict(self, account_id: str) -> None:
        """Drop an account's visit in this process; the shared one goes with ``SharedCache.evict``."""
        with self._lock:
            self._visits.pop(account_id, None)

    def _drop_ended(self, now: float) -> None:
        self._visits = {
            account_id: visit
            for account_id, visit in self._visits.items()
            if now - visit.latest < PAUSE
        }
        self._many = max(_MANY, 2 * len(self._visits))
