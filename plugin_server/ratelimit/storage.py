"""Storage of the limits library: Redis or, while it does not respond, the process's memory."""

from limits.storage import MemoryStorage, RedisStorage
from typing_extensions import override

from plugin_server.store.redis import SharedRedis


def redis_storage(redis: SharedRedis) -> RedisStorage:
    """Return the library's storage in Redis, to be used within ``SharedRedis.call``."""
    pool = redis.client.connection_pool
    return RedisStorage(redis.url, connection_pool=pool, key_prefix=f"{redis.namespace}:limits")


class RedisOrMemory(MemoryStorage):
    """Storage of Flask-Limiter: Redis or, while it does not respond, this process.

    Flask-Limiter's own fallback fails requests that use a dead Redis at the same time.
    """

    STORAGE_SCHEME = ["redis-or-memory"]

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
