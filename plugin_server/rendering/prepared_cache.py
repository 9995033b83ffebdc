"""Prepared blocks of all looks that are in use, bounded in bytes."""

import threading
from sys import getsizeof
from typing import Any

from plugin_server.observe import metrics
from plugin_server.observe.caches import CountedCache
from plugin_server.rendering.prepared_block import PreparedBlock

# The block's name, the elements to which its email gives a color, and the context's shape.
Look = tuple[str, tuple[str, ...], tuple[Any, ...]]
# Bytes of an entry beside what is in it.
_OVERHEAD = 400


class PreparedCache:
    """Keeps prepared blocks; those that were not used for longest go first. Threads may share it.

    A look is what is chosen among few: the layout, what is shown, the font. Creators share looks; what
    they type and pick, and the email around the block, is filled in.
    """

    def __init__(self, *, megabytes: float) -> None:
        """Make it empty."""
        self._cache: CountedCache[Look, PreparedBlock] = CountedCache(
            "prepared_blocks", megabytes * 1024 * 1024, _weigh
        )
        self._lock = threading.Lock()

    def get(self, look: Look) -> PreparedBlock | None:
        """Return the prepared block of a look."""
        with self._lock:
            found: PreparedBlock | None = self._cache.get(look)
        metrics.look_result("hit" if found else "miss").inc()
        return found

    def add(self, look: Look, prepared: PreparedBlock) -> None:
        """Keep one, unless it alone is more than there is room for."""
        prepared.memory += getsizeof(look[2])
        with self._lock:
            if _weigh(prepared) <= self._cache.maxsize:
                self._cache[look] = prepared


def _weigh(prepared: PreparedBlock) -> int:
    return prepared.memory + _OVERHEAD
