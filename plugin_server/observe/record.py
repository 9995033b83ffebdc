"""What is current of a request while it is served; the log line and the metrics are made of it.

The modules that know something note it on ``current()``. Threads that work for a request are started in
a copy of its context, so that what they note is the request's, too.
"""

from contextvars import ContextVar


class RequestRecord:
    """What is known of one request so far.

    Attributes:
        request_id: the caller's, or one of ours; ``""`` outside of requests.
        started_at: when it began, by ``time.perf_counter``.
        endpoint: what answers it, by Flask's name; ``block``: which block is asked for, ``""`` for none.
        account, installation: for whom it is made, by id; ``""`` and ``None`` until that is known.
        status: the HTTP status of its answer.
        error: the class of the error it ends with, ``""`` for none; ``code`` is Kit's number for it.
        reason: why Kit gave no usable response the last time it failed, in a word such as ``dns``; ``""``
            if it never did.
        kit_calls: how often Kit was asked while it waited.
        cache: ``hit``, ``stale`` or ``miss``; ``""`` if no account data was wanted.
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
        """Begin a record."""
        self.request_id, self.started_at = request_id, started_at
        self.endpoint, self.block = "unknown", ""
        self.account = ""
        self.installation: int | None = None
        self.error, self.reason, self.code, self.status = "", "", 200, 200
        self.kit_calls, self.cache = 0, ""


# Takes what is current outside of any request, where nobody reads it.
_OUTSIDE_REQUESTS = RequestRecord()
_current: ContextVar[RequestRecord] = ContextVar("record", default=_OUTSIDE_REQUESTS)


def current() -> RequestRecord:
    """Return the record of the request that is being served; outside of one, what is current is lost."""
    return _current.get()


def set_current(record: RequestRecord) -> None:
    """Make a record the current one of this thread."""
    _current.set(record)


def clear() -> None:
    """Leave the record, so that what this thread does next is not taken for part of the request."""
    _current.set(_OUTSIDE_REQUESTS)
