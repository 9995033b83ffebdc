"""Caches in a process's memory that are bounded in bytes, and whose evictions are counted."""

from collections.abc import Callable
from typing import Any, TypeVar

from cachetools import LRUCache
from typing_extensions import override

from plugin_server.observe import metrics

K = TypeVar("K")
V = TypeVar("V")


class CountedCache(LRUCache[K, V]):
    """A least-recently-used cache that counts what it drops to make room."""

    def __init__(self, name: str, size: float, weigh: Callable[[V], float]) -> None:
        """Make it empty.

        Args:
            name: the label of its evictions in the metrics.
            size: bytes that its values may take in all.
            weigh: the bytes that a value takes.
        """
        super().__init__(size, getsizeof=weigh)
        self._name = name

    @override
    def popitem(self) -> tuple[K, V]:
        """Drop the least recently used value, and return it with its key."""
        dropped: tuple[K, V] = super().popitem()
        self.count_eviction()
        return dropped

    def count_eviction(self) -> None:
        """Count a value that is dropped to make room in another way."""
        metrics.evictions(self._name).inc()

    def peek(self, key: K) -> Any:
        """Return the value of a key, or ``None``, without counting that as use of it."""
        return super(LRUCache, self).__getitem__(key) if key in self else None
