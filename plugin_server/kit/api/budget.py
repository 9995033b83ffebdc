"""The budget of requests to Kit for each credential, below Kit's own rate limit.

Kit allows 600 requests with a token and 120 with an API key in a rolling window of 60 seconds, and responds
to others with 429. The budget is nine tenths of that; the rest is for requests that are not counted here:
those that refresh tokens, and those of the creator's other apps with the same key.

Source: https://developers.kit.com/api-reference/rate-limiting
"""

import hashlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from plugin_server.errors import BudgetSpent
from plugin_server.observe import metrics
from plugin_server.ratelimit.redis_windows import RedisWindows
from plugin_server.ratelimit.windows import LocalWindows
from plugin_server.store.redis import SharedRedis

TOKEN_LIMIT = 540
API_KEY_LIMIT = 108
# Seconds without requests after a 429 without Retry-After: doubled each time.
FIRST_PAUSE = 1
MAX_PAUSE = 60
# Seconds for which the length of a pause is remembered after it is over.
PAUSE_MEMORY = 3600


@dataclass(frozen=True)
class Credential:
    """What Kit counts requests by; ``name`` identifies the credential without revealing it."""

    name: str
    per_minute: int

    @classmethod
    def of_token(cls, account_id: str) -> "Credential":
        """Return the credential of an account that has connected by OAuth."""
        return cls(f"token:{account_id}", TOKEN_LIMIT)

    @classmethod
    def of_secret(cls, secret: str, per_minute: int) -> "Credential":
        """Return the credential that is identified by its secret, such as an API key."""
        return cls(f"secret:{hashlib.sha256(secret.encode()).hexdigest()[:32]}", per_minute)


def _reserve(per_minute: int, in_background: bool) -> int:
    """Return how much of a budget is reserved for requests that a creator waits for."""
    return per_minute // 4 if in_background else 0


class _Pause(NamedTuple):
    until: float = 0.0
    seconds: int = 0


class Budget:
    """The budgets of all credentials: in Redis for all processes, else in equal shares for each process."""

    def __init__(
        self,
        redis: SharedRedis | None = None,
        *,
        processes: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the Redis that processes share, or among how many the budget is divided without one.

        ``clock`` counts seconds and is never set back.
        """
        self._local = LocalWindows(clock)
        self._shared = RedisWindows(redis) if redis else None
        self._processes, self._clock = processes, clock
        self._lock = threading.Lock()
        self._pauses: dict[str, _Pause] = {}

    def spend(self, credential: Credential, *, in_background: bool = False) -> None:
        """Count one request to Kit, or refuse it.

        Args:
            credential: of the request.
            in_background: leave a quarter of the budget to others; for work that no creator waits for.

        Raises:
            BudgetSpent: 429, with the seconds until a request is allowed.
        """
        remaining = self._pauses.get(credential.name, _Pause()).until - self._clock()
        if remaining > 0:
            raise BudgetSpent(wait=math.ceil(remaining))
        limit = credential.per_minute
        outcome = self._shared and self._shared.acquire(
            credential.name, limit, reserve=_reserve(limit, in_background)
        )
        if not outcome:
            limit = max(1, credential.per_minute // self._processes)
            outcome = self._local.acquire(
                credential.name, limit, reserve=_reserve(limit, in_background)
            )
        kind = credential.name.partition(":")[0]
        metrics.KIT_BUDGET.labels(kind).observe(outcome.remaining / limit)
        if not outcome.granted:
            raise BudgetSpent(wait=max(1, math.ceil(outcome.wait)))

    def pause(self, credential: Credential, wait: int | None) -> int:
        """Send no requests with the credential for a while after a 429; return the seconds.

        ``wait`` is what Kit's Retry-After says; without one, each 429 doubles the pause.
        """
        with self._lock:
            self._drop_old_pauses()
            last = self._pauses.get(credential.name, _Pause())
            if last.until > self._clock():
                seconds = last.seconds  # the response to a request that was sent before
            else:
                seconds = min(max(FIRST_PAUSE, last.seconds * 2), MAX_PAUSE)
            pause = seconds if wait is None else wait
            self._pauses[credential.name] = _Pause(self._clock() + pause, seconds)
        return pause

    def _drop_old_pauses(self) -> None:
        """Delete the pauses of credentials that were not used for long after them."""
        oldest = self._clock() - PAUSE_MEMORY
        for name in [name for name, pause in self._pauses.items() if pause.until < oldest]:
            del self._pauses[name]

    def end_pause(self, credential: Credential) -> None:
        """End the pause of a credential, because Kit accepts its requests again."""
        if credential.name in self._pauses:
            with self._lock:
                self._pauses.pop(credential.name, None)
