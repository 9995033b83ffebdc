"""One account's cached data, as one request of its creator reads it."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillLoading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from plugin_server.blocking import before_blocking
from plugin_server.errors import (
    AccessWithheld,
    KitUnauthorized,
    KitUnavailable,
    NotConnected,
    PluginError,
)
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.cache.changes import OUTDATED, Visit
from plugin_server.kit.cache.memory import Dependencies, Dependency, Entry
from plugin_server.kit.cache.resource import Resource

if TYPE_CHECKING:
    from plugin_server.kit.cache.cache import Cache

# We have no access, or none at present: what is cached must not be shown.
NO_ACCESS = (AccessWithheld, KitUnauthorized, NotConnected)

T = TypeVar("T")


@dataclass(frozen=True)
class CachedValue(Generic[T]):
    """A value from the cache, or just loaded into it.

    ``age`` is in seconds, ``loaded`` whether the request waited for Kit, ``stale`` whether the value is
    older than it should be.
    """

    value: T
    age: float
    loaded: bool
    stale: bool


class AccountCache:
    """One account's entries, as one request reads them."""

    def __init__(self, cache: "Cache", account_id: str, visit: Visit) -> None:
        """Take the cache, the account, and how new its data has to be."""
        self._cache, self._account_id, self._visit = cache, account_id, visit
        self._dependencies = Dependencies()

    def cached_response(self, name: str) -> CachedValue[bytes] | None:
        """Return what ``cache_response`` cached, if the same data would be read for it now."""
        found = self._cache.memory.find_response(self._account_id, name, self._visit)
        return CachedValue(*found, loaded=False, stale=False) if found else None

    def cache_response(self, name: str, content: bytes) -> None:
        """Cache a response that was made from the entries that this request has read, and nothing else."""
        if response := self._dependencies.response(content):
            self._cache.memory.save_response(self._account_id, name, response, self._visit)

    def get(
        self,
        resource: Resource[T],
        read: Callable[[], T],
        deadline: Deadline,
        *,
        must_be_fresh: bool = False,
    ) -> CachedValue[T]:
        """Return the account's ``resource``, loaded by ``read`` where needed.

        Args:
            resource: which one.
            read: requests it from Kit; runs in another thread.
            deadline: until when the request can wait.
            must_be_fresh: wait a little for a newer value rather than return a stale one. One that has
                changed since, as Kit reported, is waited for in any case.

        Raises:
            KitError: it is not cached, and Kit failed (502, 503, 429) or did not respond in time.
            NotConnected, AccessWithheld: 403, the creator's connection has ended, or is of no use now.
        """
        entry = self._find(resource)
        if entry is not None and not self._should_renew(resource, entry):
            return self._used(resource, entry)
        waits = (
            entry is None
            or self._is_outdated(resource, entry)
            or (must_be_fresh and self._is_stale(resource, entry))
        )
        load = self._load(resource, read, in_background=not waits)
        if entry is not None and not waits:
            return self._used(resource, entry)
        return self._wait(resource, read, load, entry, deadline)

    def prefetch(self, resource: Resource[T], read: Callable[[], T]) -> None:
        """Start to load what ``get`` with ``must_be_fresh`` would wait for, without waiting."""
        entry = self._find(resource)
        if entry is None or (self._is_stale(resource, entry) and self._cache.may_retry(entry)):
            self._load(resource, read, in_background=False)

    def get_or_load_in_background(
        self, resource: Resource[T], read: Callable[[], T]
    ) -> CachedValue[T] | None:
        """Return what is cached without ever waiting; start a load when it is absent or due."""
        entry = self._find(resource, at_once=True)
        if entry is None or self._should_renew(resource, entry):
            self._load(resource, read, in_background=True)
        if entry is None:
            self._dependencies.mark_uncacheable()
            return None
        return self._used(resource, entry)

    def find_cached(self, resource: Resource[T], *, at_once: bool = False) -> CachedValue[T] | None:
        """Return what is cached, however stale, and load nothing; for ``at_once`` see ``Cache``."""
        entry = self._find(resource, at_once=at_once)
        self._dependencies.add(Dependency(resource.name, entry))
        if entry is None:
            return None
        stale = self._is_stale(resource, entry)
        return CachedValue(entry.value, self._cache.age(entry), loaded=False, stale=stale)

    def _find(self, resource: Resource[T], *, at_once: bool = False) -> Entry[T] | None:
        return self._cache.find(self._account_id, resource, self._visit, at_once=at_once)

    def _is_stale(self, resource: Resource[T], entry: Entry[T]) -> bool:
        return self._cache.is_stale(resource, entry, self._visit)

    def _is_outdated(self, resource: Resource[T], entry: Entry[T]) -> bool:
        return resource.lifetime(entry, self._visit) is OUTDATED

    def _should_renew(self, resource: Resource[T], entry: Entry[T]) -> bool:
        is_due = self._cache.is_due(resource, entry, self._visit)
        return is_due and self._cache.may_retry(entry)

    def _load(
        self, resource: Resource[T], read: Callable[[], T], *, in_background: bool
    ) -> "Future[Entry[T]] | None":
        return self._cache.load(
            self._account_id, resource, read, self._visit, in_background=in_background
        )

    def _wait(
        self,
        resource: Resource[T],
        read: Callable[[], T],
        load: "Future[Entry[T]] | None",
        entry: Entry[T] | None,
        deadline: Deadline,
    ) -> CachedValue[T]:
        if entry is not None:
            deadline = Deadline.after(min(deadline.remaining(), self._cache.refresh_timeout))
        try:
            loaded = _result(load, deadline)
            if self._is_outdated(resource, loaded):  # the load had started before the change
                entry, load = loaded, self._load(resource, read, in_background=False)
                loaded = _result(load, deadline)
            return self._used(resource, loaded, loaded=True)
        except (StillLoading, PluginError) as error:
            self._dependencies.mark_uncacheable()
            if entry is not None and not isinstance(error, NO_ACCESS):
                return self._used(resource, entry)
            if isinstance(error, PluginError):
                raise
            raise KitUnavailable(reason="deadline") from None

    def _used(
        self, resource: Resource[T], entry: Entry[T], *, loaded: bool = False
    ) -> CachedValue[T]:
        """Return an entry's value, and record that the response depends on it."""
        stale = self._is_stale(resource, entry) and not loaded
        if stale:
            self._dependencies.mark_uncacheable()
        else:
            self._dependencies.add(Dependency(resource.name, entry, resource.lifetime))
        return CachedValue(entry.value, self._cache.age(entry), loaded=loaded, stale=stale)


def _result(load: "Future[Entry[T]] | None", deadline: Deadline) -> Entry[T]:
    """Wait for a load; raises StillLoading at the deadline, and KitUnavailable where none was started."""
    if load is None:
        raise KitUnavailable(reason="many_loads")
    before_blocking()
    return load.result(timeout=deadline.remaining())
