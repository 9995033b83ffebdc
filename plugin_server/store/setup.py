"""Opens what a configuration names: the database, and the Redis that processes share."""

from plugin_server.config.environment import Config
from plugin_server.store.base import Store
from plugin_server.store.encryption import Cipher
from plugin_server.store.redis import SharedRedis
from plugin_server.store.schema import count_connections, make_engine
from plugin_server.store.sql import SqlStore

# Database connections of each process, at most; look-ups in a SQLite file have their own.
MAX_POOL_SIZE = 16


def open_store(config: Config) -> Store:
    """Return the store in the configured database, whose schema must be current."""
    # A thread that waits for Kit has no connection, so there can be fewer of them than threads.
    engine = make_engine(config.sqlalchemy_url, pool_size=min(config.web_threads, MAX_POOL_SIZE))
    count_connections(engine)
    return SqlStore(engine, Cipher(config.encryption_keys))


def open_redis(config: Config) -> SharedRedis | None:
    """Return the Redis that processes share; ``None`` without ``REDIS_URL``."""
    if not config.redis_url:
        return None
    return SharedRedis(config.redis_url, namespace=f"plugin-server:{config.app_id}")
