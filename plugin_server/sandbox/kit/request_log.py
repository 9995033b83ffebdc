"""The log and the counts of requests to Kit's API since the last reset. No token or key is in them.

A request is counted when it arrives, and its status before the first byte of the response is sent: a
client that has a response finds it counted.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

LOG_LENGTH = 1000

# The key of a count for requests without an account, or without a status.
NONE = "none"


@dataclass
class LogEntry:
    """One request. ``status`` is ``None`` until there is a response, and stays so without any.

    Attributes:
        at: Unix seconds.
        resource: the path without ``/v4/``, with ``{id}`` in place of numbers.
        account: ``None`` when the request authenticates no account.
        credential: ``oauth`` or ``api_key``, ``None`` when the request has neither.
        body: its JSON, ``None`` without any, or when it is long.
    """

    at: float
    method: str
    resource: str
    path_and_query: str
    account: int | None
    credential: str | None
    body: Any = None
    status: int | None = None


@dataclass
class _Counts:
    total: int = 0
    by_resource: Counter[str] = field(default_factory=Counter)
    by_account: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    log: deque[LogEntry] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))


class RequestLog:
    """Logs and counts requests. Every method may be called from many threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with an empty log; ``clock`` gives Unix seconds."""
        self._clock = clock
        self._lock = Lock()
        self._counts = _Counts()

    def add(
        self,
        method: str,
        resource: str,
        path_and_query: str,
        account: int | None,
        credential: str | None,
        body: Any = None,
    ) -> Callable[[int | None], None]:
        """Log a request, and return a function that logs the status of its response.

        The status is ``None`` for a response that never arrives.
        """
        now = self._clock()
        entry = LogEntry(now, method, resource, path_and_query, account, credential, body)
        with self._lock:
            counts = self._counts
            counts.total += 1
            counts.by_resource[resource] += 1
            counts.by_account[NONE if account is None else str(account)] += 1
            counts.by_status[NONE] += 1
            counts.log.append(entry)

        def log_status(status: int | None) -> None:
            # After a reset this changes the discarded counts.
            if status is not None:
                with self._lock:
                    entry.status = status
                    counts.by_status[NONE] -= 1
                    counts.by_status[str(status)] += 1

        return log_status

    def report(self) -> dict[str, Any]:
        """Return the counts, and under ``log`` the last requests, oldest first.

        The key ``none`` of ``by_account`` counts requests that authenticate no account, and that of
        ``by_status`` those without a response (yet).
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
        """Discard the log and the counts."""
        with self._lock:
            self._counts = _Counts()
