"""Limits on how often the OAuth and sign-in endpoints may be asked (see also RFC 9700, 4.13).

Kit's servers ask from few addresses and for all creators at once, so what succeeds is limited
loosely, per address and, from wherever it comes, per client. One and the same request, sent over and
over, is limited for itself, so that one creator's broken retry loop does not stop the others'
refreshes. Only what a guesser produces is limited tightly: wrong client secrets and wrong passphrases, of
which Kit and the owner produce none.
"""

import hashlib
import time

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address

from plugin_server.audit import audit

TOKENS = "1200 per minute"
CLIENT_TOKENS = "3000 per minute"
SAME_REQUEST = "60 per minute"
PAGES = "300 per minute"
# Bytes; longer bodies are refused before they are read.
MAX_BODY = 16 * 1024
WRONG_SECRETS = "20 per minute"
WRONG_PASSPHRASES = "5 per minute; 50 per day"


def make_limiter(app: Flask, redis_url: str) -> Limiter:
    """Return the app's limiter: counts in Redis if there is one, else in each process for itself.

    While Redis does not answer, each process counts for itself too.
    """
    app.after_request(_say_when_to_come_back)
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=redis_url or "memory://",
        strategy="moving-window",
        in_memory_fallback_enabled=bool(redis_url),
        on_breach=_note,
    )
    # Blocks have none of these limits, and to find that out takes a tenth of a cached answer's time.
    limiter.request_filter(lambda: request.blueprint == "editor")
    return limiter


def request_key() -> str:
    """Return what tells a request from others: its sender and its body, the latter as a digest."""
    short = (request.content_length or 0) <= MAX_BODY
    body = hashlib.sha256(request.get_data()).hexdigest() if short else ""
    return f"{get_remote_address()} {request.path} {body}"


def is_wrong_secret(response: Response) -> bool:
    """Return whether a token endpoint has just refused a client."""
    return response.status_code == 401


def was_heard(response: Response) -> bool:
    """Return whether a request was not refused for its number: else a loop would count twice."""
    return response.status_code != 429


def is_answered(response: Response) -> bool:
    """Return whether a request succeeded: what strangers send must not use up the client's share."""
    return response.status_code < 400


def _note(limit: RequestLimit) -> None:
    # Nothing may be raised here: Flask-Limiter would take it for a failure of its storage.
    audit("rate_limited", endpoint=request.endpoint)
    g.retry_after = max(1, int(limit.reset_at - time.time()) + 1)


def _say_when_to_come_back(response: Response) -> Response:
    if response.status_code == 429 and "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    return response
