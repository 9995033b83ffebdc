"""The log and the counts of requests to Kit's API since the last reset. No token or key is in them.

A request is counted when it arrives, and its status before the first byte of the response is sent: a
client that has a response finds it counted.
"""

from collections import Counter, deque
from collections.abc import Callable
from threading import Lock
from typing import Any

LOG_LENGTH = 1000

# The key of a count for requests without an account, or without a status.
NONE = "none"
_COUNTED = ("resource", "account", "status")


class RequestLog:
    """Logs and counts requests. Every method may be called from many threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with an empty log; ``clock`` gives Unix seconds."""
        self._clock = clock
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Discard the log and the counts."""
        with self._lock:
            self._log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
            self._counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTED}

    def add(
        self,
        method: str,
        resource: str,
        path_and_query: str,
        account: int | None,
        credential: str | None,
        body: Any,
    ) -> Callable[[int | None], None]:
        """Log a request, and return a function that logs the status of its response.

        The status is ``None`` for a response that never arrives.

        Args:
            method: the HTTP method.
            resource: the path without ``/v4/``, with ``{id}`` in place of numbers.
            path_and_query: without the values of parameters that may be secret.
            account: ``None`` when the request authenticates no account.
            credential: ``oauth`` or ``api_key``, ``None`` when the request has neither.
            body: its JSON, ``None`` without any, or when it is long.
        """
        entry = {
            **{"at": self._clock(), "method": method, "resource": resource},
            **{"path_and_query": path_and_query, "account": account, "credential": credential},
            **{"body": body, "status": None},
        }
        with self._lock:
            counts = self._counts
            self._log.append(entry)
            for name in _COUNTED:
                counts[name][_key(entry[name])] += 1

        def log_status(status: int | None) -> None:
            # After a reset this changes the discarded counts.
            with self._lock:
                entry["status"] = status
                counts["status"][NONE] -= 1
                counts["status"][_key(status)] += 1

        return log_status

    def report(self) -> dict[str, Any]:
        """Return the counts, and under ``log`` the last requests, oldest first; ``at`` is in Unix seconds.

        The key ``none`` of ``by_account`` counts requests that authenticate no account, and that of
        ``by_status`` those without a response (yet).
        """
        with self._lock:
            counts = {
                f"by_{name}": {key: n for key, n in counter.most_common() if n}
                for name, counter in self._counts.items()
            }
            log = [dict(entry) for entry in self._log]
            return {"total": self._counts["resource"].total(), **counts, "log": log}


def _key(value: Any) -> str:
    return NONE if value is None else str(value)
