"""Rate limits of the OAuth endpoints and of pages (see also RFC 9700, 4.13).

Kit's servers send requests from few IP addresses and for all creators at once, so requests that succeed are
limited loosely, per network and, over all networks, per client. Repetitions of the same request have a limit
of their own, so that one creator's broken retry loop does not stop the others' refreshes. Only wrong client
secrets and wrong passphrases are limited tightly, since Kit and the owner send none; see ``guesses.py``.

A host with an IPv6 address has 2**64 of them, so all of a /64 count as one network.
"""

import hashlib
import time
from collections.abc import Sequence
from typing import cast

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RequestLimit

from plugin_server.observe.audit import audit_rate_limited
from plugin_server.ratelimit.networks import network
from plugin_server.ratelimit.storage import RedisOrMemory
from plugin_server.store.redis import SharedRedis

TOKENS = "1200 per minute"
CLIENT_TOKENS = "3000 per minute"
SAME_REQUEST = "60 per minute"
PAGES = "300 per minute"
# Of webhooks: Kit delivers for all creators from few IP addresses, and retries later what is refused.
DELIVERIES = "1200 per minute"
# Bytes; longer bodies are refused before they are read.
MAX_BODY = 16 * 1024


def make_limiter(app: Flask, redis: SharedRedis | None, blueprints: Sequence[str]) -> Limiter:
    """Return the app's limiter, which counts in Redis if there is one, else in each process.

    While Redis does not respond, each process counts for itself too.

    Args:
        app: the application, which has no hooks for all of its requests yet.
        redis: where processes count together.
        blueprints: the names of those with limits, all of which are decorators of views. Flask-Limiter
            hooks into every request of an app; that costs 20 microseconds, a tenth of a response to the
            editor, so its hooks are limited to these.
    """
    app.after_request(_set_retry_after)
    limiter = Limiter(
        network,
        app=app,
        storage_uri=f"{RedisOrMemory.STORAGE_SCHEME[0]}://" if redis else "memory://",
        storage_options=cast("dict[str, str | int]", {"redis": redis} if redis else {}),
        strategy="moving-window",
        on_breach=_record_breach,
    )
    # The views' decorators check the limits themselves.
    del app.before_request_funcs[None]
    for hooks in (app.after_request_funcs, app.teardown_request_funcs):
        of_all = hooks.pop(None)
        hooks.update((name, [*of_all]) for name in blueprints)
    return limiter


def request_key() -> str:
    """Return what identifies a request: its network, path and body, the latter as a digest."""
    is_short = (request.content_length or 0) <= MAX_BODY
    body = hashlib.sha256(request.get_data()).hexdigest() if is_short else ""
    return f"{network()} {request.path} {body}"


def was_not_limited(response: Response) -> bool:
    """Return whether a request was not refused by a limit: otherwise a loop would count twice."""
    return response.status_code != 429


def succeeded(response: Response) -> bool:
    """Return whether a request succeeded: those of strangers must not use up the client's limit."""
    return response.status_code < 400


def _record_breach(limit: RequestLimit) -> None:
    # This must not raise: Flask-Limiter would take it for a failure of its storage.
    audit_rate_limited(request.endpoint)
    g.retry_after = max(1, int(limit.reset_at - time.time()) + 1)


def _set_retry_after(response: Response) -> Response:
    if response.status_code == 429 and "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    return response
