"""What comes by every minute and drops what nobody may keep any longer."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

# Seconds.
SWEEP_INTERVAL = 60.0


class Sweeper:
    """Calls a function now and then, in a thread of its own, for as long as it returns true."""

    def __init__(self, interval: float, sweep: Callable[[], bool]) -> None:
        """Take the seconds between two calls, and what is called."""
        self._interval, self._sweep = interval, sweep
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Go by from now on, unless it does so already."""
        if self._timer is None:
            with self._lock:
                if self._timer is None:
                    self._timer = self._start()

    def _start(self) -> threading.Timer:
        timer = threading.Timer(self._interval, self._run)
        timer.daemon = True
        timer.start()
        return timer

    def _run(self) -> None:
        goes_on = True
        try:
            goes_on = self._sweep()
        except Exception:
            log.exception("The sweep failed; it is tried again in a while")
        with self._lock:
            self._timer = self._start() if goes_on else None
