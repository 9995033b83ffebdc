"""What one process keeps of all accounts, bounded in bytes."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from cachetools import Cache as PlainCache
from cachetools import LRUCache

log = logging.getLogger(__name__)

# Seconds.
LONGEST_STALE = 24 * 3600
# How often entries are dropped that are too old, or whose account has gone.
SWEEP_INTERVAL = 60.0
# Bytes of an entry beside its value.
_OVERHEAD = 500
# What the names of things that were made begin with; no resource is called so.
_MADE = "made: "

T = TypeVar("T")
# The account's id, and the resource's name.
Key = tuple[str, str]


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A value, when it was asked for, and when a failed renewal is tried again (unix seconds).

    ``weight`` is about how many bytes the value takes.
    """

    value: T
    loaded_at: float
    weight: int
    retry_at: float = 0.0


@dataclass(frozen=True)
class Reading:
    """An entry that was used (``None``: it was looked for), and up to what age it would be again.

    ``fresh`` is in seconds.
    """

    name: str
    entry: Entry[Any] | None
    fresh: float


@dataclass(frozen=True)
class Made:
    """What was made of an account's entries, such as an answer to the editor."""

    content: bytes
    readings: tuple[Reading, ...]


class Readings:
    """What one request reads of an account, so that what it makes of that can be kept.

    A reading that the same request would not repeat, because the entry was absent, stale or had
    been replaced since, spoils all of it.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._by_name: dict[str, Reading] = {}
        self._repeatable = True

    def add(self, reading: Reading) -> None:
        """Count a reading in."""
        known = self._by_name.setdefault(reading.name, reading)
        if known.entry is not reading.entry:
            self.spoil()
        elif reading.fresh < known.fresh:
            self._by_name[reading.name] = reading

    def spoil(self) -> None:
        """Have nothing be kept."""
        self._repeatable = False

    def made(self, content: bytes) -> Made | None:
        """Return what was made of them, if it may be kept."""
        return Made(content, tuple(self._by_name.values())) if self._repeatable else None


class Memory:
    """The entries; those that were not used for longest go first. Threads may share it."""

    def __init__(
        self,
        *,
        megabytes: int,
        clock: Callable[[], float],
        is_connected: Callable[[str], bool],
        sweep_interval: float = SWEEP_INTERVAL,
    ) -> None:
        """Make it empty; for the arguments see ``Cache``."""
        self._entries: LRUCache[Key, Entry[Any]] = LRUCache(
            megabytes * 1024 * 1024, getsizeof=lambda entry: entry.weight + _OVERHEAD
        )
        self._clock, self._is_connected = clock, is_connected
        self._sweep_interval = sweep_interval
        self._sweeper: threading.Timer | None = None
        self._lock = threading.Lock()

    def age(self, entry: Entry[Any]) -> float:
        """Return how many seconds ago an entry was asked for."""
        return max(0.0, self._clock() - entry.loaded_at)

    def find(self, key: Key) -> Entry[Any] | None:
        """Return an entry, however old."""
        with self._lock:
            return self._entries.get(key)

    def save(self, key: Key, entry: Entry[Any]) -> None:
        """Keep an entry, unless it alone is more than there is room for."""
        with self._lock:
            try:
                self._entries[key] = entry
            except ValueError:
                log.warning("CACHE_MEGABYTES is too small for one %s", key[1])
            if self._sweeper is None:
                self._sweeper = self._start_sweeper()

    def find_made(self, account_id: str, name: str) -> Made | None:
        """Return what was made, if making it again would use the very same entries.

        None of those may have been replaced, dropped or become too old meanwhile: so nothing is
        returned that is older than what a new answer would hold, nor anything of an account that
        was forgotten. What was made goes with the entries: bounded, swept and forgotten like them.
        """
        with self._lock:
            kept = self._entries.get((account_id, _MADE + name))
            if kept is None or not self._are_current(account_id, kept.value.readings):
                return None
            made: Made = kept.value
        return made

    def save_made(self, account_id: str, name: str, made: Made) -> None:
        """Keep what was made, unless what it was made of has been replaced already."""
        with self._lock:
            if not self._are_current(account_id, made.readings):
                return
        used = (each.entry.loaded_at for each in made.readings if each.entry)
        oldest = min(used, default=self._clock())
        self.save((account_id, _MADE + name), Entry(made, oldest, len(made.content)))

    def _are_current(self, account_id: str, readings: Iterable[Reading]) -> bool:
        return all(
            self._entries.get((account_id, each.name)) is each.entry
            and (each.entry is None or self.age(each.entry) < each.fresh)
            for each in readings
        )

    def put_off(self, key: Key, seconds: float) -> None:
        """Have an entry, if there is one, not be renewed for so many seconds."""
        with self._lock:
            if entry := self._entries.get(key):
                self._entries[key] = replace(entry, retry_at=self._clock() + seconds)

    def forget(self, account_id: str) -> None:
        """Drop everything of an account."""
        with self._lock:
            for key in [key for key in self._entries if key[0] == account_id]:
                del self._entries[key]

    def _start_sweeper(self) -> threading.Timer:
        timer = threading.Timer(self._sweep_interval, self._sweep)
        timer.daemon = True
        timer.start()
        return timer

    def _sweep(self) -> None:
        """Drop what is too old and what belongs to accounts that have gone, every minute."""
        try:
            with self._lock:
                account_ids = {key[0] for key in self._entries}
            for account_id in account_ids:
                if not self._is_connected(account_id):
                    self.forget(account_id)
            with self._lock:
                for key in list(self._entries):
                    # Not LRUCache's own way to look, which would count as use.
                    entry = PlainCache.__getitem__(self._entries, key)
                    if self.age(entry) >= LONGEST_STALE:
                        del self._entries[key]
        except Exception:
            log.exception("The sweep failed; it is tried again in a minute")
        with self._lock:
            self._sweeper = self._start_sweeper() if self._entries else None
