"""The part of the cache that processes and machines share: entries in Redis, and turns at loading them.

Everything of one account lies in one Redis hash, so that a key cannot be built without the account
and all of it goes at once. While Redis does not answer, each process goes on with its own memory.
"""

import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, NamedTuple, Protocol

log = logging.getLogger(__name__)

# Seconds. A hash goes a day after the last thing was saved in it.
_LIFETIME = 24 * 3600
_TIMEOUT = 1.0
_POLL = 0.05
# A turn ends by itself so long after its process has died. A living one prolongs it, thrice as often.
TURN = 6.0
# For how long a Redis that has failed is not asked again.
_SILENCE = 5.0
# Bytes; the prefix changes with the format.
_PREFIX = "plugin-server:kit:1"
_MAX_CONTENT = 256 * 1024 * 1024


class Content(NamedTuple):
    """An encoded value and when it was asked for (unix seconds)."""

    content: bytes
    loaded_at: float


class Shared(Protocol):
    """What a cache asks of those beside it. Nothing here raises: others are a help, not a need."""

    def answers(self) -> bool:
        """Return whether the others can be reached, if there are any."""

    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        """Return an entry that is newer than a moment."""

    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        """Keep an entry for the others; it is encoded only if there are any."""

    def list(self, account_id: str) -> dict[str, float]:
        """Return the resources that are kept of an account, and when each was asked for."""

    def forget(self, account_id: str) -> None:
        """Drop everything of an account."""

    def turn(
        self, account_id: str, resource: str, *, seconds: int
    ) -> AbstractContextManager[object]:
        """Wait until nobody else loads this resource, for at most so many seconds."""


class Alone:
    """No others: without Redis each process has its own cache."""

    def answers(self) -> bool:
        """Return that nobody is missing."""
        return True

    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        """Find nothing."""
        return None

    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        """Do nothing."""

    def list(self, account_id: str) -> dict[str, float]:
        """Return nothing."""
        return {}

    def forget(self, account_id: str) -> None:
        """Do nothing."""

    def turn(
        self, account_id: str, resource: str, *, seconds: int
    ) -> AbstractContextManager[object]:
        """Wait for nobody."""
        return nullcontext()


class InRedis:
    """Others are there: what one process has loaded, all have."""

    def __init__(self, url: str, *, turn: float = TURN) -> None:
        """Take the Redis; it is asked only when something is wanted of it.

        ``turn`` is after how many seconds the turn of a process that has died is somebody else's.
        """
        import redis  # an extra: servers without REDIS_URL need not have it

        self._redis = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT
        )
        self._error: type[Exception] = redis.RedisError
        self._turn = turn
        self._silent_until = 0.0

    def answers(self) -> bool:
        """Ask Redis, even if it has just failed."""
        try:
            return bool(self._redis.ping())
        except self._error:
            return False

    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        """Return an entry that is newer than a moment; its age is read before its content."""
        if self._is_silent:
            return None
        with self._forgiving():
            loaded_at = float(self._hget(account_id, f"{resource} at") or 0)
            if loaded_at > newer_than and (packed := self._hget(account_id, resource)):
                return Content(_unpack(packed), loaded_at)
        return None

    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        """Keep an entry for a day."""
        if self._is_silent:
            return
        try:
            content = encode()
        except Exception:
            log.exception("A %s cannot be shared", resource)
            return
        entry: dict[Any, Any] = {
            resource: zlib.compress(content, level=1),
            f"{resource} at": repr(loaded_at),
        }
        with self._forgiving(), self._redis.pipeline() as pipeline:
            pipeline.hset(_key(account_id), mapping=entry)
            pipeline.expire(_key(account_id), _LIFETIME)
            pipeline.execute()

    def list(self, account_id: str) -> dict[str, float]:
        """Return what is kept; a field beside each holds its age."""
        kept: dict[bytes, bytes] = {}
        with self._forgiving():
            names: Any = self._redis.hkeys(_key(account_id))
            ages = [name for name in names if name.endswith(b" at")]
            values: Any = self._redis.hmget(_key(account_id), ages) if ages else []
            kept = dict(zip(ages, values, strict=True))
        return {name.decode().removesuffix(" at"): float(at) for name, at in kept.items() if at}

    def forget(self, account_id: str) -> None:
        """Drop everything of an account, asking Redis even if it has just failed."""
        with self._forgiving():
            self._redis.delete(_key(account_id))

    @contextmanager
    def turn(self, account_id: str, resource: str, *, seconds: int) -> Iterator[None]:
        """Wait until nobody else loads this resource; a process that dies has its turn end by itself."""
        lock = self._redis.lock(
            f"{_key(account_id)}:{resource}",
            timeout=self._turn,
            blocking_timeout=seconds,
            sleep=_POLL,
            thread_local=False,
        )
        taken, over = False, threading.Event()
        if not self._is_silent:
            with self._forgiving():
                taken = lock.acquire()
        if taken:
            self._prolong(lock, over, seconds)
        try:
            yield
        finally:
            over.set()
            if taken:
                with suppress(self._error):  # it has run out, or Redis has gone
                    lock.release()

    def _prolong(self, lock: Any, over: threading.Event, seconds: int) -> None:
        """Prolong a turn until it is over, for at most so many seconds, in a thread of its own."""

        def prolong() -> None:
            latest = time.monotonic() + seconds
            while not over.wait(self._turn / 3) and time.monotonic() < latest:
                with suppress(self._error):
                    lock.extend(self._turn, replace_ttl=True)

        with suppress(RuntimeError):  # no more threads: then somebody else may load it too
            threading.Thread(target=prolong, name="kit-turn", daemon=True).start()

    def _hget(self, account_id: str, name: str) -> Any:
        return self._redis.hget(_key(account_id), name)

    @property
    def _is_silent(self) -> bool:
        return self._silent_until > time.monotonic()

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        """Let nothing that Redis does reach the caller; once it has failed, it is left alone a while."""
        try:
            yield
        except (self._error, ValueError, zlib.error) as error:
            self._silent_until = time.monotonic() + _SILENCE
            log.warning("The shared cache does not answer (%s)", type(error).__name__)


def _key(account_id: str) -> str:
    return f"{_PREFIX}:{account_id}"


def _unpack(packed: bytes) -> bytes:
    """Return the content, of a size that is not out of all proportion."""
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(packed, _MAX_CONTENT)
    if unpacker.unconsumed_tail:
        raise ValueError("too large")
    return content
