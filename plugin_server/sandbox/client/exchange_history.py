"""The last exchanges with the app, for the inspector and the checks, without tokens."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from itertools import count
from threading import Lock

from plugin_server.sandbox.client.exchange import Exchange

LENGTH = 50
_BLOCKS = 200

# A draft's id and that of a block in it.
BlockKey = tuple[int, int]


@dataclass(frozen=True)
class HistoryEntry:
    """One exchange in the history; ``id`` is never reused."""

    id: int
    exchange: Exchange


class ExchangeHistory:
    """The last exchanges of each creator, and the last of each role for a block.

    Every method may be called from many threads.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._lock = Lock()
        self._ids = count(1)
        self._logs: dict[int, deque[HistoryEntry]] = {}
        self._blocks: OrderedDict[BlockKey, dict[str, Exchange]] = OrderedDict()

    def add(self, account_id: int, exchange: Exchange) -> None:
        """Add an exchange that was made for a creator, with its secrets masked."""
        with self._lock:
            log = self._logs.setdefault(account_id, deque(maxlen=LENGTH))
            log.appendleft(HistoryEntry(next(self._ids), exchange.masked()))

    def last(self, account_id: int) -> list[HistoryEntry]:
        """Return a creator's last exchanges, newest first."""
        with self._lock:
            return list(self._logs.get(account_id, ()))

    def add_for_block(self, block: BlockKey, role: str, exchange: Exchange) -> None:
        """Set a block's last exchange in a role: ``html`` or a search setting's name."""
        with self._lock:
            by_role = self._blocks.setdefault(block, {})
            by_role[role] = exchange.masked()
            self._blocks.move_to_end(block)
            while len(self._blocks) > _BLOCKS:
                self._blocks.popitem(last=False)

    def of_block(self, block: BlockKey) -> dict[str, Exchange]:
        """Return a block's last exchanges by role."""
        with self._lock:
            return dict(self._blocks.get(block, {}))
