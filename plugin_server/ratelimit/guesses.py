"""Limits on wrong guesses of a secret."""

import time

from flask import request
from flask_limiter import Limiter
from limits import parse_many
from limits.strategies import RateLimiter

from plugin_server.observe.audit import audit_rate_limited
from plugin_server.ratelimit.networks import network
from plugin_server.ratelimit.responses import too_many_requests


class Guesses:
    """How often a secret may be guessed wrong: by one network, and by all of them together.

    A limit for all alone would let anybody lock the rightful caller out. So once it is reached, networks
    that have lately guessed are held to ``crowded``, and those that have not are heard as ever.
    """

    def __init__(
        self, limiter: Limiter, name: str, *, each: str, together: str, crowded: str
    ) -> None:
        """Take what is guessed, and limits in the notation of the limits library.

        Args:
            limiter: where it is counted.
            name: tells these guesses from others.
            each: of one network.
            together: of all networks, after which ``crowded`` holds.
            crowded: of one network then.
        """
        self._limiter, self._name = limiter, name
        self._each, self._together, self._crowded = map(parse_many, (each, together, crowded))

    def require(self) -> None:
        """Return when this request's network may guess once more.

        Raises:
            TooManyRequests: 429, with the seconds until it may.
        """
        count, here = self._count, network()
        is_crowded = not all(count.test(item, self._name) for item in self._together)
        for item in [*self._each, *(self._crowded if is_crowded else ())]:
            if not count.test(item, self._name, here):
                audit_rate_limited(request.endpoint)
                reset = count.get_window_stats(item, self._name, here).reset_time
                raise too_many_requests(reset - time.time())

    def note_wrong(self) -> None:
        """Count a wrong guess of this request's network."""
        here = network()
        for item in [*self._each, *self._crowded]:
            self._count.hit(item, self._name, here)
        for item in self._together:
            self._count.hit(item, self._name)

    @property
    def _count(self) -> RateLimiter:
        return self._limiter.limiter
