"""What is kept of one account, as one request of its creator reads it."""

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
from plugin_server.kit.cache.memory import Entry, Reading, Readings
from plugin_server.kit.cache.resource import Resource

if TYPE_CHECKING:
    from plugin_server.kit.cache.cache import Cache

# Our access is over, or not wanted at present: what we still hold is not ours to show.
NO_ACCESS = (AccessWithheld, KitUnauthorized, NotConnected)

T = TypeVar("T")


@dataclass(frozen=True)
class Found(Generic[T]):
    """What a request gets.

    ``age`` is in seconds; ``loaded`` tells that it waited; ``stale`` that it should have been newer.
    """

    value: T
    age: float
    loaded: bool
    stale: bool


class AccountCache:
    """One account's entries, as one request reads them."""

    def __init__(self, cache: "Cache", account_id: str, visit: float) -> None:
        """Take all entries, whose are wanted, and when this visit of theirs began (unix seconds)."""
        self._cache, self._account_id, self._visit = cache, account_id, visit
        self._readings = Readings()

    def recall(self, name: str) -> Found[bytes] | None:
        """Return what ``keep`` has kept, if making it again would read the very same data."""
        made = self._cache.memory.find_made(self._account_id, name, self._visit)
        return Found(*made, loaded=False, stale=False) if made else None

    def keep(self, name: str, content: bytes) -> None:
        """Keep what was made of the entries that this request has read, and of nothing else."""
        if made := self._readings.made(content):
            self._cache.memory.save_made(self._account_id, name, made, self._visit)

    def get(
        self,
        resource: Resource[T],
        read: Callable[[], T],
        deadline: Deadline,
        *,
        must_be_fresh: bool = False,
    ) -> Found[T]:
        """Return the account's ``resource``, loaded by ``read`` where needed.

        Args:
            resource: what is wanted.
            read: asks Kit; runs in another thread.
            deadline: until when the request can wait.
            must_be_fresh: wait a little for a newer value rather than take a stale one.

        Raises:
            KitError: it is absent, and Kit failed (502, 503, 429) or did not answer in time.
            NotConnected, AccessWithheld: 403, the creator's connection has ended, or is of no use now.
        """
        entry = self._find(resource)
        if entry is not None and not self._wants_newer(resource, entry):
            return self._used(resource, entry)
        waits = entry is None or (must_be_fresh and self._is_stale(resource, entry))
        load = self._load(resource, read, behind=not waits)
        if entry is not None and not waits:
            return self._used(resource, entry)
        return self._wait(resource, load, entry, deadline)

    def begin(self, resource: Resource[T], read: Callable[[], T]) -> None:
        """Begin to load what ``get`` with ``must_be_fresh`` would wait for, and do not wait."""
        entry = self._find(resource)
        if entry is None or (self._is_stale(resource, entry) and self._cache.may_retry(entry)):
            self._load(resource, read, behind=False)

    def peek(self, resource: Resource[T], read: Callable[[], T]) -> Found[T] | None:
        """Return what is there, without ever waiting; begin a load when it is absent or due."""
        entry = self._find(resource, at_once=True)
        if entry is None or self._wants_newer(resource, entry):
            self._load(resource, read, behind=True)
        if entry is None:
            self._readings.mark_uncacheable()
            return None
        return self._used(resource, entry)

    def find(self, resource: Resource[T], *, at_once: bool = False) -> Found[T] | None:
        """Return what is there, however stale, and begin nothing; for ``at_once`` see ``Cache``."""
        entry = self._find(resource, at_once=at_once)
        self._readings.add(Reading(resource.name, entry))
        if entry is None:
            return None
        stale = self._is_stale(resource, entry)
        return Found(entry.value, self._cache.age(entry), loaded=False, stale=stale)

    def _find(self, resource: Resource[T], *, at_once: bool = False) -> Entry[T] | None:
        return self._cache.find(self._account_id, resource, self._visit, at_once=at_once)

    def _is_stale(self, resource: Resource[T], entry: Entry[T]) -> bool:
        return self._cache.is_stale(resource, entry, self._visit)

    def _wants_newer(self, resource: Resource[T], entry: Entry[T]) -> bool:
        is_due = self._cache.is_due(resource, entry, self._visit)
        return is_due and self._cache.may_retry(entry)

    def _load(
        self, resource: Resource[T], read: Callable[[], T], *, behind: bool
    ) -> "Future[Entry[T]] | None":
        return self._cache.load(self._account_id, resource, read, self._visit, behind=behind)

    def _wait(
        self,
        resource: Resource[T],
        load: "Future[Entry[T]] | None",
        entry: Entry[T] | None,
        deadline: Deadline,
    ) -> Found[T]:
        seconds = deadline.remaining()
        if entry is not None:
            seconds = min(seconds, self._cache.patience)
        try:
            if load is None:
                raise KitUnavailable(reason="many_loads")
            before_blocking()
            return self._used(resource, load.result(timeout=seconds), loaded=True)
        except (StillLoading, PluginError) as error:
            self._readings.mark_uncacheable()
            if entry is not None and not isinstance(error, NO_ACCESS):
                return self._used(resource, entry)
            if isinstance(error, PluginError):
                raise
            raise KitUnavailable(reason="deadline") from None

    def _used(self, resource: Resource[T], entry: Entry[T], *, loaded: bool = False) -> Found[T]:
        """Return an entry's value, and note that the answer rests on it for as long as it is good."""
        stale = self._is_stale(resource, entry) and not loaded
        if stale:
            self._readings.mark_uncacheable()
        else:
            self._readings.add(Reading(resource.name, entry, resource.lasts))
        return Found(entry.value, self._cache.age(entry), loaded=loaded, stale=stale)
