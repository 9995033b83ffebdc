"""Limits on how often this server may be asked (see also RFC 9700, 4.13).

The editor asks whenever a creator types or changes a setting, and for all blocks of an email at once when
it is opened: so each installation has a generous burst of its own, which others cannot use up.

Kit's servers ask from few addresses and for all creators at once, so what succeeds is limited
loosely, per network and, from wherever it comes, per client. One and the same request, sent over and
over, is limited for itself, so that one creator's broken retry loop does not stop the others'
refreshes. Only what a guesser produces is limited tightly: wrong client secrets and wrong passphrases, of
which Kit and the owner produce none; see ``Guesses``.

Whoever has an IPv6 address has 2**64 of them, so all of a /64 count as one network.
"""

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import cast

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RequestLimit
from limits import RateLimitItemPerMinute, parse_many
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter
from werkzeug import Request

from plugin_server.audit import audit_rate_limited
from plugin_server.errors import TooManyRequests
from plugin_server.shared_redis import SharedRedis

TOKENS = "1200 per minute"
CLIENT_TOKENS = "3000 per minute"
SAME_REQUEST = "60 per minute"
PAGES = "300 per minute"
# Bytes; longer bodies are refused before they are read.
MAX_BODY = 16 * 1024

# Bits of an IPv6 address that tell networks apart; the rest is the caller's to choose.
_NETWORK_BITS = 64

# Seconds.
_SWEEP = 60.0

Authenticate = Callable[[Request, Sequence[str]], str]


def redis_storage(redis: SharedRedis) -> RedisStorage:
    """Return where the limits library counts in Redis; its errors are for ``SharedRedis.call``."""
    pool = redis.client.connection_pool
    return RedisStorage(redis.url, connection_pool=pool, key_prefix=f"{redis.namespace}:limits")


class InstallationLimit:
    """So many requests a minute for each installation, all of them at once if need be.

    Each process counts for itself, by when an installation's burst will be whole again (the generic cell
    rate algorithm). The library's own memory would start a thread and walk all its keys a hundred times
    a second. With Redis, processes add up what they counted, a twelfth of the limit at a time: so Redis
    is asked for the busy installations only, and then rarely.
    """

    def __init__(
        self,
        per_minute: int,
        redis: SharedRedis | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the limit, the Redis that processes share, and a clock in seconds."""
        self._item = RateLimitItemPerMinute(per_minute)
        self._interval, self._clock = 60 / per_minute, clock
        self._whole_at: dict[str, float] = {}
        self._swept_at = clock()
        self._batch = max(1, per_minute // 12)
        self._uncounted: dict[str, int] = {}
        self._redis = redis
        if redis:
            self._shared = SlidingWindowCounterRateLimiter(redis_storage(redis))

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
        if self._redis:
            self._count(self._redis, installation)
        if now - self._swept_at > _SWEEP:
            self._sweep(now)

    def _count(self, redis: SharedRedis, installation: str) -> None:
        """Tell the others when another batch is full."""
        uncounted = self._uncounted.get(installation, 0) + 1
        self._uncounted[installation] = uncounted % self._batch
        if uncounted < self._batch:
            return
        reset = redis.call(lambda: self._reset_of_full_window(installation), None)
        if reset is None:
            return
        wait = min(max(reset - time.time(), 1), 60)
        # Nothing more from here until then.
        self._whole_at[installation] = self._clock() + 60 + wait
        raise _too_many(wait)

    def _reset_of_full_window(self, installation: str) -> float | None:
        """Count a batch; return when there is room again (unix seconds), ``None`` if there is some."""
        if self._shared.hit(self._item, "editor", installation, cost=self._batch):
            return None
        return self._shared.get_window_stats(self._item, "editor", installation).reset_time

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
        limit.require(account_id or f"network {network_of(request.remote_addr)}")
        return account_id

    return authenticate_within_limit


def network() -> str:
    """Return the network of the current request; see ``network_of``."""
    return network_of(request.remote_addr)


def network_of(remote_addr: str | None) -> str:
    """Return the network that an address counts as: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        address = ip_address(remote_addr or "")
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), _NETWORK_BITS), strict=False))


class _RedisOrMemory(MemoryStorage):
    """Where Flask-Limiter counts: in Redis or, while it does not respond, in this process.

    Flask-Limiter's own way to fall back fails requests that run into a dead Redis at the same time.
    """

    STORAGE_SCHEME = ["redis-or-memory"]

    def __init__(self, uri: str, *, redis: SharedRedis) -> None:
        super().__init__(uri)
        self._redis, self._shared = redis, redis_storage(redis)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count; false when that would be too many."""
        taken = self._redis.call(
            lambda: self._shared.acquire_entry(key, limit, expiry, amount), None
        )
        return super().acquire_entry(key, limit, expiry, amount) if taken is None else taken

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the window began (unix seconds), and how many are in it."""
        window = self._redis.call(lambda: self._shared.get_moving_window(key, limit, expiry), None)
        return super().get_moving_window(key, limit, expiry) if window is None else window


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
        storage_uri="redis-or-memory://" if redis else "memory://",
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
                raise _too_many(reset - time.time())

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
