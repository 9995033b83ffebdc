"""The Redis that processes and machines share: its connections, and one circuit breaker for all commands.

Redis is optional: without it, each process goes on with what it has in memory. So errors of Redis are
suppressed, and cost a request one timeout at most, however many commands it sends: the first failure opens
the circuit for all threads of the process, and then only one command in RETRY_INTERVAL seconds is tried.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from plugin_server.blocking import before_blocking
from plugin_server.observe import metrics

log = logging.getLogger(__name__)

# Seconds: for a connection, and for each response.
TIMEOUT = 1.0
# Seconds between attempts while the circuit is open.
RETRY_INTERVAL = 5.0

T = TypeVar("T")


class SharedRedis:
    """One process's connections to Redis. Threads may share it; it connects when it is first used.

    Attributes:
        client: of redis-py, for commands within ``call``.
        namespace: the prefix of the app's keys, so that several apps can share a Redis.
    """

    def __init__(
        self,
        url: str,
        *,
        namespace: str = "plugin-server",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the URL of Redis, the app's namespace and a clock in seconds that is never set back."""
        import redis  # an extra: servers without REDIS_URL need not have it

        # Without the library's retries, each of which would wait for another timeout.
        pool = redis.ConnectionPool.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
        self.url, self.namespace = url, namespace
        self.client = redis.Redis(connection_pool=pool)
        self._errors = (redis.RedisError, OSError)
        # The lock has expired or belongs to another process: an error of the library, not of Redis.
        self._lock_error = redis.exceptions.LockError
        self._clock = clock
        self._lock = threading.Lock()
        self._is_open = False
        self._next_attempt = 0.0

    @property
    def may_respond(self) -> bool:
        """Whether ``call`` would try a command, so that an expensive one is not prepared for nothing."""
        return not self._is_open or self._clock() >= self._next_attempt

    def call(self, command: Callable[[], T], otherwise: T) -> T:
        """Return what a command of ``client`` returns; ``otherwise`` when it fails or the circuit is open."""
        if not self._may_try():
            return otherwise
        before_blocking()
        try:
            result = command()
        except self._lock_error:
            return otherwise
        except self._errors as error:
            self._open_circuit(error)
            return otherwise
        if self._is_open:
            self._close_circuit()
        return result

    def is_available(self) -> bool:
        """Return whether Redis responds; while the circuit is open, it is tried as rarely as any command."""
        return self.call(lambda: bool(self.client.ping()), otherwise=False)

    def _may_try(self) -> bool:
        """Return whether the circuit is closed, or the next attempt is due and this thread may make it."""
        if not self._is_open:
            return True
        with self._lock:
            now = self._clock()
            if now < self._next_attempt:
                return False
            self._next_attempt = now + RETRY_INTERVAL
            return True

    def _open_circuit(self, error: Exception) -> None:
        with self._lock:
            was_open, self._is_open = self._is_open, True
            self._next_attempt = self._clock() + RETRY_INTERVAL
        metrics.REDIS_FAILURES.labels("redis").inc()
        metrics.REDIS_UNAVAILABLE.labels("redis").set(1)
        if not was_open:
            log.warning(
                "Redis does not respond (%s); each process goes on without it",
                type(error).__name__,
            )

    def _close_circuit(self) -> None:
        with self._lock:
            was_open, self._is_open = self._is_open, False
        metrics.REDIS_UNAVAILABLE.labels("redis").set(0)
        if was_open:
            log.info("Redis responds again")
