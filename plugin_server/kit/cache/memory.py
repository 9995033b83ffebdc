"""What one process keeps of all accounts, bounded in bytes."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from plugin_server.observe.caches import CountedCache

log = logging.getLogger(__name__)

# Seconds.
LONGEST_STALE = 24 * 3600
# Bytes of an entry beside its value.
_OVERHEAD = 500
# The share of the memory that is for what was made of entries, most of which nobody asks for again.
_MADE_SHARE = 1 / 8
# … and the largest that is for one account, so that none takes the place of hundreds.
_ONE_SHARE = 1 / 4

T = TypeVar("T")
# The account's id, and the resource's name.
Key = tuple[str, str]


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A value, when it was asked for, and when a failed renewal is tried again (unix seconds).

    ``weight`` is about how many bytes the value takes. Entries of one key hold the same object as long
    as what was asked for stays as it is.
    """

    value: T
    loaded_at: float
    weight: int
    retry_at: float = 0.0


@dataclass(frozen=True)
class Reading:
    """An entry that was used, or looked for and absent (``None``).

    ``lasts`` tells for how many seconds it is good, given when a visit began (see ``Resource``); it is
    ``None`` where any age would do.
    """

    name: str
    entry: Entry[Any] | None
    lasts: Callable[[Entry[Any], float], int] | None = None


def _hold_the_same(one: Entry[Any] | None, other: Entry[Any] | None) -> bool:
    return one.value is other.value if one and other else one is other


@dataclass(frozen=True)
class Made:
    """What was made of an account's entries, such as a response to the editor."""

    content: bytes
    readings: tuple[Reading, ...]


class Readings:
    """What one request reads of an account, so that what it makes of that can be kept.

    A reading that the same request would not repeat, because the entry was absent, stale or had
    another value since, spoils all of it.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._by_name: dict[str, Reading] = {}
        self._repeatable = True

    def add(self, reading: Reading) -> None:
        """Count a reading in."""
        known = self._by_name.setdefault(reading.name, reading)
        if not _hold_the_same(known.entry, reading.entry):
            self.mark_uncacheable()
        elif known.lasts is None:
            self._by_name[reading.name] = reading

    def mark_uncacheable(self) -> None:
        """Have nothing be kept."""
        self._repeatable = False

    def made(self, content: bytes) -> Made | None:
        """Return what was made of them, if it may be kept."""
        return Made(content, tuple(self._by_name.values())) if self._repeatable else None


class _Entries(CountedCache[Key, Entry[Any]]):
    """Entries with what those of each account weigh."""

    def __init__(self, size: float) -> None:
        super().__init__("account_data", size, lambda entry: entry.weight + _OVERHEAD)
        # Of each account the names, least recently saved first.
        self.names: dict[str, dict[str, int]] = {}

    def __setitem__(self, key: Key, entry: Entry[Any], **more: Any) -> None:
        """Save an entry; those of its account that were saved before give way first.

        Raises:
            ValueError: it alone is more than there is room for.
        """
        account_id, name = key
        super().__setitem__(key, entry, **more)
        names = self.names.setdefault(account_id, {})
        names.pop(name, None)
        names[name] = entry.weight + _OVERHEAD
        excess = sum(names.values()) - self.maxsize * _ONE_SHARE
        for other in list(names)[:-1]:
            if excess <= 0:
                break
            excess -= names[other]
            del self[account_id, other]
            self.count_eviction()

    def __delitem__(self, key: Key, **more: Any) -> None:
        super().__delitem__(key, **more)
        names = self.names[key[0]]
        del names[key[1]]
        if not names:
            del self.names[key[0]]


class Memory:
    """The entries; those that were not used for longest go first. Threads may share it."""

    def __init__(self, *, megabytes: float, clock: Callable[[], float]) -> None:
        """Make it empty; for the arguments see ``Cache``."""
        size = megabytes * 1024 * 1024
        self._entries = _Entries(size)
        self._made: CountedCache[Key, Made] = CountedCache(
            "responses",
            size * _MADE_SHARE,
            lambda made: len(made.content) + _OVERHEAD * (1 + len(made.readings)),
        )
        # Bytes that an entry may weigh where it can be made to fit; some are left to what is beside it.
        self.room_of_one = int(size * _ONE_SHARE * 0.9)
        self._clock = clock
        self._lock = threading.Lock()

    def accounts(self) -> list[str]:
        """Return the accounts of which something is kept."""
        with self._lock:
            return list(self._entries.names)

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

    def find_made(self, account_id: str, name: str, visit: float) -> tuple[bytes, float] | None:
        """Return what was made, and the seconds since its data was asked for.

        Only if making it again would use the very same data: none of the values that it was made of
        may have changed, been dropped or become too old meanwhile. So nothing is returned that is
        older than what a new answer would hold, nor anything of an account that was forgotten. Nor is
        it while some data is due: who makes it again has that loaded anew. What was made is bounded,
        swept and forgotten as the entries are.

        ``visit`` is when the creator's visit began (unix seconds).
        """
        with self._lock:
            made = self._made.get((account_id, name))
            age = self._age_of_all(account_id, made.readings, visit) if made else None
        return (made.content, age) if made and age is not None else None

    def save_made(self, account_id: str, name: str, made: Made, visit: float) -> None:
        """Keep what was made, unless what it was made of has been replaced already."""
        with self._lock, suppress(ValueError):  # too large to be kept
            if self._age_of_all(account_id, made.readings, visit, may_be_due=True) is not None:
                self._made[account_id, name] = made

    def _age_of_all(
        self, account_id: str, readings: Iterable[Reading], visit: float, may_be_due: bool = False
    ) -> float | None:
        """Return the age of the oldest that was to be good; ``None`` if one cannot be read again."""
        oldest = 0.0
        for each in readings:
            entry = self._entries.get((account_id, each.name))
            if not _hold_the_same(entry, each.entry):
                return None
            if entry and each.lasts:
                age, lasts = self.age(entry), each.lasts(entry, visit)
                is_due = age >= lasts / 2 and entry.retry_at <= self._clock()
                if age >= lasts or (is_due and not may_be_due):
                    return None
                oldest = max(oldest, age)
        return oldest

    def _is_outdated(self, account_id: str, made: Made) -> bool:
        return not all(
            _hold_the_same(self._entries.peek((account_id, each.name)), each.entry)
            for each in made.readings
        )

    def put_off(self, key: Key, seconds: float) -> None:
        """Have an entry, if there is one, not be renewed for so many seconds."""
        with self._lock:
            if entry := self._entries.get(key):
                self._entries[key] = replace(entry, retry_at=self._clock() + seconds)

    def forget(self, account_id: str) -> None:
        """Drop everything of an account."""
        with self._lock:
            for name in list(self._entries.names.get(account_id, ())):
                del self._entries[account_id, name]
            for key in [key for key in self._made if key[0] == account_id]:
                del self._made[key]

    def drop_outdated(self) -> None:
        """Drop entries that are too old to be served, and what was made of others than there are now."""
        with self._lock:
            for key in list(self._entries):
                entry = self._entries.peek(key)
                if entry and self.age(entry) >= LONGEST_STALE:
                    del self._entries[key]
            for key in list(self._made):
                if self._is_outdated(key[0], self._made.peek(key)):
                    del self._made[key]
