"""Kit's rate limits. Source: https://developers.kit.com/api-reference/rate-limits"""

from collections.abc import Callable

from plugin_server.ratelimit.windows import LocalWindows

PER_MINUTE = {"oauth": 600, "api_key": 120}


class RateLimits:
    """Counts the requests of each credential in a rolling minute; threads may share it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Count with ``clock``, in Unix seconds."""
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget the requests until now."""
        self._windows = LocalWindows(self._clock)

    def allow(self, credential: str, secret: str) -> bool:
        """Count one request with a token or key and return whether it may go on.

        A refused request does not count: how Kit counts it is not documented, and this way a client that
        keeps on retrying is let in again.
        """
        return self._windows.acquire(f"{credential} {secret}", PER_MINUTE[credential]).granted
