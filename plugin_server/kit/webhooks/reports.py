"""What Kit has reported of accounts, as one process sees it: read from the store once a second at most.

The database holds when each kind of data of an account changed last. So all processes of all machines see a
change within a second, whatever else they share, and a report that one of them has received is not lost with
it. A look-up takes as long as that of a token, and there is none for an account that nobody edits.
"""

import threading
from collections.abc import Callable, Collection
from typing import NamedTuple

from plugin_server.kit.cache.changes import Changes
from plugin_server.kit.webhooks.endpoints import Endpoints
from plugin_server.store.base import Store

# Seconds for which a look-up is used.
INTERVAL = 1.0
# Number of look-ups from which on old ones are dropped, at first.
_MANY = 4096


class _Known(NamedTuple):
    changes: Changes | None
    read_at: float

    def is_current(self, now: float) -> bool:
        # A clock may be set back.
        return 0 <= now - self.read_at < INTERVAL


class Reports:
    """Finds and stores what has changed. Threads may share it."""

    def __init__(self, store: Store, endpoints: Endpoints, clock: Callable[[], float]) -> None:
        """Take the store, the endpoints at Kit, and a clock (unix seconds)."""
        self._store, self._endpoints, self._clock = store, endpoints, clock
        self._known: dict[str, _Known] = {}
        self._many = _MANY
        self._lock = threading.Lock()

    def find(self, account_id: str) -> Changes | None:
        """Return what Kit has reported; ``None`` while the account has no endpoint that is known to work.

        An endpoint that is missing is then created in the background, and one that was not seen for long is
        looked for at Kit.
        """
        known, now = self._known.get(account_id), self._clock()
        if known is None or not known.is_current(now):
            known = _Known(self._read(account_id, now), now)
            with self._lock:
                self._known[account_id] = known
                if len(self._known) > self._many:
                    self._drop_old(now)
        return known.changes

    def save(self, account_id: str, kinds: Collection[str]) -> None:
        """Store that these kinds of data have changed by now."""
        self._store.save_changes(account_id=account_id, kinds=kinds, at=self._clock())
        with self._lock:
            self._known.pop(account_id, None)

    def _read(self, account_id: str, now: float) -> Changes | None:
        endpoint = self._store.find_webhook_endpoint(account_id=account_id)
        self._endpoints.check_if_due(account_id, endpoint)
        if endpoint is None or not self._endpoints.is_live(endpoint, now):
            return None
        return Changes(endpoint.created_at, endpoint.changes)

    def _drop_old(self, now: float) -> None:
        self._known = {name: each for name, each in self._known.items() if each.is_current(now)}
        self._many = max(_MANY, 2 * len(self._known))
