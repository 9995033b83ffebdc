"""Prepared blocks of all looks that are in use, bounded in bytes."""

import threading
from sys import getsizeof
from typing import Any

from plugin_server.observe import metrics
from plugin_server.observe.caches import CountedCache
from plugin_server.rendering.prepared_block import Prepared

# The block's name, the elements to which its email gives a color, and the context's shape.
Look = tuple[str, tuple[str, ...], tuple[Any, ...]]
# Bytes of an entry beside what is in it.
_OVERHEAD = 400


class Looks:
    """Keeps prepared blocks; those that were not used for longest go first. Threads may share it.

    A look is what is chosen among few: the layout, what is shown, the font. Creators share looks; what
    they type and pick, and the email around the block, is filled in.
    """

    def __init__(self, *, megabytes: float) -> None:
        """Make it empty."""
        self._kept: CountedCache[Look, Prepared] = CountedCache(
            "prepared_blocks", megabytes * 1024 * 1024, _weigh
        )
        self._lock = threading.Lock()

    def find(self, look: Look) -> Prepared | None:
        """Return the prepared block of a look."""
        with self._lock:
            found: Prepared | None = self._kept.get(look)
        metrics.look_result("hit" if found else "miss").inc()
        return found

    def keep(self, look: Look, prepared: Prepared) -> None:
        """Keep one, unless it alone is more than there is room for."""
        prepared.memory += getsizeof(look[2])
        with self._lock:
            if _weigh(prepared) <= self._kept.maxsize:
                self._kept[look] = prepared


def _weigh(prepared: Prepared) -> int:
    return prepared.memory + _OVERHEAD
