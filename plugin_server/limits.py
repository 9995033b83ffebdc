"""Limits on how often this server may be asked (see also RFC 9700, 4.13).

The editor asks whenever a creator types or changes a setting, and for all blocks of an email at once when
it is opened: so each installation has a generous burst of its own, which others cannot use up.

Kit's servers ask from few addresses and for all creators at once, so what succeeds is limited
loosely, per address and, from wherever it comes, per client. One and the same request, sent over and
over, is limited for itself, so that one creator's broken retry loop does not stop the others'
refreshes. Only what a guesser produces is limited tightly: wrong client secrets and wrong passphrases, of
which Kit and the owner produce none.
"""

import hashlib
import logging
import math
import time
from collections.abc import Callable, Sequence

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from werkzeug import Request

from plugin_server.audit import audit
from plugin_server.errors import TooManyRequests

log = logging.getLogger(__name__)

TOKENS = "1200 per minute"
CLIENT_TOKENS = "3000 per minute"
SAME_REQUEST = "60 per minute"
PAGES = "300 per minute"
# Bytes; longer bodies are refused before they are read.
MAX_BODY = 16 * 1024
WRONG_SECRETS = "20 per minute"
WRONG_PASSPHRASES = "5 per minute; 50 per day"

# Seconds.
_REDIS_TIMEOUT = 1.0
_REDIS_SILENCE = 5.0
_SWEEP = 60.0

Authenticate = Callable[[Request, Sequence[str]], str]


def redis_storage(url: str) -> RedisStorage:
    """Return where the limits library counts in Redis; it fails soon, and with StorageError only."""
    return RedisStorage(
        url,
        wrap_exceptions=True,
        socket_timeout=_REDIS_TIMEOUT,
        socket_connect_timeout=_REDIS_TIMEOUT,
    )


class InstallationLimit:
    """So many requests a minute for each installation, all of them at once if need be.

    Each process counts for itself, by when an installation's burst will be whole again (the generic cell
    rate algorithm). The library's own memory would start a thread and walk all its keys a hundred times
    a second. With Redis, processes add up what they counted, a twelfth of the limit at a time: so Redis
    is asked for the busy installations only, and then rarely.
    """

    def __init__(
        self, per_minute: int, redis_url: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the limit, the Redis that processes share, and a clock in seconds."""
        self._item = RateLimitItemPerMinute(per_minute)
        self._interval, self._clock = 60 / per_minute, clock
        self._whole_at: dict[str, float] = {}
        self._swept_at = clock()
        self._batch = max(1, per_minute // 12)
        self._uncounted: dict[str, int] = {}
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._silent_until = 0.0
        if redis_url:
            self._shared = SlidingWindowCounterRateLimiter(redis_storage(redis_url))

    def require(self, installation: str) -> None:
        """Return when an installation may ask once more.

        Raises:
            TooManyRequests: 429, with the seconds until it may.
        """
        now = self._clock()
        whole_at = max(self._whole_at.get(installation, 0.0), now) + self._interval
        if whole_at - now > 60:
            raise _too_many(whole_at - now - 60)
        self._whole_at[installation] = whole_at
        if self._shared:
            self._count(self._shared, installation)
        if now - self._swept_at > _SWEEP:
            self._sweep(now)

    def _count(self, shared: SlidingWindowCounterRateLimiter, installation: str) -> None:
        """Tell the others when another batch is full."""
        uncounted = self._uncounted.get(installation, 0) + 1
        self._uncounted[installation] = uncounted % self._batch
        if uncounted < self._batch or self._silent_until > self._clock():
            return
        try:
            if shared.hit(self._item, "editor", installation, cost=self._batch):
                return
            reset = shared.get_window_stats(self._item, "editor", installation).reset_time
        except StorageError:
            self._silent_until = self._clock() + _REDIS_SILENCE
            log.warning("Redis does not answer; each process counts requests for itself")
            return
        wait = min(max(reset - time.time(), 1), 60)
        # Nothing more from here until then.
        self._whole_at[installation] = self._clock() + 60 + wait
        raise _too_many(wait)

    def _sweep(self, now: float) -> None:
        """Forget installations whose burst is whole again."""
        self._swept_at = now
        for installation, whole_at in list(self._whole_at.items()):
            if whole_at < now:
                self._whole_at.pop(installation, None)
                self._uncounted.pop(installation, None)


def _too_many(seconds: float) -> TooManyRequests:
    return TooManyRequests(headers={"Retry-After": str(max(1, math.ceil(seconds)))})


def limited(authenticate: Authenticate, limit: InstallationLimit) -> Authenticate:
    """Return a way to authenticate that also holds the limit.

    Blocks that are open to everyone know no installation; there each address has the limit.
    """

    def authenticate_within_limit(request: Request, scopes: Sequence[str]) -> str:
        account_id = authenticate(request, scopes)
        limit.require(account_id or f"address {request.remote_addr}")
        return account_id

    return authenticate_within_limit


class _LimiterOfViews(Limiter):
    """Flask-Limiter without its look at every request.

    All limits here are decorators of views, which look for themselves; to find out that a block has
    none takes a tenth of a cached answer's time.
    """

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


def make_limiter(app: Flask, redis_url: str) -> Limiter:
    """Return the app's limiter: counts in Redis if there is one, else in each process for itself.

    While Redis does not answer, each process counts for itself too.
    """
    app.after_request(_say_when_to_come_back)
    return _LimiterOfViews(
        get_remote_address,
        app=app,
        storage_uri=redis_url or "memory://",
        strategy="moving-window",
        in_memory_fallback_enabled=bool(redis_url),
        on_breach=_note,
    )


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
