"""Log lines that would come with every request, at most once a second, with how many they stand for."""

import logging
import threading
import time
from collections.abc import Callable

# Seconds.
INTERVAL = 1.0


class Throttle:
    """Writes the first of many alike lines at once, and then one for all that came in each second.

    Threads may share it. What came last is told with the next line, whenever that is.
    """

    def __init__(
        self, log: logging.Logger, level: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take where and at which level to write, and a clock in seconds that is never set back."""
        self._log, self._level, self._clock = log, level, clock
        self._lock = threading.Lock()
        self._count, self._next = 0, 0.0

    def write(self, message: str, **fields: object) -> None:
        """Write a line, or count it for the next; ``count`` is how many times it has come since the last."""
        with self._lock:
            self._count += 1
            now = self._clock()
            if now < self._next:
                return
            count, self._count, self._next = self._count, 0, now + INTERVAL
        self._log.log(self._level, message, extra={**fields, "count": count})
