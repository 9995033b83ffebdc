"""How often Kit may be asked on behalf of one credential.

Kit counts in a rolling window of 60 seconds, 600 requests with a token and 120 with an API key, and
refuses what is above. Nine tenths of that are ours to spend; the rest leaves room for what is not
counted here: renewed tokens, and the creator's other apps that use the same key.

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
from plugin_server.ratelimit.windows import OwnWindows, SharedWindows
from plugin_server.store.redis import SharedRedis

TOKEN_LIMIT = 540
API_KEY_LIMIT = 108
# Seconds for which an account is left alone after a 429 without Retry-After: doubled each time.
FIRST_PAUSE = 1
LONGEST_PAUSE = 60
FORGET_PAUSE = 3600


@dataclass(frozen=True)
class Credential:
    """What Kit counts by: ``name`` tells it from others without giving it away."""

    name: str
    per_minute: int

    @classmethod
    def of_token(cls, account_id: str) -> "Credential":
        """Return the credential of an account that has connected by OAuth."""
        return cls(f"token:{account_id}", TOKEN_LIMIT)

    @classmethod
    def of_secret(cls, secret: str, per_minute: int) -> "Credential":
        """Return the credential that is known by its secret only, such as an API key."""
        return cls(f"secret:{hashlib.sha256(secret.encode()).hexdigest()[:32]}", per_minute)


def _kept(per_minute: int, spare: bool) -> int:
    """Return how much of a budget is left to those for whom a creator waits."""
    return per_minute // 4 if spare else 0


class _Pause(NamedTuple):
    until: float = 0.0
    seconds: int = 0


class Budget:
    """Every credential's budget: in Redis for all processes, else in equal shares for each."""

    def __init__(
        self,
        redis: SharedRedis | None = None,
        *,
        processes: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the Redis that all processes share, or among how many the budget is divided.

        ``clock`` counts seconds and is never set back.
        """
        self._own = OwnWindows(clock)
        self._shared = SharedWindows(redis) if redis else None
        self._processes, self._clock = processes, clock
        self._lock = threading.Lock()
        self._pauses: dict[str, _Pause] = {}

    def spend(self, credential: Credential, *, spare: bool = False) -> None:
        """Return when Kit may be asked once.

        Args:
            credential: on whose behalf.
            spare: leave a quarter to others; for work that no creator waits for.

        Raises:
            BudgetSpent: 429, with the seconds until it may.
        """
        left = self._pauses.get(credential.name, _Pause()).until - self._clock()
        if left > 0:
            raise BudgetSpent(wait=math.ceil(left))
        limit = credential.per_minute
        taken = self._shared and self._shared.take(credential.name, limit, kept=_kept(limit, spare))
        if not taken:
            limit = max(1, credential.per_minute // self._processes)
            taken = self._own.take(credential.name, limit, kept=_kept(limit, spare))
        kind = credential.name.partition(":")[0]
        metrics.KIT_BUDGET.labels(kind).observe(taken.left / limit)
        if not taken.granted:
            raise BudgetSpent(wait=max(1, math.ceil(taken.wait)))

    def refused(self, credential: Credential, wait: int | None) -> int:
        """Leave the credential alone for a while, because Kit has answered 429; return the seconds.

        ``wait`` is what Kit's Retry-After says; without one, each refusal doubles the pause.
        """
        with self._lock:
            self._drop_old_pauses()
            last = self._pauses.get(credential.name, _Pause())
            if last.until > self._clock():
                seconds = last.seconds  # the answer to a request that was on its way already
            else:
                seconds = min(max(FIRST_PAUSE, last.seconds * 2), LONGEST_PAUSE)
            pause = seconds if wait is None else wait
            self._pauses[credential.name] = _Pause(self._clock() + pause, seconds)
        return pause

    def _drop_old_pauses(self) -> None:
        """Forget accounts that nobody has read for long since they were refused."""
        over = self._clock() - FORGET_PAUSE
        for name in [name for name, pause in self._pauses.items() if pause.until < over]:
            del self._pauses[name]

    def answered(self, credential: Credential) -> None:
        """Note that Kit answers this credential again."""
        if credential.name in self._pauses:
            with self._lock:
                self._pauses.pop(credential.name, None)
