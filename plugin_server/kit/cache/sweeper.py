"""A background task that evicts outdated cache entries once a minute."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

# Seconds.
SWEEP_INTERVAL = 60.0


class Sweeper:
    """Calls a function at intervals, in a thread of its own, for as long as it returns true."""

    def __init__(self, interval: float, sweep: Callable[[], bool]) -> None:
        """Take the seconds between two calls, and the function."""
        self._interval, self._sweep = interval, sweep
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start, unless it runs already."""
        if self._timer is None:
            with self._lock:
                if self._timer is None:
                    self._timer = self._start_timer()

    def _start_timer(self) -> threading.Timer:
        timer = threading.Timer(self._interval, self._run)
        timer.daemon = True
        timer.start()
        return timer

    def _run(self) -> None:
        goes_on = True
        try:
            goes_on = self._sweep()
        except Exception:  # nothing above this thread would report it, and the sweep has to go on
            log.exception("The sweep failed; it is retried at the next interval")
        with self._lock:
            self._timer = self._start_timer() if goes_on else None
