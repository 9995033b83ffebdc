"""Requests that a worker does not get done with: logged with the line where each of them is.

Python cannot end a thread, so an endless loop in a block keeps its thread until the worker is replaced.
"""

import logging
import sys
import threading
import time
import traceback

log = logging.getLogger(__name__)


class RunningRequests:
    """Which threads handle a request, and since when; each thread notes its own."""

    def __init__(self, seconds: float) -> None:
        """Start without any; a request that takes more than ``seconds`` does not end any more."""
        self._seconds = seconds
        self._since: dict[int, float] = {}
        self._logged: set[tuple[int, float]] = set()

    def start(self) -> None:
        """Note that this thread handles a request from now on."""
        self._since[threading.get_ident()] = time.monotonic()

    def end(self) -> None:
        """Note that this thread is done with it."""
        self._since.pop(threading.get_ident(), None)

    def count_endless(self) -> int:
        """Return how many requests do not end; each is logged once, with its stack."""
        latest = time.monotonic() - self._seconds
        endless = {(thread, since) for thread, since in [*self._since.items()] if since < latest}
        for thread, _ in endless - self._logged:
            frame = sys._current_frames().get(thread)
            stack = "".join(traceback.format_stack(frame)) if frame else "It has just ended."
            log.error("A request has not ended in %g seconds:\n%s", self._seconds, stack)
        self._logged = endless
        return len(endless)
