"""Rate limits of the OAuth endpoints and of pages (see also RFC 9700, 4.13).

Kit's servers ask from few addresses and for all creators at once, so what succeeds is limited
loosely, per network and, from wherever it comes, per client. One and the same request, sent over and
over, is limited for itself, so that one creator's broken retry loop does not stop the others'
refreshes. Only what a guesser produces is limited tightly: wrong client secrets and wrong passphrases, of
which Kit and the owner produce none; see ``guesses.py``.

Whoever has an IPv6 address has 2**64 of them, so all of a /64 count as one network.
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
# Bytes; longer bodies are refused before they are read.
MAX_BODY = 16 * 1024


def make_limiter(app: Flask, redis: SharedRedis | None, blueprints: Sequence[str]) -> Limiter:
    """Return the app's limiter: counts in Redis if there is one, else in each process for itself.

    While Redis does not respond, each process counts for itself too.

    Args:
        app: the application, which has no hooks for all of its requests yet.
        redis: where processes count together.
        blueprints: the names of those with limits, all of which are decorators of views. Flask-Limiter
            looks at every request of an app; that costs 20 microseconds, a tenth of a response of the
            editor, so it looks at these alone.
    """
    app.after_request(_say_when_to_come_back)
    limiter = Limiter(
        network,
        app=app,
        storage_uri=f"{RedisOrMemory.STORAGE_SCHEME[0]}://" if redis else "memory://",
        storage_options=cast("dict[str, str | int]", {"redis": redis} if redis else {}),
        strategy="moving-window",
        on_breach=_note,
    )
    # The views' decorators look for themselves.
    del app.before_request_funcs[None]
    for hooks in (app.after_request_funcs, app.teardown_request_funcs):
        of_all = hooks.pop(None)
        hooks.update((name, [*of_all]) for name in blueprints)
    return limiter


def request_key() -> str:
    """Return what tells a request from others: its sender and its body, the latter as a digest."""
    short = (request.content_length or 0) <= MAX_BODY
    body = hashlib.sha256(request.get_data()).hexdigest() if short else ""
    return f"{network()} {request.path} {body}"


def was_heard(response: Response) -> bool:
    """Return whether a request was not refused for its number: else a loop would count twice."""
    return response.status_code != 429


def is_answered(response: Response) -> bool:
    """Return whether a request succeeded: what strangers send must not use up the client's share."""
    return response.status_code < 400


def _note(limit: RequestLimit) -> None:
    # Nothing may be raised here: Flask-Limiter would take it for a failure of its storage.
    audit_rate_limited(request.endpoint)
    g.retry_after = max(1, int(limit.reset_at - time.time()) + 1)


def _say_when_to_come_back(response: Response) -> Response:
    if response.status_code == 429 and "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    return response
