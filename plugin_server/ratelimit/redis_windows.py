"""Rolling windows of 60 seconds that processes share in Redis, counted by the limits library."""

import time

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from plugin_server.ratelimit.storage import redis_storage
from plugin_server.ratelimit.windows import Outcome
from plugin_server.store.redis import SharedRedis


class RedisWindows:
    """The windows that all processes share in Redis."""

    def __init__(self, redis: SharedRedis) -> None:
        """Take the Redis, which need not respond yet."""
        self._redis = redis
        self._limiter = MovingWindowRateLimiter(redis_storage(redis))

    def acquire(self, name: str, per_minute: int, *, reserve: int = 0) -> Outcome | None:
        """As ``LocalWindows.acquire``, except that ``wait`` ignores the reserve.

        ``None`` means that Redis does not respond.
        """
        limit = RateLimitItemPerMinute(per_minute)

        def acquire() -> Outcome:
            is_enough = self._limiter.test(limit, name, cost=1 + reserve)
            granted = is_enough and self._limiter.hit(limit, name)
            window = self._limiter.get_window_stats(limit, name)
            wait = 0.0 if granted else window.reset_time - time.time()
            return Outcome(granted, window.remaining, wait)

        return self._redis.call(acquire, None)
