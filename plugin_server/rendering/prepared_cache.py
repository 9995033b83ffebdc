"""The cache of prepared blocks by look, bounded in bytes.

A look is what is chosen among few: the layout, what is shown, the font. Creators share looks; what they type
and pick, and the email around the block, is filled in.
"""

import threading
from sys import getsizeof
from typing import Any

from plugin_server.observe import metrics
from plugin_server.observe.caches import CountedCache
from plugin_server.rendering.prepared_block import PreparedBlock

# The block's name, the elements that have a color in the email, and the context's shape.
Look = tuple[str, tuple[str, ...], tuple[Any, ...]]
# Bytes that an entry takes besides its contents.
_OVERHEAD = 400


class PreparedCache:
    """A least-recently-used cache of prepared blocks; safe to share between threads."""

    def __init__(self, *, megabytes: float) -> None:
        """Create an empty cache of that size."""
        self._cache: CountedCache[Look, PreparedBlock] = CountedCache(
            "prepared_blocks", megabytes * 1024 * 1024, _weigh
        )
        self._lock = threading.Lock()

    def get(self, look: Look) -> PreparedBlock | None:
        """Return the prepared block of a look, ``None`` if it is not cached; counts a hit or a miss."""
        with self._lock:
            found: PreparedBlock | None = self._cache.get(look)
        metrics.prepared_block_result("hit" if found else "miss").inc()
        return found

    def add(self, look: Look, prepared: PreparedBlock) -> None:
        """Cache a prepared block, unless it alone is larger than the cache."""
        prepared.memory += getsizeof(look[2])
        with self._lock:
            if _weigh(prepared) <= self._cache.maxsize:
                self._cache[look] = prepared


def _weigh(prepared: PreparedBlock) -> int:
    return prepared.memory + _OVERHEAD
