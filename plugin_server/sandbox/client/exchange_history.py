"""The last requests to the app, for the inspector and the checks. No token is kept in them."""

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
class Entry:
    """One request in the list; ``id`` is never used again."""

    id: int
    exchange: Exchange


class ExchangeHistory:
    """Keeps the last requests of each creator, and the last of each kind of a block.

    Every method may be called from many threads.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = Lock()
        self._ids = count(1)
        self._logs: dict[int, deque[Entry]] = {}
        self._blocks: OrderedDict[BlockKey, dict[str, Exchange]] = OrderedDict()

    def add(self, account_id: int, exchange: Exchange) -> None:
        """Note a request that was made for a creator."""
        with self._lock:
            log = self._logs.setdefault(account_id, deque(maxlen=LENGTH))
            log.appendleft(Entry(next(self._ids), exchange.masked()))

    def last(self, account_id: int) -> list[Entry]:
        """Return a creator's last requests, newest first."""
        with self._lock:
            return list(self._logs.get(account_id, ()))

    def keep(self, block: BlockKey, role: str, exchange: Exchange) -> None:
        """Note what a block's last answer was: ``role`` is ``html`` or a search setting's name."""
        with self._lock:
            answers = self._blocks.setdefault(block, {})
            answers[role] = exchange.masked()
            self._blocks.move_to_end(block)
            while len(self._blocks) > _BLOCKS:
                self._blocks.popitem(last=False)

    def of_block(self, block: BlockKey) -> dict[str, Exchange]:
        """Return a block's last answers by role."""
        with self._lock:
            return dict(self._blocks.get(block, {}))
