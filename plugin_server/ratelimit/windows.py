"""What was taken in the last 60 seconds, by name: a rolling window, as Kit counts.

The limits library does this in Redis. Its own memory would start a thread for nearly every request, which
walks through all names.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from plugin_server.ratelimit.storage import redis_storage
from plugin_server.store.redis import SharedRedis

_WINDOW = 60.0


class Taken(NamedTuple):
    """Whether one was granted, how many are left, and the seconds until there is room if it was not."""

    granted: bool
    left: int
    wait: float


class OwnWindows:
    """The windows of one process. Threads may share them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that counts seconds and is never set back."""
        self._clock = clock
        # When each was taken, oldest first.
        self._taken: dict[str, deque[float]] = {}
        self._swept_at = clock()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many names are known."""
        return len(self._taken)

    def take(self, name: str, per_minute: int, *, kept: int = 0) -> Taken:
        """Take one of ``per_minute`` if more than ``kept``, which is less than that, are left."""
        with self._lock:
            now = self._clock()
            self._sweep(now)
            taken = self._taken.setdefault(name, deque())
            while taken and taken[0] <= now - _WINDOW:
                taken.popleft()
            if len(taken) + kept < per_minute:
                taken.append(now)
                return Taken(True, per_minute - len(taken), 0.0)
            # When this one ends, and all before it have, there is one more than is kept.
            last = taken[len(taken) + kept - per_minute]
            return Taken(False, per_minute - len(taken), last + _WINDOW - now)

    def _sweep(self, now: float) -> None:
        """Forget, once a minute, the names of which nothing was taken in the last one."""
        if now - self._swept_at >= _WINDOW:
            self._swept_at = now
            begin = now - _WINDOW
            self._taken = {name: each for name, each in self._taken.items() if each[-1] > begin}


class SharedWindows:
    """The windows that all processes share in Redis."""

    def __init__(self, redis: SharedRedis) -> None:
        """Take the Redis, which need not respond yet."""
        self._redis = redis
        self._limiter = MovingWindowRateLimiter(redis_storage(redis))

    def take(self, name: str, per_minute: int, *, kept: int = 0) -> Taken | None:
        """Take as ``OwnWindows`` does, but for ``wait``, which is until the oldest ends, whatever is kept.

        ``None`` means that Redis does not respond.
        """
        limit = RateLimitItemPerMinute(per_minute)

        def take() -> Taken:
            enough = self._limiter.test(limit, name, cost=1 + kept)
            granted = enough and self._limiter.hit(limit, name)
            window = self._limiter.get_window_stats(limit, name)
            wait = 0.0 if granted else window.reset_time - time.time()
            return Taken(granted, window.remaining, wait)

        return self._redis.call(take, None)
