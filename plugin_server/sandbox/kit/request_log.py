"""The requests that Kit's API got since the last reset. No token or key is ever kept.

A request is counted when it arrives and its status is added before the first byte of the answer
leaves: who has an answer finds it counted.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

LOG_LENGTH = 1000

# The name of what is not there, among the keys of a count.
NONE = "none"


@dataclass
class Entry:
    """One request. ``status`` is ``None`` until it is answered, and for ever when it never is.

    Attributes:
        at: Unix seconds.
        resource: the path without ``/v4/``, with ``{id}`` in place of numbers.
        account: ``None`` when the request proved no account.
        credential: ``oauth`` or ``api_key``, ``None`` when the request brought neither.
    """

    at: float
    method: str
    resource: str
    path_and_query: str
    account: int | None
    credential: str | None
    status: int | None = None


@dataclass
class _Counts:
    total: int = 0
    by_resource: Counter[str] = field(default_factory=Counter)
    by_account: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    log: deque[Entry] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))


class RequestLog:
    """Counts requests. Every method may be called from many threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Count from now on; ``clock`` gives Unix seconds."""
        self._clock = clock
        self._lock = Lock()
        self._counts = _Counts()

    def arrived(
        self,
        method: str,
        resource: str,
        path_and_query: str,
        account: int | None,
        credential: str | None,
    ) -> Callable[[int | None], None]:
        """Count a request, and return what its answer's status is to be given to.

        The status is ``None`` for an answer that will never arrive.
        """
        now = self._clock()
        entry = Entry(now, method, resource, path_and_query, account, credential)
        with self._lock:
            counts = self._counts
            counts.total += 1
            counts.by_resource[resource] += 1
            counts.by_account[NONE if account is None else str(account)] += 1
            counts.by_status[NONE] += 1
            counts.log.append(entry)

        def answered(status: int | None) -> None:
            # After a reset this changes the counts that nobody sees any more.
            if status is not None:
                with self._lock:
                    entry.status = status
                    counts.by_status[NONE] -= 1
                    counts.by_status[str(status)] += 1

        return answered

    def report(self) -> dict[str, Any]:
        """Return the counts, and under ``log`` the last requests, oldest first.

        The key ``none`` of ``by_account`` counts requests that proved no account, and that of
        ``by_status`` those that have no answer (yet).
        """
        with self._lock:
            counts = self._counts
            return {
                "total": counts.total,
                "by_resource": dict(counts.by_resource.most_common()),
                "by_account": dict(counts.by_account.most_common()),
                "by_status": {key: n for key, n in counts.by_status.most_common() if n},
                "log": [asdict(entry) for entry in counts.log],
            }

    def reset(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._counts = _Counts()
