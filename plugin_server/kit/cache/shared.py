"""The part of the cache that processes share: entries, turns at loading them, and visits.

With Redis they share it over all machines. Everything of one account lies in one Redis hash, so that a key
cannot be built without the account and all of it goes at once. While Redis does not respond, each process
goes on with its own memory. Without Redis, those of one machine share it in files: see ``shared_files.py``.
"""

import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, NamedTuple, Protocol

from plugin_server.store.redis import SharedRedis

log = logging.getLogger(__name__)

# Seconds. A hash goes a day after the last thing was saved in it.
_LIFETIME = 24 * 3600
_POLL = 0.05
# A turn ends by itself so long after its process has died. A living one prolongs it, thrice as often.
TURN = 6.0
# Bytes; the format's number changes with it.
_FORMAT = "kit:1"
# The field of a hash that holds the account's latest visit.
_VISIT = "visit"
_MAX_CONTENT = 256 * 1024 * 1024


class Content(NamedTuple):
    """An encoded value and when it was asked for (unix seconds)."""

    content: bytes
    loaded_at: float


class SharedCache(Protocol):
    """What a cache asks of those beside it. Nothing here raises: others are a help, not a need.

    Attributes:
        is_to_be_swept: whether what is kept goes only because ``sweep`` is called now and then.
    """

    is_to_be_swept: bool

    def is_available(self) -> bool:
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

    def load_lock(
        self, account_id: str, resource: str, *, seconds: int
    ) -> AbstractContextManager[object]:
        """Wait until nobody else loads this resource, for at most so many seconds."""

    def visit(self, account_id: str) -> tuple[float, float] | None:
        """Return when an account's latest visit began, and when others were told of it last.

        Both are in unix seconds.
        """

    def tell_visit(self, account_id: str, began: float, latest: float) -> None:
        """Tell the others of a visit that goes on."""

    def sweep(self, is_connected: Callable[[str], bool]) -> None:
        """Drop what is too old, and all of the accounts that have gone."""


class LocalOnly:
    """No others: each process has its own cache."""

    is_to_be_swept = False

    def is_available(self) -> bool:
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

    def load_lock(
        self, account_id: str, resource: str, *, seconds: int
    ) -> AbstractContextManager[object]:
        """Wait for nobody."""
        return nullcontext()

    def visit(self, account_id: str) -> tuple[float, float] | None:
        """Return nothing."""
        return None

    def tell_visit(self, account_id: str, began: float, latest: float) -> None:
        """Do nothing."""

    def sweep(self, is_connected: Callable[[str], bool]) -> None:
        """Do nothing."""


class RedisShared:
    """Others are there: what one process has loaded, all have."""

    # Whatever is in Redis has a time to live.
    is_to_be_swept = False

    def __init__(self, redis: SharedRedis, *, turn: float = TURN) -> None:
        """Take the Redis; ``turn`` is after how many seconds a dead process's turn is somebody else's."""
        self._redis, self._turn = redis, turn
        # What could not be dropped yet, because Redis did not respond.
        self._to_forget: set[str] = set()

    def is_available(self) -> bool:
        """Return whether Redis responds."""
        return self._redis.is_available()

    def find(self, account_id: str, resource: str, *, newer_than: float) -> Content | None:
        """Return an entry that is newer than a moment; its age is read before its content."""
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

    def save(
        self, account_id: str, resource: str, encode: Callable[[], bytes], loaded_at: float
    ) -> None:
        """Keep an entry for a day."""
        if not self._redis.may_respond:
            return
        try:
            content = encode()
        except Exception:
            log.exception("A %s cannot be shared", resource)
            return
        entry: dict[Any, Any] = {
            resource: pack(content),
            f"{resource} at": repr(loaded_at),
        }
        key, late = self._key(account_id), sorted(self._to_forget - {account_id})

        def write() -> bool:
            with self._redis.client.pipeline() as pipeline:
                if late:
                    pipeline.delete(*map(self._key, late))
                pipeline.hset(key, mapping=entry)
                pipeline.expire(key, _LIFETIME)
                pipeline.execute()
            return True

        if self._redis.call(write, otherwise=False):
            self._to_forget.difference_update(late)

    def list(self, account_id: str) -> dict[str, float]:
        """Return what is kept; a field beside each holds its age."""
        kept: dict[bytes, bytes] = self._redis.call(lambda: self._ages(account_id), {})
        return {name.decode().removesuffix(" at"): float(at) for name, at in kept.items() if at}

    def _ages(self, account_id: str) -> dict[bytes, bytes]:
        key = self._key(account_id)
        names: Any = self._redis.client.hkeys(key)
        ages = [name for name in names if name.endswith(b" at")]
        values: Any = self._redis.client.hmget(key, ages) if ages else []
        return dict(zip(ages, values, strict=True))

    def forget(self, account_id: str) -> None:
        """Drop everything of an account: now or, while Redis does not respond, as soon as it does."""
        key = self._key(account_id)
        if self._redis.call(lambda: self._redis.client.delete(key), None) is None:
            self._to_forget.add(account_id)

    @contextmanager
    def load_lock(self, account_id: str, resource: str, *, seconds: int) -> Iterator[None]:
        """Wait until nobody else loads this resource; a process that dies has its turn end by itself."""
        lock = self._redis.client.lock(
            f"{self._key(account_id)}:{resource}",
            timeout=self._turn,
            blocking_timeout=seconds,
            sleep=_POLL,
            thread_local=False,
        )
        over = threading.Event()
        taken = self._redis.call(lock.acquire, otherwise=False)
        if taken:
            self._prolong(lock, over, seconds)
        try:
            yield
        finally:
            over.set()
            if taken:
                self._redis.call(lock.release, None)

    def visit(self, account_id: str) -> tuple[float, float] | None:
        """Return an account's latest visit."""
        key = self._key(account_id)
        kept: Any = self._redis.call(lambda: self._redis.client.hget(key, _VISIT), None)
        if kept is None:
            return None
        try:
            began, latest = map(float, kept.split())
        except ValueError:  # of another version
            return None
        return began, latest

    def tell_visit(self, account_id: str, began: float, latest: float) -> None:
        """Tell the others of a visit, beside what is kept of the account."""
        key = self._key(account_id)

        def write() -> None:
            with self._redis.client.pipeline(transaction=False) as pipeline:
                pipeline.hset(key, _VISIT, f"{began!r} {latest!r}")
                pipeline.expire(key, _LIFETIME)
                pipeline.execute()

        self._redis.call(write, None)

    def sweep(self, is_connected: Callable[[str], bool]) -> None:
        """Do nothing."""

    def _prolong(self, lock: Any, over: threading.Event, seconds: int) -> None:
        """Prolong a turn until it is over, for at most so many seconds, in a thread of its own."""

        def prolong() -> None:
            latest = time.monotonic() + seconds
            while not over.wait(self._turn / 3) and time.monotonic() < latest:
                self._redis.call(lambda: lock.extend(self._turn, replace_ttl=True), None)

        with suppress(RuntimeError):  # no more threads: then somebody else may load it too
            threading.Thread(target=prolong, name="kit-turn", daemon=True).start()

    def _key(self, account_id: str) -> str:
        return f"{self._redis.namespace}:{_FORMAT}:{account_id}"


def pack(content: bytes) -> bytes:
    """Return the content as it is shared; texts come down to a quarter."""
    return zlib.compress(content, zlib.Z_BEST_SPEED)


def unpack(packed: bytes) -> bytes:
    """Return the content.

    Raises:
        ValueError: it is out of all proportion; zlib.error: it is something else.
    """
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(packed, _MAX_CONTENT)
    if unpacker.unconsumed_tail:
        raise ValueError("too large")
    return content
