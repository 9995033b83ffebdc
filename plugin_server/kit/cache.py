"""What was read of each account, kept for a while.

An entry is *fresh* for its resource's own time and is then served as it is. After that it is *stale*: it
is still served at once, while one load behind it brings a newer one. What is absent is loaded once, however
many requests wait for it. A load that fails leaves the stale entry in its place, for a day at most.

Loads run in threads of their own. So a request never waits longer than its deadline, whatever
Kit does, and what arrives too late for it is there for the next one.

Each process keeps its entries in memory, bounded in bytes (see ``memory.py``); with Redis, processes
also share them, and who loads them (see ``shared_cache.py``). dogpile.cache, which is for such things,
knows no bound in bytes, no deadline for those who wait, and no account whose entries go together; so
it is cachetools and the locks of redis-py, and what lies between them is here.
"""

import contextvars
import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillLoading
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from plugin_server.errors import (
    AccessWithheld,
    InternalError,
    KitError,
    KitUnauthorized,
    KitUnavailable,
    NotConnected,
    PluginError,
)
from plugin_server.kit.deadline import Deadline
from plugin_server.kit.memory import (
    LONGEST_STALE,
    SWEEP_INTERVAL,
    Entry,
    Key,
    Memory,
    Reading,
    Readings,
)
from plugin_server.kit.shared_cache import Shared
from plugin_server.waiting import about_to_wait

log = logging.getLogger(__name__)

# Seconds for which a request waits for a newer entry when it could have a stale one.
REFRESH_PATIENCE = 3.0
# How long a stale entry is served without another attempt after one has failed.
RETRY_AFTER, LONGEST_RETRY_AFTER = 5, 60
# Loads behind stale entries at one time, in each process.
MAX_LOADS = 32
# Locks under which entries of others are taken over, each for some of the keys.
_ADOPTING = 64
# Our access is over, or not wanted at present: what we still hold is not ours to show.
_NO_ACCESS = (AccessWithheld, KitUnauthorized, NotConnected)

T = TypeVar("T")


@dataclass(frozen=True)
class Resource(Generic[T]):
    """A kind of thing that is kept of an account.

    Attributes:
        name: tells it from the account's other resources.
        fresh: for how many seconds an entry is as good as new.
        encode, decode: its value as bytes, for other processes.
        weigh: the bytes of memory that a value takes, roughly.
        prepare: makes of a value what takes long, before anybody is served it.
        longest_load: seconds after which somebody else may load it too.
    """

    name: str
    fresh: int
    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]
    weigh: Callable[[T], int]
    prepare: Callable[[T], object] = lambda value: None
    longest_load: int = 30


@dataclass(frozen=True)
class Found(Generic[T]):
    """What a request gets.

    ``age`` is in seconds; ``loaded`` tells that it waited; ``stale`` that it should have been newer.
    """

    value: T
    age: float
    loaded: bool
    stale: bool


class Cache:
    """The entries of all accounts; ``of`` gives one account's, and nothing here reaches across."""

    def __init__(
        self,
        *,
        megabytes: int,
        clock: Callable[[], float],
        is_connected: Callable[[str], bool],
        shared: Shared,
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
        self.memory = Memory(
            megabytes=megabytes,
            clock=clock,
            is_connected=is_connected,
            sweep_interval=sweep_interval,
        )
        self._loads: dict[Key, Future[Entry[Any]]] = {}
        self._lock = threading.Lock()
        self._adopting = tuple(threading.Lock() for _ in range(_ADOPTING))
        self._clock, self._is_connected, self._shared = clock, is_connected, shared
        self.patience = patience

    def of(self, account_id: str) -> "AccountCache":
        """Return the entries of one account; raises ValueError for no account."""
        if not account_id:
            raise ValueError("no account")
        return AccountCache(self, account_id)

    def forget(self, account_id: str) -> None:
        """Drop everything of an account, here and for all processes; loads on their way are lost."""
        with self._lock:
            for key in [key for key in self._loads if key[0] == account_id]:
                del self._loads[key]
        self.memory.forget(account_id)
        self._shared.forget(account_id)

    # What AccountCache asks

    def find(
        self, account_id: str, resource: Resource[T], *, at_once: bool = False
    ) -> Entry[T] | None:
        """Return the newest entry that is not too old to serve.

        ``at_once`` leaves out what other processes have, which may take a while to decode.
        """
        key = (account_id, resource.name)
        entry = self.memory.find(key)
        if not at_once and (entry is None or self.age(entry) >= resource.fresh):
            entry = self._adopt(key, resource)
        if entry is not None and self.age(entry) >= LONGEST_STALE:
            return None
        return entry

    def age(self, entry: Entry[Any]) -> float:
        """Return how many seconds ago an entry was asked for."""
        return self.memory.age(entry)

    def may_retry(self, entry: Entry[Any]) -> bool:
        """Return whether it is time to renew a stale entry."""
        return entry.retry_at <= self._clock()

    def load(
        self, account_id: str, resource: Resource[T], read: Callable[[], T], *, behind: bool
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
        run = partial(contextvars.copy_context().run, self._run, key, resource, read, load)
        thread = threading.Thread(target=run, name="kit-load", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine has no more threads
            self._finish(key, load)
            load.set_exception(KitUnavailable(reason="no_threads"))
        return load

    # Loading, in a thread of its own

    def _run(
        self, key: Key, resource: Resource[T], read: Callable[[], T], load: "Future[Entry[T]]"
    ) -> None:
        """Give ``load`` a result or an error, whatever happens: others wait for it."""
        entry: Entry[T] | None = None
        error: PluginError = InternalError()
        try:
            entry = self._loaded_elsewhere(key, resource)
            if entry is None:
                with self._shared.turn(*key, seconds=resource.longest_load):
                    entry = self._loaded_elsewhere(key, resource)
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

    def _loaded_elsewhere(self, key: Key, resource: Resource[T]) -> Entry[T] | None:
        entry = self._adopt(key, resource)
        return entry if entry is not None and self.age(entry) < resource.fresh else None

    def _read(self, key: Key, resource: Resource[T], read: Callable[[], T]) -> Entry[T]:
        # Taken before Kit is asked: what changes meanwhile is not in the answer for certain.
        begun = self._clock()
        return self._entry(key, resource, read(), begun)

    def _entry(self, key: Key, resource: Resource[T], value: T, loaded_at: float) -> Entry[T]:
        """Return a new entry; what has not changed stays the same object, with all that was made of it."""
        known = self.memory.find(key)
        if known is not None and known.value == value:
            return Entry(known.value, loaded_at, known.weight)
        resource.prepare(value)
        return Entry(value, loaded_at, resource.weigh(value))

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
        self.memory.save(key, entry)
        self._shared.save(*key, lambda: resource.encode(entry.value), entry.loaded_at)
        # Uninstalled between the first look and the saving? Then it was emptied too early.
        if not self._is_connected(key[0]):
            self.forget(key[0])

    def _note_failure(self, key: Key, error: PluginError) -> None:
        if isinstance(error, _NO_ACCESS):
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
                log.warning("Redis holds a %s that is no use: %s", key[1], type(error).__name__)
                return entry
            self.memory.save(key, adopted)
            return adopted


class AccountCache:
    """One account's entries, as one request reads them."""

    def __init__(self, cache: Cache, account_id: str) -> None:
        """Take all entries, and whose are wanted."""
        self._cache, self._account_id = cache, account_id
        self._readings = Readings()

    def recall(self, name: str) -> Found[bytes] | None:
        """Return what ``keep`` has kept, if making it again would read the very same data."""
        made = self._cache.memory.find_made(self._account_id, name)
        return Found(*made, loaded=False, stale=False) if made else None

    def keep(self, name: str, content: bytes) -> None:
        """Keep what was made of the entries that this request has read, and of nothing else."""
        if made := self._readings.made(content):
            self._cache.memory.save_made(self._account_id, name, made)

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
        entry = self._cache.find(self._account_id, resource)
        if entry is not None:
            is_fresh = self._cache.age(entry) < resource.fresh
            if is_fresh or not self._cache.may_retry(entry):
                return self._used(resource, entry)
        load = self._cache.load(
            self._account_id, resource, read, behind=entry is not None and not must_be_fresh
        )
        if entry is not None and not must_be_fresh:
            return self._used(resource, entry)
        return self._wait(resource, load, entry, deadline)

    def peek(self, resource: Resource[T], read: Callable[[], T]) -> Found[T] | None:
        """Return what is there, without ever waiting; begin a load when it is absent or stale."""
        entry = self._cache.find(self._account_id, resource, at_once=True)
        stale = entry is None or self._cache.age(entry) >= resource.fresh
        if stale and (entry is None or self._cache.may_retry(entry)):
            self._cache.load(self._account_id, resource, read, behind=True)
        if entry is None:
            self._readings.spoil()
            return None
        return self._used(resource, entry)

    def find(self, resource: Resource[T], *, at_once: bool = False) -> Found[T] | None:
        """Return what is there, however stale, and begin nothing; for ``at_once`` see ``Cache``."""
        entry = self._cache.find(self._account_id, resource, at_once=at_once)
        self._readings.add(Reading(resource.name, entry, math.inf))
        if entry is None:
            return None
        age = self._cache.age(entry)
        return Found(entry.value, age, loaded=False, stale=age >= resource.fresh)

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
            about_to_wait()
            return self._used(resource, load.result(timeout=seconds), loaded=True)
        except (StillLoading, PluginError) as error:
            self._readings.spoil()
            if entry is not None and not isinstance(error, _NO_ACCESS):
                return self._used(resource, entry)
            if isinstance(error, PluginError):
                raise
            raise KitUnavailable(reason="deadline") from None

    def _used(self, resource: Resource[T], entry: Entry[T], *, loaded: bool = False) -> Found[T]:
        """Return an entry's value, and note that the answer rests on it while it is fresh."""
        age = self._cache.age(entry)
        stale = age >= resource.fresh and not loaded
        if stale:
            self._readings.spoil()
        else:
            self._readings.add(Reading(resource.name, entry, resource.fresh))
        return Found(entry.value, age, loaded=loaded, stale=stale)
