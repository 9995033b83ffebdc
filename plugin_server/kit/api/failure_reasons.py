"""Why requests to Kit fail, for the log and the request's record: reason codes, and Kit's own sentences.

The error that a creator reads is the same whatever the cause, while what an operator has to do differs: a
name that does not resolve, a certificate, a firewall and a slow Kit have nothing in common.
"""

import errno
import logging
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import httpx2

from plugin_server.kit.api.credential_status import is_kit_error, messages_in
from plugin_server.observe import metrics, record
from plugin_server.observe.redaction import Redactor

# A name that operators filter by, wherever this module is.
log = logging.getLogger("plugin_server.kit.failures")

# Characters of a library's message, and of what Kit says.
_MAX_DETAIL, _MAX_SENTENCE = 200, 300
# Errors of the operating system and of TLS, which the HTTP library's errors have as their cause.
_BY_CAUSE: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "dns"),
    (ssl.SSLError, "tls"),
    (ConnectionRefusedError, "refused"),
    (ConnectionResetError, "reset"),
    (BrokenPipeError, "reset"),
)
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
# The library's own errors, the narrower ones first.
_BY_KIND: tuple[tuple[type[Exception], str], ...] = (
    (httpx2.ConnectTimeout, "connect_timeout"),
    (httpx2.ReadTimeout, "read_timeout"),
    (httpx2.WriteTimeout, "write_timeout"),
    (httpx2.PoolTimeout, "pool_timeout"),
    (httpx2.TimeoutException, "timeout"),
    (httpx2.ConnectError, "connect"),
    (httpx2.NetworkError, "network"),
    (httpx2.RemoteProtocolError, "protocol"),
    (httpx2.DecodingError, "encoding"),
    (httpx2.ProxyError, "proxy"),
)
# Parts of the library's messages when the peer closed the connection; it has no error for that alone.
_DISCONNECTED = ("disconnected", "closed connection", "connection closed")

_redactor = Redactor()


def reason_for(error: Exception) -> str:
    """Return the reason for an error of the HTTP library; ``request`` for one about the request itself."""
    for cause in _causes(error):
        for kind, reason in _BY_CAUSE:
            if isinstance(cause, kind):
                return reason
        if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
            return "unreachable"
    if isinstance(error, httpx2.RemoteProtocolError):
        message = str(error).lower()
        return "disconnected" if any(words in message for words in _DISCONNECTED) else "protocol"
    return next((reason for kind, reason in _BY_KIND if isinstance(error, kind)), "request")


def log_failure(reason: str, request: httpx2.Request, detail: object) -> str:
    """Log why a request failed, add it to the record of the request being served, and return the reason.

    A retry that fails for the same reason is logged at debug level only: one line for each request of the
    editor says as much as one for each attempt.

    Args:
        reason: a code, such as those of ``reason_for``.
        request: what was sent; only its host is logged.
        detail: the library's message; what looks like a secret or an email address is removed.
    """
    host = whereabouts(request)["host"]
    message = _redactor.clean(" ".join(str(detail).split()))[:_MAX_DETAIL]
    log.log(
        _level(reason),
        "No usable response from %s (%s): %s",
        host,
        reason,
        message or "no details",
        extra={"reason": reason, "host": host},
    )
    return reason


def whereabouts(request: httpx2.Request) -> dict[str, Any]:
    """Return what may be logged of a request: its host, its method, and the resource without ids."""
    path = request.url.path.rpartition("/v4/")[2].lstrip("/")  # a gateway's URL has a path before
    return {
        "host": request.url.netloc.decode("ascii", "replace"),
        "operation": f"{request.method} {metrics.resource_of(path)}",
    }


def log_refusal(response: httpx2.Response) -> list[str]:
    """Log a response with a status from 400 to 499, with Kit's sentence.

    What Kit does not have (404) is no failure, and logged at debug level only; otherwise as ``log_failure``.

    Args:
        response: as ``transport.send`` returns it; its body may be anything.

    Returns:
        The sentence, for a creator to read: none where the body is not from Kit, or says nothing.
    """
    reason = f"http_{response.status_code}"
    said = _sentence(response)
    host = response.extensions.get("host", "")
    log.log(
        logging.DEBUG if response.status_code == 404 else _level(reason),
        "%s refused %s (%s): %s",
        host,
        response.extensions.get("operation", ""),
        reason,
        said or "no details",
        extra={"reason": reason, "host": host},
    )
    return [f"Kit says: {said.rstrip('.')}."] if said and is_kit_error(response) else []


def _level(reason: str) -> int:
    """Return at which level to log a reason, and add it to the record of the request being served."""
    served = record.current()
    was_logged = bool(served.request_id) and served.reason == reason
    served.reason = reason
    return logging.DEBUG if was_logged else logging.WARNING


def _sentence(response: httpx2.Response) -> str:
    """Return what the body says, in one line, without what looks like a secret or an email address."""
    if response.content.lstrip().startswith(b"<"):  # a page of HTML
        return ""
    texts = (" ".join(each.split()) for each in messages_in(response.content))
    said = _redactor.clean("; ".join(filter(None, texts)))
    return said if len(said) <= _MAX_SENTENCE else f"{said[: _MAX_SENTENCE - 1]}…"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes, innermost last."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
