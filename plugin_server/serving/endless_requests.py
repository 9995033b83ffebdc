"""Requests that never end: logged with the line where each of them is.

Python cannot end a thread, so an endless loop in a block keeps its thread until the worker is replaced.
"""

import logging
import sys
import threading
import time
import traceback

log = logging.getLogger(__name__)


class RunningRequests:
    """Which threads of a worker handle a request, and since when."""

    def __init__(self, seconds: float) -> None:
        """Start without any; a request that takes more than ``seconds`` counts as endless."""
        self._seconds = seconds
        self._since: dict[int, float] = {}
        self._logged: set[tuple[int, float]] = set()

    def start(self) -> None:
        """Record that this thread starts to handle a request."""
        self._since[threading.get_ident()] = time.monotonic()

    def end(self) -> None:
        """Record that this thread has ended its request."""
        self._since.pop(threading.get_ident(), None)

    def count_endless(self) -> int:
        """Return the number of endless requests; each is logged once, with its stack."""
        latest = time.monotonic() - self._seconds
        endless = {(thread, since) for thread, since in [*self._since.items()] if since < latest}
        for thread, _ in endless - self._logged:
            frame = sys._current_frames().get(thread)
            stack = "".join(traceback.format_stack(frame)) if frame else "It has just ended."
            log.error("A request has not ended in %g seconds:\n%s", self._seconds, stack)
        self._logged = endless
        return len(endless)
