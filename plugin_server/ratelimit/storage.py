"""Where the limits library counts: in Redis or, while it does not respond, in the process's memory."""

from limits.storage import MemoryStorage, RedisStorage

from plugin_server.store.redis import SharedRedis


def redis_storage(redis: SharedRedis) -> RedisStorage:
    """Return where the limits library counts in Redis; its errors are for ``SharedRedis.call``."""
    pool = redis.client.connection_pool
    return RedisStorage(redis.url, connection_pool=pool, key_prefix=f"{redis.namespace}:limits")


class RedisOrMemory(MemoryStorage):
    """Where Flask-Limiter counts: in Redis or, while it does not respond, in this process.

    Flask-Limiter's own way to fall back fails requests that run into a dead Redis at the same time.
    """

    STORAGE_SCHEME = ["redis-or-memory"]

    def __init__(self, uri: str, *, redis: SharedRedis) -> None:
        super().__init__(uri)
        self._redis, self._shared = redis, redis_storage(redis)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count; false when that would be too many."""
        taken = self._redis.call(
            lambda: self._shared.acquire_entry(key, limit, expiry, amount), None
        )
        return super().acquire_entry(key, limit, expiry, amount) if taken is None else taken

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the window began (unix seconds), and how many are in it."""
        window = self._redis.call(lambda: self._shared.get_moving_window(key, limit, expiry), None)
        return super().get_moving_window(key, limit, expiry) if window is None else window
