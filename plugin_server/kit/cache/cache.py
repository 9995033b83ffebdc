"""The cache of accounts' data: stale-while-revalidate, with one load at a time for each resource.

An entry is fresh for a lifetime that depends on its resource and on the creator's visit (see ``visits.py``),
and is then *stale*. From half of that time on it is *due*: the first request that uses it has it loaded in
the background, once for all processes, so that a creator who goes on editing never waits for Kit. What is
absent is loaded once, however many requests wait for it. So is what has changed since, as Kit reported: see
``changes.py``. A load that fails leaves the entry in its place, for a day at most.

Loads run in threads of their own. So a request never waits longer than its deadline, whatever Kit does, and
what arrives too late for one request is there for the next.

Each process has its entries in memory, bounded in bytes (see ``memory.py``); processes also share entries and
load locks (see ``shared.py``). dogpile.cache, which serves this purpose, has no bound in bytes, no deadline
for requests that wait, and no eviction by account; so this uses cachetools and the locks of redis-py and of
the kernel, and adds what is between them.
"""

import contextvars
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from plugin_server.errors import InternalError, KitError, KitUnavailable, PluginError
from plugin_server.kit.cache.account_cache import NO_ACCESS, AccountCache
from plugin_server.kit.cache.changes import FindChanges, Visit, nothing_is_reported
from plugin_server.kit.cache.memory import MAX_STALENESS, Entry, Key, Memory
from plugin_server.kit.cache.resource import Resource
from plugin_server.kit.cache.shared import SharedCache
from plugin_server.kit.cache.sweeper import SWEEP_INTERVAL, Sweeper
from plugin_server.kit.cache.visits import Visits

log = logging.getLogger(__name__)

# Seconds for which a request waits for a newer entry when there is a stale one.
REFRESH_TIMEOUT = 3.0
# Seconds for which a stale entry is served without another attempt after one has failed.
RETRY_AFTER, MAX_RETRY_AFTER = 5, 60
# Loads at one time in each process, beyond which none starts in the background.
MAX_LOADS = 32
# Locks under which entries of other processes are decoded, each for some of the keys.
_DECODING_LOCKS = 64

T = TypeVar("T")


class Cache:
    """The entries of all accounts; ``of`` returns those of one account."""

    def __init__(
        self,
        *,
        megabytes: float,
        clock: Callable[[], float],
        is_connected: Callable[[str], bool],
        shared: SharedCache,
        find_changes: FindChanges = nothing_is_reported,
        refresh_timeout: float = REFRESH_TIMEOUT,
        sweep_interval: float = SWEEP_INTERVAL,
    ) -> None:
        """Make an empty cache.

        Args:
            megabytes: the bound of this process's memory.
            clock: unix seconds.
            is_connected: whether an account's data may still be cached.
            shared: what processes share.
            find_changes: what Kit has reported of an account; called for each request of its creator.
            refresh_timeout: seconds that a request waits for a newer entry when there is a stale one.
            sweep_interval: seconds.
        """
        self.memory = Memory(megabytes=megabytes, clock=clock)
        self.visits = Visits(clock, shared)
        self._loads: dict[Key, Future[Entry[Any]]] = {}
        self._lock = threading.Lock()
        self._decoding = tuple(threading.Lock() for _ in range(_DECODING_LOCKS))
        self._clock, self._is_connected, self._shared = clock, is_connected, shared
        self._find_changes = find_changes
        self.refresh_timeout = refresh_timeout
        self._sweeper = Sweeper(sweep_interval, self._sweep)
        if shared.needs_sweeping:
            self._sweeper.start()

    def of(self, account_id: str) -> AccountCache:
        """Return the entries of one account, for a request of its creator.

        Raises:
            ValueError: no account is named.
        """
        if not account_id:
            raise ValueError("no account")
        start = self.visits.record_request(account_id)
        return AccountCache(self, account_id, Visit(start, self._find_changes(account_id)))

    def evict(self, account_id: str) -> None:
        """Evict everything of an account, for all processes; the results of running loads are dropped."""
        with self._lock:
            for key in [key for key in self._loads if key[0] == account_id]:
                del self._loads[key]
        self.memory.evict(account_id)
        self._shared.evict(account_id)
        self.visits.evict(account_id)

    # What AccountCache uses

    def find(
        self, account_id: str, resource: Resource[T], visit: Visit, *, at_once: bool = False
    ) -> Entry[T] | None:
        """Return the newest entry that is not too old to serve.

        ``at_once`` leaves out what other processes have, which may take a while to decode.
        """
        key = (account_id, resource.name)
        entry = self.memory.find(key)
        if not at_once and (entry is None or self.is_due(resource, entry, visit)):
            entry = self._find_newest(key, resource)
        if entry is not None and self.age(entry) >= MAX_STALENESS:
            return None
        return entry

    def age(self, entry: Entry[Any]) -> float:
        """Return how many seconds ago an entry was requested from Kit."""
        return self.memory.age(entry)

    def is_stale(self, resource: Resource[T], entry: Entry[T], visit: Visit) -> bool:
        """Return whether the lifetime of an entry is over, for a request of a visit."""
        return self.age(entry) >= resource.lifetime(entry, visit).fresh

    def is_due(self, resource: Resource[T], entry: Entry[T], visit: Visit) -> bool:
        """Return whether an entry is to be loaded again."""
        return self.age(entry) >= resource.lifetime(entry, visit).due

    def may_retry(self, entry: Entry[Any]) -> bool:
        """Return whether the pause after a failed renewal is over."""
        return entry.retry_at <= self._clock()

    def load(
        self,
        account_id: str,
        resource: Resource[T],
        read: Callable[[], T],
        visit: Visit,
        *,
        in_background: bool,
    ) -> Future[Entry[T]] | None:
        """Start a load or join the one that runs; ``None`` when too many run for one in the background."""
        key = (account_id, resource.name)
        with self._lock:
            if key in self._loads:
                return self._loads[key]
            if in_background and len(self._loads) >= MAX_LOADS:
                return None
            load = self._loads[key] = Future[Entry[T]]()
        # In a copy of the request's context, so that its calls of Kit are counted in the request's record.
        context = contextvars.copy_context()
        run = partial(context.run, self._run, key, resource, read, visit, load)
        thread = threading.Thread(target=run, name="kit-load", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine is out of threads
            self._finish(key, load)
            load.set_exception(KitUnavailable(reason="no_threads"))
        return load

    # Loading, in a thread of its own

    def _run(
        self,
        key: Key,
        resource: Resource[T],
        read: Callable[[], T],
        visit: Visit,
        load: "Future[Entry[T]]",
    ) -> None:
        """Give ``load`` a result or an error, whatever happens: requests wait for it."""
        entry: Entry[T] | None = None
        error: PluginError = InternalError()
        try:
            entry = self._loaded_elsewhere(key, resource, visit)
            if entry is None:
                with self._shared.load_lock(*key, seconds=resource.max_load_seconds):
                    entry = self._loaded_elsewhere(key, resource, visit)
                    if entry is None:
                        entry = self._read(key, resource, read)
                        self._store(key, resource, entry, load)
        except PluginError as known:
            error = known
            self._handle_failure(key, known)
        except BaseException as bug:  # nothing above this thread would handle it
            log.exception("Unexpected error while loading %s", resource.name)
            error.__cause__ = bug
        finally:
            self._finish(key, load)
            if entry is None:
                load.set_exception(error)
            else:
                load.set_result(entry)

    def _loaded_elsewhere(self, key: Key, resource: Resource[T], visit: Visit) -> Entry[T] | None:
        entry = self._find_newest(key, resource)
        return entry if entry and not self.is_due(resource, entry, visit) else None

    def _read(self, key: Key, resource: Resource[T], read: Callable[[], T]) -> Entry[T]:
        # The time before the request: what changes during it may not be in the response.
        started = self._clock()
        return self._entry(key, resource, read(), started)

    def _entry(self, key: Key, resource: Resource[T], value: T, loaded_at: float) -> Entry[T]:
        """Return a new entry, with the same object where the data has not changed: others hold it."""
        known = self.memory.find(key)
        if known is not None and known.value == value:
            return Entry(known.value, loaded_at, known.weight)
        weight, room = resource.weigh(value), self.memory.max_entry_bytes
        if weight > room:
            value = resource.fit(value, room)
            if known is not None and known.value == value:
                return Entry(known.value, loaded_at, known.weight)
            weight = resource.weigh(value)
        resource.prepare(value)
        return Entry(value, loaded_at, weight)

    def _store(
        self, key: Key, resource: Resource[T], entry: Entry[T], load: "Future[Entry[T]]"
    ) -> None:
        """Cache what was read, unless the creator has uninstalled the app meanwhile."""
        if not self._is_connected(key[0]):
            return
        with self._lock:
            was_evicted = self._loads.get(key) is not load
        if was_evicted:
            return
        self._save(key, entry)
        self._shared.save(*key, lambda: resource.encode(entry.value), entry.loaded_at)
        # If the app was uninstalled between the check above and the saving, the eviction came too early.
        if not self._is_connected(key[0]):
            self.evict(key[0])

    def _handle_failure(self, key: Key, error: PluginError) -> None:
        if isinstance(error, NO_ACCESS):
            self.evict(key[0])
            return
        retry_after = error.wait if isinstance(error, KitError) else None
        wait = min(max(retry_after or 0, RETRY_AFTER), MAX_RETRY_AFTER)
        self.memory.postpone_retry(key, wait)

    def _finish(self, key: Key, load: "Future[Any]") -> None:
        with self._lock:
            if self._loads.get(key) is load:
                del self._loads[key]

    def _find_newest(self, key: Key, resource: Resource[T]) -> Entry[T] | None:
        """Return the newest entry, from this process or another."""
        # One at a time: the other threads then find what the first has decoded, which can take long.
        with self._decoding[hash(key) % _DECODING_LOCKS]:
            entry = self.memory.find(key)
            shared = self._shared.find(*key, newer_than=entry.loaded_at if entry else 0.0)
            if shared is None:
                return entry
            try:
                value = resource.decode(shared.content)
                newest = self._entry(key, resource, value, shared.loaded_at)
            except Exception as error:  # whatever another version wrote
                log.warning("A shared %s cannot be used: %s", key[1], type(error).__name__)
                return entry
            self._save(key, newest)
            return newest

    def _save(self, key: Key, entry: Entry[Any]) -> None:
        self.memory.save(key, entry)
        self._sweeper.start()

    def _sweep(self) -> bool:
        """Evict what is too old and accounts that are not connected; return whether to go on sweeping."""
        for account_id in self.memory.accounts():
            if not self._is_connected(account_id):
                self.evict(account_id)
        self.memory.drop_outdated()
        self._shared.sweep(self._is_connected)
        return self._shared.needs_sweeping or bool(self.memory.accounts())
