"""A cache in a process's memory that is limited in bytes and counts its evictions."""

from collections.abc import Callable
from typing import Any, TypeVar

from cachetools import LRUCache
from typing_extensions import override

from plugin_server.observe import metrics

K = TypeVar("K")
V = TypeVar("V")


class CountedCache(LRUCache[K, V]):
    """A least-recently-used cache that counts what it evicts."""

    def __init__(self, name: str, size: float, weigh: Callable[[V], float]) -> None:
        """Make an empty cache.

        Args:
            name: the label of its evictions in the metrics.
            size: bytes that its values may take together.
            weigh: returns the bytes that a value takes.
        """
        super().__init__(size, getsizeof=weigh)
        self._name = name

    @override
    def popitem(self) -> tuple[K, V]:
        """Evict the least recently used value, and return it with its key."""
        evicted: tuple[K, V] = super().popitem()
        self.count_eviction()
        return evicted

    def count_eviction(self) -> None:
        """Count an eviction that ``popitem`` does not see."""
        metrics.evictions(self._name).inc()

    def peek(self, key: K) -> Any:
        """Return the value of a key, or ``None``, without making it recently used."""
        return super(LRUCache, self).__getitem__(key) if key in self else None
