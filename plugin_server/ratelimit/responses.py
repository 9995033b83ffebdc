"""The error of a client that has reached a rate limit."""

import math

from plugin_server.errors import TooManyRequests


def too_many_requests(seconds: float) -> TooManyRequests:
    """Return the error (429), with ``Retry-After`` in whole seconds, at least one."""
    return TooManyRequests(headers={"Retry-After": str(max(1, math.ceil(seconds)))})
