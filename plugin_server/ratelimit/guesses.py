"""Rate limits of wrong guesses of a secret."""

import time

from flask import request
from flask_limiter import Limiter
from limits import parse_many
from limits.strategies import RateLimiter

from plugin_server.observe.audit import audit_rate_limited
from plugin_server.ratelimit.networks import network
from plugin_server.ratelimit.responses import too_many_requests


class Guesses:
    """Limits how often a secret may be guessed wrong: by one network, and by all of them together.

    With a limit for all networks only, an attacker could lock the rightful client out. So once it is reached,
    networks with recent wrong guesses are limited to ``crowded``, and all others as before.
    """

    def __init__(
        self, limiter: Limiter, name: str, *, each: str, together: str, crowded: str
    ) -> None:
        """Take the name of the secret, and limits in the notation of the limits library.

        Args:
            limiter: counts them.
            name: of what is guessed.
            each: of one network.
            together: of all networks, after which ``crowded`` holds.
            crowded: of one network then.
        """
        self._limiter, self._name = limiter, name
        self._each, self._together, self._crowded = map(parse_many, (each, together, crowded))

    def check(self) -> None:
        """Refuse a request of a network that may not guess now.

        Raises:
            TooManyRequests: 429, with the seconds until it may.
        """
        limits, client = self._limits, network()
        is_crowded = not all(limits.test(item, self._name) for item in self._together)
        for item in [*self._each, *(self._crowded if is_crowded else ())]:
            if not limits.test(item, self._name, client):
                audit_rate_limited(request.endpoint)
                reset = limits.get_window_stats(item, self._name, client).reset_time
                raise too_many_requests(reset - time.time())

    def record_wrong(self) -> None:
        """Count a wrong guess of this request's network."""
        client = network()
        for item in [*self._each, *self._crowded]:
            self._limits.hit(item, self._name, client)
        for item in self._together:
            self._limits.hit(item, self._name)

    @property
    def _limits(self) -> RateLimiter:
        return self._limiter.limiter
