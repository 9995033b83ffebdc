"""Storage of the limits library: Redis or, while it does not respond, this process."""

import time
from collections.abc import Callable
from typing import NoReturn

from limits.storage import MovingWindowSupport, RedisStorage, Storage
from typing_extensions import override

from plugin_server.ratelimit.windows import WINDOW, LocalWindows
from plugin_server.store.redis import SharedRedis


def redis_storage(redis: SharedRedis) -> RedisStorage:
    """Return the library's storage in Redis, to be used within ``SharedRedis.call``."""
    pool = redis.client.connection_pool
    return RedisStorage(redis.url, connection_pool=pool, key_prefix=f"{redis.namespace}:limits")


class LocalStorage(Storage, MovingWindowSupport):
    """Storage of Flask-Limiter in this process, for limits per minute.

    With the library's own memory a request takes the longer the more clients there are: after 3,000 in a
    minute 2.0 ms, and 0.9 ms here at any time; see ``windows.py``.
    """

    STORAGE_SCHEME = ["this-process"]

    def __init__(self, uri: str = "", *, clock: Callable[[], float] = time.time) -> None:
        """Take the URI, which says nothing more, and a clock in Unix seconds."""
        super().__init__(uri)
        self._clock = clock
        self._windows = LocalWindows(clock)

    @property
    @override
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    @override
    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        if (expiry, amount) != (WINDOW, 1):
            raise ValueError(
                f"limits are per minute and count one by one, not {amount} in {expiry} s"
            )
        return self._windows.acquire(key, limit).granted

    @override
    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        return self._windows.usage(key)

    @override
    def check(self) -> bool:
        return True

    @override
    def reset(self) -> int:
        count, self._windows = len(self._windows), LocalWindows(self._clock)
        return count

    @override
    def clear(self, key: str) -> None:
        self._windows.clear(key)

    @override
    def incr(self, key: str, expiry: int, amount: int = 1) -> NoReturn:
        raise NotImplementedError("there are moving windows only")

    @override
    def get(self, key: str) -> NoReturn:
        raise NotImplementedError("there are moving windows only")

    @override
    def get_expiry(self, key: str) -> NoReturn:
        raise NotImplementedError("there are moving windows only")


class RedisOrLocalStorage(LocalStorage):
    """Storage of Flask-Limiter: Redis or, while it does not respond, this process.

    Flask-Limiter's own fallback fails requests that use a dead Redis at the same time.
    """

    STORAGE_SCHEME = ["redis-or-this-process"]

    def __init__(self, uri: str, *, redis: SharedRedis) -> None:
        super().__init__(uri)
        self._redis, self._shared = redis, redis_storage(redis)

    @override
    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        is_granted = self._redis.call(
            lambda: self._shared.acquire_entry(key, limit, expiry, amount), None
        )
        return (
            super().acquire_entry(key, limit, expiry, amount) if is_granted is None else is_granted
        )

    @override
    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        window = self._redis.call(lambda: self._shared.get_moving_window(key, limit, expiry), None)
        return super().get_moving_window(key, limit, expiry) if window is None else window
