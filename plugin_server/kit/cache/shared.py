"""The part of the cache that processes share: entries, load locks and visits.

With Redis, the processes of all machines share it. Everything of one account is in one Redis hash, so that a
key cannot be built without the account and all of it is evicted at once. While Redis does not respond, each
process goes on with its own memory. Without Redis, the processes of one machine share files: see
``shared_files.py``.
"""

import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, NamedTuple, Protocol

from typing_extensions import override

from plugin_server.store.redis import SharedRedis

log = logging.getLogger(__name__)

# Seconds. A hash expires a day after the last write.
_LIFETIME = 24 * 3600
_POLL = 0.05
# Seconds after which the load lock of a process that has died expires. A living one extends it in time.
LOCK_TTL = 6.0
# Bytes; the format's number changes with it.
_FORMAT = "kit:1"
# The field of a hash that holds the account's latest visit.
_VISIT = "visit"
_MAX_CONTENT = 256 * 1024 * 1024


class Content(NamedTuple):
    """An encoded value, and when it was requested (unix seconds)."""

    content: bytes
    loaded_at: float


class SharedCache(Protocol):
    """What processes share of a cache. No method raises: a cache works without it.

    Attributes:
        needs_sweeping: whether entries expire only because ``sweep`` is called at intervals.
    """

    needs_sweeping: bool

    def is_available(self) -> bool:
        """Return whether what is shared can be reached."""

    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        """Return an entry that was loaded after a time (unix seconds)."""

    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        """Share an entry; it is encoded only if it can be shared."""

    def list(self, account_id: str) -> dict[str, float]:
        """Return the resources that are shared of an account, and when each was loaded (unix seconds)."""

    def evict(self, account_id: str) -> None:
        """Evict everything of an account."""

    def load_lock(
        self, account_id: str, resource: str, *, seconds: int
    ) -> AbstractContextManager[object]:
        """Wait until no other process loads this resource, for at most ``seconds``."""

    def find_visit(self, account_id: str) -> tuple[float, float] | None:
        """Return when an account's latest visit started, and when it was shared last (unix seconds)."""

    def save_visit(self, account_id: str, start: float, latest: float) -> None:
        """Share a visit that goes on."""

    def sweep(self, is_connected: Callable[[str], bool]) -> None:
        """Evict what is too old, and everything of accounts that are not connected."""


class LocalOnly(SharedCache):
    """Shares nothing: each process has its own cache."""

    needs_sweeping = False

    @override
    def is_available(self) -> bool:
        return True

    @override
    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        return None

    @override
    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        pass

    @override
    def list(self, account_id: str) -> dict[str, float]:
        return {}

    @override
    def evict(self, account_id: str) -> None:
        pass

    @override
    def load_lock(
        self, account_id: str, resource: str, *, seconds: int
    ) -> AbstractContextManager[object]:
        return nullcontext()

    @override
    def find_visit(self, account_id: str) -> tuple[float, float] | None:
        return None

    @override
    def save_visit(self, account_id: str, start: float, latest: float) -> None:
        pass

    @override
    def sweep(self, is_connected: Callable[[str], bool]) -> None:
        pass


class RedisShared(SharedCache):
    """Shares entries in Redis: what one process has loaded, all have."""

    # Every key in Redis has a time to live.
    needs_sweeping = False

    def __init__(self, redis: SharedRedis, *, lock_ttl: float = LOCK_TTL) -> None:
        """Take the Redis, and the seconds after which a dead process's load lock expires."""
        self._redis, self._lock_ttl = redis, lock_ttl
        # Accounts that could not be evicted yet, because Redis did not respond.
        self._pending_evictions: set[str] = set()

    @override
    def is_available(self) -> bool:
        return self._redis.is_available()

    @override
    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        # The time is read before the content, which may be large.
        key = self._key(account_id)

        def read() -> Any:
            at: Any = self._redis.client.hget(key, f"{resource} at")
            if at is None or float(at) <= newer_than:
                return None
            return at, self._redis.client.hget(key, resource)

        try:
            at, packed = self._redis.call(read, None) or (0, None)
            return Content(unpack(packed), float(at)) if packed else None
        except (ValueError, zlib.error) as error:
            log.warning("A shared %s cannot be read (%s)", resource, type(error).__name__)
            return None

    @override
    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        if not self._redis.may_respond:
            return
        try:
            content = encode()
        except Exception:  # the request has its value: sharing it must not fail the request
            log.exception("A %s cannot be shared", resource)
            return
        entry: dict[Any, Any] = {
            resource: pack(content),
            f"{resource} at": repr(loaded_at),
        }
        key, evicted = self._key(account_id), sorted(self._pending_evictions - {account_id})

        def write() -> bool:
            with self._redis.client.pipeline() as pipeline:
                if evicted:
                    pipeline.delete(*map(self._key, evicted))
                pipeline.hset(key, mapping=entry)
                pipeline.expire(key, _LIFETIME)
                pipeline.execute()
            return True

        if self._redis.call(write, otherwise=False):
            self._pending_evictions.difference_update(evicted)

    @override
    def list(self, account_id: str) -> dict[str, float]:
        # A field beside each entry holds the time.
        times: dict[bytes, bytes] = self._redis.call(lambda: self._times(account_id), {})
        return {name.decode().removesuffix(" at"): float(at) for name, at in times.items() if at}

    def _times(self, account_id: str) -> dict[bytes, bytes]:
        key = self._key(account_id)
        names: Any = self._redis.client.hkeys(key)
        times = [name for name in names if name.endswith(b" at")]
        values: Any = self._redis.client.hmget(key, times) if times else []
        return dict(zip(times, values, strict=True))

    @override
    def evict(self, account_id: str) -> None:
        key = self._key(account_id)
        # While Redis does not respond, as soon as it does.
        if self._redis.call(lambda: self._redis.client.delete(key), None) is None:
            self._pending_evictions.add(account_id)

    @override
    @contextmanager
    def load_lock(self, account_id: str, resource: str, *, seconds: int) -> Iterator[None]:
        lock = self._redis.client.lock(
            f"{self._key(account_id)}:{resource}",
            timeout=self._lock_ttl,
            blocking_timeout=seconds,
            sleep=_POLL,
            thread_local=False,
        )
        released = threading.Event()
        taken = self._redis.call(lock.acquire, otherwise=False)
        if taken:
            self._extend(lock, released, seconds)
        try:
            yield
        finally:
            released.set()
            if taken:
                self._redis.call(lock.release, None)

    @override
    def find_visit(self, account_id: str) -> tuple[float, float] | None:
        key = self._key(account_id)
        visit: Any = self._redis.call(lambda: self._redis.client.hget(key, _VISIT), None)
        if visit is None:
            return None
        try:
            start, latest = map(float, visit.split())
        except ValueError:  # of another version
            return None
        return start, latest

    @override
    def save_visit(self, account_id: str, start: float, latest: float) -> None:
        key = self._key(account_id)

        def write() -> None:
            with self._redis.client.pipeline(transaction=False) as pipeline:
                pipeline.hset(key, _VISIT, f"{start!r} {latest!r}")
                pipeline.expire(key, _LIFETIME)
                pipeline.execute()

        self._redis.call(write, None)

    @override
    def sweep(self, is_connected: Callable[[str], bool]) -> None:
        pass

    def _extend(self, lock: Any, released: threading.Event, seconds: int) -> None:
        """Extend a lock until it is released, for at most ``seconds``, in a thread of its own."""

        def extend() -> None:
            latest = time.monotonic() + seconds
            while not released.wait(self._lock_ttl / 3) and time.monotonic() < latest:
                self._redis.call(lambda: lock.extend(self._lock_ttl, replace_ttl=True), None)

        with suppress(
            RuntimeError
        ):  # the machine is out of threads: another process may load it too
            threading.Thread(target=extend, name="kit-load-lock", daemon=True).start()

    def _key(self, account_id: str) -> str:
        return f"{self._redis.namespace}:{_FORMAT}:{account_id}"


def pack(content: bytes) -> bytes:
    """Return the content compressed; texts take about a quarter."""
    return zlib.compress(content, zlib.Z_BEST_SPEED)


def unpack(packed: bytes) -> bytes:
    """Return the content that was compressed with ``pack``.

    Raises:
        ValueError: it is too large; zlib.error: it is not what ``pack`` returned.
    """
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(packed, _MAX_CONTENT)
    if unpacker.unconsumed_tail:
        raise ValueError("too large")
    return content
