"""Kit's rate limits. Source: https://developers.kit.com/api-reference/rate-limits"""

from collections import defaultdict, deque
from collections.abc import Callable
from threading import Lock

WINDOW_SECONDS = 60
PER_WINDOW = {"oauth": 600, "api_key": 120}


class RateLimits:
    """Counts the requests of each credential in a rolling window; threads may share it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Count with ``clock``, in Unix seconds."""
        self._clock = clock
        self._lock = Lock()
        self._seen: dict[tuple[str, int], deque[float]] = defaultdict(deque)

    def allow(self, credential: str, account: int) -> bool:
        """Count one request and tell whether it may go on.

        A refused request does not count: how Kit counts it is not documented, and this way a
        caller that keeps on trying is let in again.
        """
        now = self._clock()
        with self._lock:
            seen = self._seen[credential, account]
            while seen and seen[0] <= now - WINDOW_SECONDS:
                seen.popleft()
            if len(seen) >= PER_WINDOW[credential]:
                return False
            seen.append(now)
            return True
