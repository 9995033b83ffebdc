"""The rate limit of each installation at the editor's endpoints.

The editor sends a request whenever a creator types or changes a setting, and for all blocks of an email at
once when it is opened: so each installation has a large burst of its own, which others cannot use up.
"""

import time
from collections.abc import Callable

from limits import RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter
from werkzeug import Request

from plugin_server.ratelimit.networks import network_of
from plugin_server.ratelimit.responses import too_many_requests
from plugin_server.ratelimit.storage import redis_storage
from plugin_server.store.redis import SharedRedis

# Seconds.
_SWEEP = 60.0


class InstallationLimit:
    """A number of requests a minute for each installation, which may come all at once.

    Each process counts for itself, by the time when an installation's burst will be restored (the generic
    cell rate algorithm). The library's own memory would start a thread and walk all its keys a hundred times
    a second. With Redis, processes add up what they counted, in batches of a twelfth of the limit: so Redis
    is used for the busy installations only, and then rarely.
    """

    def __init__(
        self,
        per_minute: int,
        redis: SharedRedis | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the limit, the Redis that processes share, and a clock in seconds."""
        self._item = RateLimitItemPerMinute(per_minute)
        self._interval, self._clock = 60 / per_minute, clock
        self._restored_at: dict[str, float] = {}
        self._swept_at = clock()
        self._batch = max(1, per_minute // 12)
        self._uncounted: dict[str, int] = {}
        self._redis = redis
        if redis:
            self._shared = SlidingWindowCounterRateLimiter(redis_storage(redis))

    def check(self, installation: str) -> None:
        """Count a request of an installation, or refuse it.

        Raises:
            TooManyRequests: 429, with the seconds until it may.
        """
        now = self._clock()
        restored_at = max(self._restored_at.get(installation, 0.0), now) + self._interval
        if restored_at - now > 60:
            raise too_many_requests(restored_at - now - 60)
        self._restored_at[installation] = restored_at
        if self._redis:
            self._count(self._redis, installation)
        if now - self._swept_at > _SWEEP:
            self._sweep(now)

    def check_request(self, request: Request, account_id: str) -> None:
        """As ``check``, for the account of a request; blocks that are open to everyone count by network."""
        self.check(account_id or f"network {network_of(request.remote_addr)}")

    def _count(self, redis: SharedRedis, installation: str) -> None:
        """Add a batch in Redis when it is full."""
        uncounted = self._uncounted.get(installation, 0) + 1
        self._uncounted[installation] = uncounted % self._batch
        if uncounted < self._batch:
            return
        reset = redis.call(lambda: self._reset_of_full_window(installation), None)
        if reset is None:
            return
        wait = min(max(reset - time.time(), 1), 60)
        # Refuse here until then, without Redis.
        self._restored_at[installation] = self._clock() + 60 + wait
        raise too_many_requests(wait)

    def _reset_of_full_window(self, installation: str) -> float | None:
        """Count a batch; return when the next one is allowed (unix seconds), ``None`` if this one was."""
        if self._shared.hit(self._item, "editor", installation, cost=self._batch):
            return None
        return self._shared.get_window_stats(self._item, "editor", installation).reset_time

    def _sweep(self, now: float) -> None:
        """Drop installations whose burst is restored."""
        self._swept_at = now
        for installation, restored_at in list(self._restored_at.items()):
            if restored_at < now:
                self._restored_at.pop(installation, None)
                self._uncounted.pop(installation, None)
