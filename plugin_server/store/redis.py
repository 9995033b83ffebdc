"""The Redis that processes and machines share: its connections, and a circuit breaker for all who use it.

Redis is a help here, never a need: each user goes on with what its own process knows. So whatever fails in
Redis reaches nobody, and it costs a request one timeout at most, however many things it wants of Redis: the
first failure opens the circuit for everyone in the process, and from then on only one caller in SILENCE
seconds tries again.
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
# Seconds between attempts while Redis does not respond.
SILENCE = 5.0

T = TypeVar("T")


class SharedRedis:
    """One process's way to Redis. Threads may share it; it connects when it is first used.

    Attributes:
        client: Redis, for commands that are given to ``call``.
        namespace: what the app's keys begin with, so that several apps can share a Redis.
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

        # Without the library's retries, each of which would take another timeout.
        pool = redis.ConnectionPool.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
        self.url, self.namespace = url, namespace
        self.client = redis.Redis(connection_pool=pool)
        self._errors = (redis.RedisError, OSError)
        # Somebody else has the lock by now: an error of Redis's library, and no failure of Redis.
        self._lost_lock = redis.exceptions.LockError
        self._clock = clock
        self._lock = threading.Lock()
        self._is_open = False
        self._next_attempt = 0.0

    @property
    def may_respond(self) -> bool:
        """Whether ``call`` would try, so that what is expensive to send need not be made in vain."""
        return not self._is_open or self._clock() >= self._next_attempt

    def call(self, command: Callable[[], T], otherwise: T) -> T:
        """Return what a command of ``client`` returns, or ``otherwise`` while Redis does not respond."""
        if not self._may_try():
            return otherwise
        before_blocking()
        try:
            result = command()
        except self._lost_lock:
            return otherwise
        except self._errors as error:
            self._failed(error)
            return otherwise
        if self._is_open:
            self._recovered()
        return result

    def is_available(self) -> bool:
        """Return whether Redis responds; while it does not, it is asked no more often than by others."""
        return self.call(lambda: bool(self.client.ping()), otherwise=False)

    def _may_try(self) -> bool:
        """Return whether the circuit is closed, or it is this caller's turn to try again."""
        if not self._is_open:
            return True
        with self._lock:
            now = self._clock()
            if now < self._next_attempt:
                return False
            self._next_attempt = now + SILENCE
            return True

    def _failed(self, error: Exception) -> None:
        with self._lock:
            was_open, self._is_open = self._is_open, True
            self._next_attempt = self._clock() + SILENCE
        metrics.REDIS_FAILURES.labels("redis").inc()
        metrics.REDIS_UNAVAILABLE.labels("redis").set(1)
        if not was_open:
            log.warning(
                "Redis does not respond (%s); each process goes on with what it knows itself",
                type(error).__name__,
            )

    def _recovered(self) -> None:
        with self._lock:
            was_open, self._is_open = self._is_open, False
        metrics.REDIS_UNAVAILABLE.labels("redis").set(0)
        if was_open:
            log.info("Redis responds again")
