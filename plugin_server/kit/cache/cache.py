"""What was read of each account, kept for a while.

An entry *lasts* for a time that depends on its resource and on the creator's visit (see ``visits.py``), and
is then *stale*. From half of that time on it is *due*: the first request that uses it has it loaded anew
behind its response, once for all processes, so that who edits on never waits for Kit. What is absent is
loaded once, however many requests wait for it. A load that fails leaves the entry in its place, for a day
at most.

Loads run in threads of their own. So a request never waits longer than its deadline, whatever
Kit does, and what arrives too late for it is there for the next one.

Each process keeps its entries in memory, bounded in bytes (see ``memory.py``); processes also share them, and
who loads them (see ``shared_cache.py``). dogpile.cache, which is for such things,
knows no bound in bytes, no deadline for those who wait, and no account whose entries go together; so
it is cachetools and the locks of redis-py and of the kernel, and what lies between them is here.
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
from plugin_server.kit.cache.memory import LONGEST_STALE, Entry, Key, Memory
from plugin_server.kit.cache.resource import Resource
from plugin_server.kit.cache.shared import SharedCache
from plugin_server.kit.cache.sweeper import SWEEP_INTERVAL, Sweeper
from plugin_server.kit.cache.visits import Visits

log = logging.getLogger(__name__)

# Seconds for which a request waits for a newer entry when it could have a stale one.
REFRESH_PATIENCE = 3.0
# How long a stale entry is served without another attempt after one has failed.
RETRY_AFTER, LONGEST_RETRY_AFTER = 5, 60
# Loads behind stale entries at one time, in each process.
MAX_LOADS = 32
# Locks under which entries of others are taken over, each for some of the keys.
_ADOPTING = 64

T = TypeVar("T")


class Cache:
    """The entries of all accounts; ``of`` gives one account's, and nothing here reaches across."""

    def __init__(
        self,
        *,
        megabytes: float,
        clock: Callable[[], float],
        is_connected: Callable[[str], bool],
        shared: SharedCache,
        patience: float = REFRESH_PATIENCE,
        sweep_interval: float = SWEEP_INTERVAL,
    ) -> None:
        """Make an empty cache.

        Args:
            megabytes: the bound of this process's memory.
            clock: what time it is (unix seconds).
            is_connected: whether an account's data may still be kept.
            shared: what other processes have.
            patience: seconds that a request waits for a newer entry when it could have a stale one.
            sweep_interval: seconds.
        """
        self.memory = Memory(megabytes=megabytes, clock=clock)
        self.visits = Visits(clock, shared)
        self._loads: dict[Key, Future[Entry[Any]]] = {}
        self._lock = threading.Lock()
        self._adopting = tuple(threading.Lock() for _ in range(_ADOPTING))
        self._clock, self._is_connected, self._shared = clock, is_connected, shared
        self.patience = patience
        self._sweeper = Sweeper(sweep_interval, self._sweep)
        if shared.is_to_be_swept:
            self._sweeper.begin()

    def of(self, account_id: str) -> AccountCache:
        """Return the entries of one account, for a request of its creator.

        Raises:
            ValueError: no account is named.
        """
        if not account_id:
            raise ValueError("no account")
        return AccountCache(self, account_id, self.visits.note(account_id))

    def forget(self, account_id: str) -> None:
        """Drop everything of an account, here and for all processes; loads on their way are lost."""
        with self._lock:
            for key in [key for key in self._loads if key[0] == account_id]:
                del self._loads[key]
        self.memory.forget(account_id)
        self._shared.forget(account_id)
        self.visits.forget(account_id)

    # What AccountCache asks

    def find(
        self, account_id: str, resource: Resource[T], visit: float, *, at_once: bool = False
    ) -> Entry[T] | None:
        """Return the newest entry that is not too old to serve.

        ``visit`` is when the creator's visit began (unix seconds). ``at_once`` leaves out what other
        processes have, which may take a while to decode.
        """
        key = (account_id, resource.name)
        entry = self.memory.find(key)
        if not at_once and (entry is None or self.is_due(resource, entry, visit)):
            entry = self._adopt(key, resource)
        if entry is not None and self.age(entry) >= LONGEST_STALE:
            return None
        return entry

    def age(self, entry: Entry[Any]) -> float:
        """Return how many seconds ago an entry was asked for."""
        return self.memory.age(entry)

    def is_stale(self, resource: Resource[T], entry: Entry[T], visit: float) -> bool:
        """Return whether a newer entry is wanted in a visit that began then."""
        return self.age(entry) >= resource.lasts(entry, visit)

    def is_due(self, resource: Resource[T], entry: Entry[T], visit: float) -> bool:
        """Return whether half of the time is over for which an entry is good."""
        return self.age(entry) >= resource.lasts(entry, visit) / 2

    def may_retry(self, entry: Entry[Any]) -> bool:
        """Return whether it is time to renew an entry."""
        return entry.retry_at <= self._clock()

    def load(
        self,
        account_id: str,
        resource: Resource[T],
        read: Callable[[], T],
        visit: float,
        *,
        behind: bool,
    ) -> Future[Entry[T]] | None:
        """Begin to load, or join who has begun; ``None`` when too many loads run behind."""
        key = (account_id, resource.name)
        with self._lock:
            if key in self._loads:
                return self._loads[key]
            if behind and len(self._loads) >= MAX_LOADS:
                return None
            load = self._loads[key] = Future[Entry[T]]()
        # In a copy of the request's context, so that what it asks of Kit is noted as the request's.
        context = contextvars.copy_context()
        run = partial(context.run, self._run, key, resource, read, visit, load)
        thread = threading.Thread(target=run, name="kit-load", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine has no more threads
            self._finish(key, load)
            load.set_exception(KitUnavailable(reason="no_threads"))
        return load

    # Loading, in a thread of its own

    def _run(
        self,
        key: Key,
        resource: Resource[T],
        read: Callable[[], T],
        visit: float,
        load: "Future[Entry[T]]",
    ) -> None:
        """Give ``load`` a result or an error, whatever happens: others wait for it."""
        entry: Entry[T] | None = None
        error: PluginError = InternalError()
        try:
            entry = self._loaded_elsewhere(key, resource, visit)
            if entry is None:
                with self._shared.load_lock(*key, seconds=resource.longest_load):
                    entry = self._loaded_elsewhere(key, resource, visit)
                    if entry is None:
                        entry = self._read(key, resource, read)
                        self._keep(key, resource, entry, load)
        except PluginError as known:
            error = known
            self._note_failure(key, known)
        except BaseException:  # nothing above this thread would do anything about it
            log.exception("Unforeseen error while loading %s", resource.name)
        finally:
            self._finish(key, load)
            if entry is None:
                load.set_exception(error)
            else:
                load.set_result(entry)

    def _loaded_elsewhere(self, key: Key, resource: Resource[T], visit: float) -> Entry[T] | None:
        entry = self._adopt(key, resource)
        return entry if entry and not self.is_due(resource, entry, visit) else None

    def _read(self, key: Key, resource: Resource[T], read: Callable[[], T]) -> Entry[T]:
        # Taken before Kit is asked: what changes meanwhile is not in the answer for certain.
        begun = self._clock()
        return self._entry(key, resource, read(), begun)

    def _entry(self, key: Key, resource: Resource[T], value: T, loaded_at: float) -> Entry[T]:
        """Return a new entry; what has not changed stays the same object, with all that was made of it."""
        known = self.memory.find(key)
        if known is not None and known.value == value:
            return Entry(known.value, loaded_at, known.weight)
        weight, room = resource.weigh(value), self.memory.room_of_one
        if weight > room:
            value = resource.fit(value, room)
            if known is not None and known.value == value:
                return Entry(known.value, loaded_at, known.weight)
            weight = resource.weigh(value)
        resource.prepare(value)
        return Entry(value, loaded_at, weight)

    def _keep(
        self, key: Key, resource: Resource[T], entry: Entry[T], load: "Future[Entry[T]]"
    ) -> None:
        """Keep what was read, unless the creator has uninstalled the app meanwhile."""
        if not self._is_connected(key[0]):
            return
        with self._lock:
            forgotten = self._loads.get(key) is not load
        if forgotten:
            return
        self._save(key, entry)
        self._shared.save(*key, lambda: resource.encode(entry.value), entry.loaded_at)
        # Uninstalled between the first look and the saving? Then it was emptied too early.
        if not self._is_connected(key[0]):
            self.forget(key[0])

    def _note_failure(self, key: Key, error: PluginError) -> None:
        if isinstance(error, NO_ACCESS):
            self.forget(key[0])
            return
        asked = error.wait if isinstance(error, KitError) else None
        wait = min(max(asked or 0, RETRY_AFTER), LONGEST_RETRY_AFTER)
        self.memory.put_off(key, wait)

    def _finish(self, key: Key, load: "Future[Any]") -> None:
        with self._lock:
            if self._loads.get(key) is load:
                del self._loads[key]

    def _adopt(self, key: Key, resource: Resource[T]) -> Entry[T] | None:
        """Return the newest entry, be it ours or another process's."""
        # One at a time: the others then find what the first has decoded, which can take long.
        with self._adopting[hash(key) % _ADOPTING]:
            entry = self.memory.find(key)
            shared = self._shared.find(*key, newer_than=entry.loaded_at if entry else 0.0)
            if shared is None:
                return entry
            try:
                value = resource.decode(shared.content)
                adopted = self._entry(key, resource, value, shared.loaded_at)
            except Exception as error:  # of whatever version wrote it
                log.warning("A shared %s is of no use: %s", key[1], type(error).__name__)
                return entry
            self._save(key, adopted)
            return adopted

    def _save(self, key: Key, entry: Entry[Any]) -> None:
        self.memory.save(key, entry)
        self._sweeper.begin()

    def _sweep(self) -> bool:
        """Drop what is too old, and all of accounts that have gone; return whether to do so again."""
        for account_id in self.memory.accounts():
            if not self._is_connected(account_id):
                self.forget(account_id)
        self.memory.drop_outdated()
        self._shared.sweep(self._is_connected)
        return self._shared.is_to_be_swept or bool(self.memory.accounts())
