"""The record of a request, from which its log line and its metrics are made.

Modules set attributes of ``current()`` while they handle the request. Threads that work for a request are
started in a copy of its context, so that they have the same record.
"""

from contextvars import ContextVar


class RequestRecord:
    """What is known of one request so far.

    Attributes:
        request_id: the caller's, or one of ours; ``""`` outside of requests.
        started_at: when it started, by ``time.perf_counter``.
        endpoint: Flask's name of the view; ``block``: the requested block, ``""`` for none.
        account, installation: for whom it is made, by id; ``""`` and ``None`` until that is known.
        status: the HTTP status of its response.
        error: the class of its error, ``""`` for none; ``code`` is Kit's number for it.
        reason: why Kit gave no usable response the last time it failed, in a word such as ``dns``; ``""``
            if it never did.
        kit_calls: how many requests to Kit it waited for.
        cache: ``hit``, ``stale`` or ``miss``; ``""`` if no account data was read.
    """

    __slots__ = (
        "account",
        "started_at",
        "block",
        "cache",
        "code",
        "endpoint",
        "error",
        "installation",
        "kit_calls",
        "reason",
        "request_id",
        "status",
    )

    def __init__(self, request_id: str = "", started_at: float = 0.0) -> None:
        """Make a record of a request that starts."""
        self.request_id, self.started_at = request_id, started_at
        self.endpoint, self.block = "unknown", ""
        self.account = ""
        self.installation: int | None = None
        self.error, self.reason, self.code, self.status = "", "", 200, 200
        self.kit_calls, self.cache = 0, ""


# What is set outside of requests goes here, and is not read.
_OUTSIDE_REQUESTS = RequestRecord()
_current: ContextVar[RequestRecord] = ContextVar("record", default=_OUTSIDE_REQUESTS)


def current() -> RequestRecord:
    """Return the record of the current request; outside of requests, one that is not read."""
    return _current.get()


def set_current(record: RequestRecord) -> None:
    """Make a record the current one of this context."""
    _current.set(record)


def clear() -> None:
    """End the current request's record in this context."""
    _current.set(_OUTSIDE_REQUESTS)
