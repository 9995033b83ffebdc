"""The one way to Kit over HTTP: time-outs, and the HTTP library's errors as errors of our own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2

from plugin_server.errors import (
    KitError,
    KitNotFound,
    KitRateLimited,
    KitRejected,
    KitUnauthorized,
    KitUnavailable,
    KitUnreadable,
)
from plugin_server.kit.deadline import Deadline
from plugin_server.waiting import about_to_wait

# Seconds. A creator waits for the answer: better a clear error than a sidebar that hangs.
CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 6.0
MAX_CONNECTIONS = 64
# Seconds; a wait that is longer than this is a mistake.
_LONGEST_WAIT = 3600
_USER_AGENT = "kit-plugin-server"


def make_http_client(transport: httpx2.BaseTransport | None = None) -> httpx2.Client:
    """Return the pooled client that a process uses for everything it asks of Kit.

    Args:
        transport: stands in for the network in tests; ``None`` is the real one.
    """
    return httpx2.Client(
        timeout=httpx2.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
        limits=httpx2.Limits(max_connections=MAX_CONNECTIONS),
        headers={"User-Agent": _USER_AGENT, "Accept": "application/json"},
        # The client serves every account: a cookie that one answer sets must not go out with
        # the request of another.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        transport=transport,
    )


def send(
    http: httpx2.Client,
    request: httpx2.Request,
    *,
    deadline: Deadline,
    longest: int,
    auth: httpx2.Auth | None = None,
) -> httpx2.Response:
    """Return Kit's answer to a request, whatever its status.

    The library's time-outs are for each read, so an answer that comes in drips would never end
    without a deadline for the whole.

    Args:
        http: the pooled client.
        request: made by that client.
        deadline: when to give up.
        longest: bytes of a body that are read, decompressed.
        auth: signs the request.

    Raises:
        KitUnavailable: 503, no answer in time, or not a whole one.
        KitUnreadable: 502, its body is not compressed as it says.
        KitRejected: 502, the answer is no HTTP, or too long.
        KitError: as ``auth`` raises.
    """
    step = max(deadline.remaining(), 0.001)
    request.extensions["timeout"] = {
        name: min(limit, step) if limit is not None else step
        for name, limit in request.extensions["timeout"].items()
    }
    about_to_wait()
    with _kit_errors():
        response = http.send(request, auth=auth, stream=True)
        try:
            content = bytearray()
            for part in response.iter_bytes():
                content += part
                if not deadline.remaining():
                    raise KitUnavailable
                if len(content) > longest:
                    raise KitRejected
        finally:
            response.close()
    known = {name: value for name, value in response.headers.items() if name == "retry-after"}
    return httpx2.Response(response.status_code, headers=known, content=bytes(content))


@contextmanager
def _kit_errors() -> Iterator[None]:
    """Turn every error of the HTTP library into one of the KitError tree."""
    try:
        yield
    except (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
        raise KitUnavailable from error
    except httpx2.DecodingError as error:
        raise KitUnreadable from error
    except (
        httpx2.HTTPError,
        httpx2.StreamError,
        httpx2.InvalidURL,
        httpx2.CookieConflict,
    ) as error:
        raise KitRejected from error


def read_json(response: httpx2.Response) -> dict[str, Any]:
    """Return the object that Kit answered.

    Kit answers errors in JSON, plain text (429) and HTML alike, so the status is judged before the body.

    Raises:
        KitError: the one that belongs to the status; KitUnreadable when a good answer is no JSON object.
    """
    if not response.is_success:
        raise _error_for(response)
    try:
        body = response.json()
    except (ValueError, RecursionError):
        # Raised anew without its cause: that holds the whole answer.
        raise KitUnreadable from None
    if not isinstance(body, dict):
        raise KitUnreadable
    return body


def _error_for(response: httpx2.Response) -> KitError:
    status = response.status_code
    wait = _wait(response.headers.get("Retry-After", ""))
    if status == 429:
        return KitRateLimited(wait=wait)
    if status >= 500:
        return KitUnavailable(wait=wait)
    return {401: KitUnauthorized, 403: KitNotFound, 404: KitNotFound}.get(status, KitRejected)()


def _wait(retry_after: str) -> int | None:
    """Return the seconds that a ``Retry-After`` asks for (RFC 9110, 10.2.3), ``None`` if none."""
    if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 9:
        seconds = int(retry_after)
    else:
        try:
            seconds = int(parsedate_to_datetime(retry_after).timestamp() - time.time()) + 1
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0), _LONGEST_WAIT)
