"""Limits log lines that many requests would write to one a second, with their count."""

import logging
import threading
import time
from collections.abc import Callable

# Seconds.
INTERVAL = 1.0


class Throttle:
    """Writes the first of many equal lines at once, and then at most one a second for all others.

    Threads may share it. The last lines are counted in the next one, whenever that is written.
    """

    def __init__(
        self, log: logging.Logger, level: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take where and at which level to write, and a clock in seconds that is never set back."""
        self._log, self._level, self._clock = log, level, clock
        self._lock = threading.Lock()
        self._count, self._next = 0, 0.0

    def write(self, message: str, **fields: object) -> None:
        """Write a line, or count it for the next; its field ``count`` is how many lines it stands for."""
        with self._lock:
            self._count += 1
            now = self._clock()
            if now < self._next:
                return
            count, self._count, self._next = self._count, 0, now + INTERVAL
        self._log.log(self._level, message, extra={**fields, "count": count})
