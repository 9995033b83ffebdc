"""Since when a creator has been at work in the editor, which decides how new their data must be.

Nobody publishes a post, renames a form or picks brand colors without leaving the editor for a while. So
whoever arrives, or comes back after ``PAUSE``, is shown nothing that is older than a resource's ``fresh``.
Once loaded during the visit, it is good for much longer: creators who edit on, one change every few
seconds, neither wait for Kit nor have it asked for the same again and again.

Processes tell each other, because each of them serves only some of a visit's requests.
"""

import threading
from collections.abc import Callable
from typing import NamedTuple

from plugin_server.kit.cache.shared import SharedCache

# Seconds without a request after which the next one begins another visit.
PAUSE = 20.0
# Seconds after which a process tells the others again that a visit goes on.
_TELL_AGAIN = 8.0
# Visits that are known before those that are over are looked for, at first.
_MANY = 4096


class _Visit(NamedTuple):
    """Moments, in unix seconds: its beginning, its latest request here, and what others were told last."""

    began: float
    latest: float
    told: float


class Visits:
    """All accounts' visits. Threads may share it."""

    def __init__(self, clock: Callable[[], float], shared: SharedCache) -> None:
        """Take what time it is (unix seconds), and what other processes know."""
        self._clock, self._shared = clock, shared
        self._visits: dict[str, _Visit] = {}
        self._many = _MANY
        self._lock = threading.Lock()

    def note(self, account_id: str) -> float:
        """Note a request; return when its visit began (unix seconds)."""
        now = self._clock()
        known = self._visits.get(account_id)
        if known is not None and now - known.latest < PAUSE:
            began, told = known.began, known.told
        else:
            began, latest = self._shared.visit(account_id) or (now, now)
            # What lies ahead was noted by a clock that is not ours.
            began = began if now - latest < PAUSE and began <= now else now
            told = 0.0
        if now - told >= _TELL_AGAIN:
            self._shared.tell_visit(account_id, began, now)
            told = now
        with self._lock:
            self._visits[account_id] = _Visit(began, now, told)
            if len(self._visits) > self._many:
                self._drop_those_over(now)
        return began

    def forget(self, account_id: str) -> None:
        """Drop an account's visit; the others' is forgotten with all that is shared."""
        with self._lock:
            self._visits.pop(account_id, None)

    def _drop_those_over(self, now: float) -> None:
        self._visits = {
            account_id: visit
            for account_id, visit in self._visits.items()
            if now - visit.latest < PAUSE
        }
        self._many = max(_MANY, 2 * len(self._visits))
