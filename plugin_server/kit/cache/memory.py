"""The cache of one process for all accounts, bounded in bytes: entries, and responses made from them."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from plugin_server.kit.cache.changes import Lifetime, Visit
from plugin_server.observe.caches import CountedCache

log = logging.getLogger(__name__)

# Seconds.
MAX_STALENESS = 24 * 3600
# Bytes of an entry beside its value.
_OVERHEAD = 500
# The share of the memory that is for responses, most of which are not requested again.
_RESPONSES_SHARE = 1 / 8
# … and the largest share for one account, so that none evicts hundreds of others.
_ACCOUNT_SHARE = 1 / 4

T = TypeVar("T")
# The account's id, and the resource's name.
Key = tuple[str, str]


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A cached value.

    ``loaded_at`` is when it was requested, ``retry_at`` when a failed renewal is retried (unix seconds).
    ``weight`` is about how many bytes the value takes. Entries of one key hold the same object as long
    as the data does not change.
    """

    value: T
    loaded_at: float
    weight: int
    retry_at: float = 0.0


@dataclass(frozen=True)
class Dependency:
    """An entry that a response depends on, or that was looked up and absent (``None``).

    ``lifetime`` returns for how long it is fresh in a request of a visit (see ``Resource``); it is ``None``
    where the age does not matter.
    """

    name: str
    entry: Entry[Any] | None
    lifetime: Callable[[Entry[Any], Visit], Lifetime] | None = None


def _have_same_value(one: Entry[Any] | None, other: Entry[Any] | None) -> bool:
    return one.value is other.value if one and other else one is other


@dataclass(frozen=True)
class CachedResponse:
    """A response to the editor that was made from an account's entries."""

    content: bytes
    dependencies: tuple[Dependency, ...]


class Dependencies:
    """The entries that one request reads of an account, so that its response can be cached.

    The response is not cacheable when the same request would read something else next time, because an
    entry was absent or stale, or has another value since.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._by_name: dict[str, Dependency] = {}
        self._is_cacheable = True

    def add(self, dependency: Dependency) -> None:
        """Record a dependency."""
        known = self._by_name.setdefault(dependency.name, dependency)
        if not _have_same_value(known.entry, dependency.entry):
            self.mark_uncacheable()
        elif known.lifetime is None:
            self._by_name[dependency.name] = dependency

    def mark_uncacheable(self) -> None:
        """Prevent the response from being cached."""
        self._is_cacheable = False

    def response(self, content: bytes) -> CachedResponse | None:
        """Return the response with its dependencies; ``None`` if it must not be cached."""
        if not self._is_cacheable:
            return None
        return CachedResponse(content, tuple(self._by_name.values()))


class _Entries(CountedCache[Key, Entry[Any]]):
    """Entries, and the weights of those of each account."""

    def __init__(self, size: float) -> None:
        super().__init__("account_data", size, lambda entry: entry.weight + _OVERHEAD)
        # By account, the names and weights of its entries, least recently saved first.
        self.weights: dict[str, dict[str, int]] = {}

    def __setitem__(self, key: Key, entry: Entry[Any], **more: Any) -> None:
        """Save an entry; where the account has too many, those that were saved first are evicted.

        Raises:
            ValueError: it alone is larger than the cache.
        """
        account_id, name = key
        super().__setitem__(key, entry, **more)
        weights = self.weights.setdefault(account_id, {})
        weights.pop(name, None)
        weights[name] = entry.weight + _OVERHEAD
        excess = sum(weights.values()) - self.maxsize * _ACCOUNT_SHARE
        for other in list(weights)[:-1]:
            if excess <= 0:
                break
            excess -= weights[other]
            del self[account_id, other]
            self.count_eviction()

    def __delitem__(self, key: Key, **more: Any) -> None:
        super().__delitem__(key, **more)
        weights = self.weights[key[0]]
        del weights[key[1]]
        if not weights:
            del self.weights[key[0]]


class Memory:
    """Entries and responses; the least recently used are evicted first. Threads may share it."""

    def __init__(self, *, megabytes: float, clock: Callable[[], float]) -> None:
        """Make it empty; for the arguments see ``Cache``."""
        size = megabytes * 1024 * 1024
        self._entries = _Entries(size)
        self._responses: CountedCache[Key, CachedResponse] = CountedCache(
            "responses",
            size * _RESPONSES_SHARE,
            lambda response: len(response.content) + _OVERHEAD * (1 + len(response.dependencies)),
        )
        # Bytes to which an entry is fitted; the rest of the share is for the account's other entries.
        self.max_entry_bytes = int(size * _ACCOUNT_SHARE * 0.9)
        self._clock = clock
        self._lock = threading.Lock()

    def accounts(self) -> list[str]:
        """Return the accounts with entries."""
        with self._lock:
            return list(self._entries.weights)

    def age(self, entry: Entry[Any]) -> float:
        """Return how many seconds ago an entry was requested from Kit."""
        return max(0.0, self._clock() - entry.loaded_at)

    def find(self, key: Key) -> Entry[Any] | None:
        """Return an entry, however old."""
        with self._lock:
            return self._entries.get(key)

    def save(self, key: Key, entry: Entry[Any]) -> None:
        """Cache an entry, unless it alone is larger than the cache."""
        with self._lock:
            try:
                self._entries[key] = entry
            except ValueError:
                log.warning("CACHE_MEGABYTES is too small for one %s", key[1])

    def find_response(self, account_id: str, name: str, visit: Visit) -> tuple[bytes, float] | None:
        """Return a response for a request of a visit, and the seconds since its data was requested.

        Only if a new response would be made from the very same data: none of the values that it depends on
        may have changed, been evicted or become too old meanwhile. So nothing is returned that is older than
        the data of a new response, nor anything of an account that was evicted. Neither is it while some data
        is due: making the response again has that data loaded. Responses are bounded, swept and evicted as
        the entries are.
        """
        with self._lock:
            response = self._responses.get((account_id, name))
            if response is None:
                return None
            age = self._oldest_age(account_id, response.dependencies, visit)
        return None if age is None else (response.content, age)

    def save_response(
        self, account_id: str, name: str, response: CachedResponse, visit: Visit
    ) -> None:
        """Cache a response, unless what it depends on has been replaced already."""
        used = response.dependencies
        with self._lock, suppress(ValueError):  # too large to be cached
            if self._oldest_age(account_id, used, visit, may_be_due=True) is not None:
                self._responses[account_id, name] = response

    def _oldest_age(
        self,
        account_id: str,
        dependencies: Iterable[Dependency],
        visit: Visit,
        may_be_due: bool = False,
    ) -> float | None:
        """Return the age of the oldest that has to be fresh; ``None`` if one would not be read again."""
        oldest = 0.0
        for each in dependencies:
            entry = self._entries.get((account_id, each.name))
            if not _have_same_value(entry, each.entry):
                return None
            if entry and each.lifetime:
                age, lifetime = self.age(entry), each.lifetime(entry, visit)
                is_due = age >= lifetime.due and entry.retry_at <= self._clock()
                if age >= lifetime.fresh or (is_due and not may_be_due):
                    return None
                oldest = max(oldest, age)
        return oldest

    def _is_outdated(self, account_id: str, response: CachedResponse) -> bool:
        return not all(
            _have_same_value(self._entries.peek((account_id, each.name)), each.entry)
            for each in response.dependencies
        )

    def postpone_retry(self, key: Key, seconds: float) -> None:
        """Prevent the renewal of an entry, if there is one, for some seconds."""
        with self._lock:
            if entry := self._entries.get(key):
                self._entries[key] = replace(entry, retry_at=self._clock() + seconds)

    def evict(self, account_id: str) -> None:
        """Evict everything of an account."""
        with self._lock:
            for name in list(self._entries.weights.get(account_id, ())):
                del self._entries[account_id, name]
            for key in [key for key in self._responses if key[0] == account_id]:
                del self._responses[key]

    def drop_outdated(self) -> None:
        """Evict entries that are too old to be served, and responses made from entries that have changed."""
        with self._lock:
            for key in list(self._entries):
                entry = self._entries.peek(key)
                if entry and self.age(entry) >= MAX_STALENESS:
                    del self._entries[key]
            for key in list(self._responses):
                if self._is_outdated(key[0], self._responses.peek(key)):
                    del self._responses[key]
