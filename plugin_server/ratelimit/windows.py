"""Rolling windows of 60 seconds, as Kit counts: how much was used of a limit, by name.

In one process the window is a deque of times. The limits library's own memory would start a thread for nearly
every request, which walks through all names; in Redis the library is used: see ``redis_windows.py``.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

# Seconds.
WINDOW = 60.0


class Outcome(NamedTuple):
    """Whether one was granted, how many remain, and the seconds until one will be granted if not."""

    granted: bool
    remaining: int
    wait: float


class LocalWindows:
    """The windows of one process. Threads may share them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock in seconds."""
        self._clock = clock
        # The times of what was granted, oldest first.
        self._granted: dict[str, deque[float]] = {}
        self._swept_at = clock()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many names have a window."""
        return len(self._granted)

    def acquire(self, name: str, per_minute: int, *, reserve: int = 0) -> Outcome:
        """Use one of ``per_minute`` if more than ``reserve``, which is less than that, remain."""
        with self._lock:
            now = self._clock()
            self._sweep(now)
            granted = self._granted.setdefault(name, deque())
            _drop_old(granted, now)
            if len(granted) + reserve < per_minute:
                granted.append(now)
                return Outcome(True, per_minute - len(granted), 0.0)
            # When this one and all before it leave the window, one more than the reserve remains.
            last = granted[len(granted) + reserve - per_minute]
            return Outcome(False, per_minute - len(granted), last + WINDOW - now)

    def usage(self, name: str) -> tuple[float, int]:
        """Return when the oldest of this window was granted, now if none was, and how many were."""
        with self._lock:
            now = self._clock()
            granted = self._granted.get(name) or deque()
            _drop_old(granted, now)
            return (granted[0] if granted else now), len(granted)

    def clear(self, name: str) -> None:
        """Return to a name all that it has used."""
        with self._lock:
            self._granted.pop(name, None)

    def _sweep(self, now: float) -> None:
        """Drop, once a minute, the windows that are empty."""
        if now - self._swept_at >= WINDOW:
            self._swept_at = now
            start = now - WINDOW
            windows = self._granted.items()
            self._granted = {name: each for name, each in windows if each and each[-1] > start}


def _drop_old(granted: deque[float], now: float) -> None:
    """Drop the times that have left the window."""
    while granted and granted[0] <= now - WINDOW:
        granted.popleft()
