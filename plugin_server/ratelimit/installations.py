"""The rate limit of each installation at the editor's endpoints.

The editor asks whenever a creator types or changes a setting, and for all blocks of an email at once when
it is opened: so each installation has a generous burst of its own, which others cannot use up.
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
    """So many requests a minute for each installation, all of them at once if need be.

    Each process counts for itself, by when an installation's burst will be whole again (the generic cell
    rate algorithm). The library's own memory would start a thread and walk all its keys a hundred times
    a second. With Redis, processes add up what they counted, a twelfth of the limit at a time: so Redis
    is asked for the busy installations only, and then rarely.
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
        self._whole_at: dict[str, float] = {}
        self._swept_at = clock()
        self._batch = max(1, per_minute // 12)
        self._uncounted: dict[str, int] = {}
        self._redis = redis
        if redis:
            self._shared = SlidingWindowCounterRateLimiter(redis_storage(redis))

    def require(self, installation: str) -> None:
        """Return when an installation may ask once more.

        Raises:
            TooManyRequests: 429, with the seconds until it may.
        """
        now = self._clock()
        whole_at = max(self._whole_at.get(installation, 0.0), now) + self._interval
        if whole_at - now > 60:
            raise too_many_requests(whole_at - now - 60)
        self._whole_at[installation] = whole_at
        if self._redis:
            self._count(self._redis, installation)
        if now - self._swept_at > _SWEEP:
            self._sweep(now)

    def require_of(self, request: Request, account_id: str) -> None:
        """As ``require``, for the account of a request; blocks open to everyone count by network."""
        self.require(account_id or f"network {network_of(request.remote_addr)}")

    def _count(self, redis: SharedRedis, installation: str) -> None:
        """Tell the others when another batch is full."""
        uncounted = self._uncounted.get(installation, 0) + 1
        self._uncounted[installation] = uncounted % self._batch
        if uncounted < self._batch:
            return
        reset = redis.call(lambda: self._reset_of_full_window(installation), None)
        if reset is None:
            return
        wait = min(max(reset - time.time(), 1), 60)
        # Nothing more from here until then.
        self._whole_at[installation] = self._clock() + 60 + wait
        raise too_many_requests(wait)

    def _reset_of_full_window(self, installation: str) -> float | None:
        """Count a batch; return when there is room again (unix seconds), ``None`` if there is some."""
        if self._shared.hit(self._item, "editor", installation, cost=self._batch):
            return None
        return self._shared.get_window_stats(self._item, "editor", installation).reset_time

    def _sweep(self, now: float) -> None:
        """Forget installations whose burst is whole again."""
        self._swept_at = now
        for installation, whole_at in list(self._whole_at.items()):
            if whole_at < now:
                self._whole_at.pop(installation, None)
                self._uncounted.pop(installation, None)
